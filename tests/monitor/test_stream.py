"""The stream as its clients see it: WebSockets and pages, fed by a follower of a real log."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from keypin.ct.certstream import Origin
from keypin.ct.head_file import loads
from keypin.ct.sct import LogKey
from keypin.ct.watch_list import WatchList
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_log import CtLog
from keypin.monitor import stream_hub
from keypin.monitor.log import Log
from keypin.monitor.source import Pages, Tiles
from keypin.monitor.store import Store
from keypin.monitor.stream import ListenError, Stream
from keypin.monitor.stream_feed import Feed, FeedStore
from keypin.monitor.stream_hub import Hub
from keypin.monitor.stream_pages import heads

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
ID = b"L" * 32
CA = issue(Request(name="A CA", key=new_key("ecdsa"), ca=True), NOW)


@pytest.fixture
def hub(request) -> Hub:
    """Return a hub, without a filter unless a test asks for one."""
    return Hub(getattr(request, "param", None))


@pytest.fixture
def feed(request, hub) -> Feed:
    """Return what feeds the hub, from a log with pages unless a test asks for tiles."""
    tiled = getattr(request, "param", False)
    return Feed({ID: Origin("monitored", "https://log.example/", tiled=tiled)}, hub)


@pytest.fixture
def store(feed, tmp_path) -> Iterator[Store]:
    """Return a store that tells the feed."""
    with closing(FeedStore(tmp_path / "state", feed)) as store:
        yield store


@pytest.fixture
def stream(hub, store) -> Iterator[Stream]:
    """Return a server of the hub, which tells soon that it lives."""
    logs = [Log(ID, "monitored", timedelta(days=1), None)]
    with Stream(hub, lambda: heads(store, logs), heartbeat=0.1) as running:
        yield running


@contextmanager
def listening(stream: Stream, path: str = "", **more):
    """Give a client; the first heartbeat says that it is heard of."""
    with connect(stream.url + path, **more) as client:
        assert json.loads(client.recv(timeout=10))["message_type"] == "heartbeat"
        yield client


def told(client, count: int) -> list[dict]:
    """Return so many messages, apart from heartbeats."""
    found: list[dict] = []
    silent = 0
    while len(found) < count:
        message = json.loads(client.recv(timeout=10))
        if message["message_type"] != "heartbeat":
            found.append(message)
        else:
            silent += 1
            assert silent < 300, f"{len(found)} messages, where {count} are due"
    return found


def indexes(messages: list[dict]) -> list[int]:
    """Return the entries that messages are of."""
    return [one["data"]["cert_index"] for one in messages]


def logged(*names: str) -> CtLog:
    """Return a log with a precertificate for each name."""
    log = CtLog("monitored", roots=[CA.der])
    for name in names:
        log.certify(Request(name=name, key=CA.key, hosts=(name,), issuer=CA), NOW)
    log.publish(NOW)
    return log


def page(stream: Stream, path: str = "", method: str = "GET") -> httpx2.Response:
    """Return the answer to a plain request."""
    url = stream.url.replace("ws:", "http:") + path
    return httpx2.request(method, url, trust_env=False)


# What is told


def test_what_a_log_publishes_is_told(log, serve, source, follow, feed, stream) -> None:
    """Every entry once, in order, verified."""
    follower = follow(source(serve(log)), found=feed.found)
    with listening(stream) as client:
        assert follower.round()
        found = told(client, 700)
    assert indexes(found) == list(range(700))
    assert {one["message_type"] for one in found} == {"certificate_update"}
    assert all(one["data"]["verified"] for one in found)
    assert found[0]["data"]["leaf_cert"]["all_domains"] == ["a.example"]
    assert "as_der" not in found[0]["data"]["leaf_cert"]


def test_each_client_is_told_what_it_asked_for(log, serve, source, follow, feed, stream) -> None:
    """Certificates, with all that belongs to them, or names alone."""
    follower = follow(source(serve(log)), found=feed.found)
    with (
        listening(stream) as lite,
        listening(stream, "full-stream") as full,
        listening(stream, "domains-only/") as domains,
    ):
        follower.round()
        lite_data, full_data = (told(client, 700)[-1]["data"] for client in (lite, full))
        assert told(domains, 700)[-1] == {"message_type": "dns_entries", "data": ["a.example"]}
    assert full_data["leaf_cert"].pop("as_der")
    assert full_data.pop("chain") == []
    assert full_data == lite_data


def test_a_client_filters(serve, source, follow, feed, stream) -> None:
    """By a name with all below it, or by a name alone; one client's filter is no other's."""
    log = logged("www.one.example", "two.example", "one.example", "three.example")
    follower = follow(source(serve(log)), found=feed.found)
    with (
        listening(stream, "domains-only?domains=one.example") as below,
        listening(stream, "domains-only?names=one.example,three.example") as alone,
        listening(stream, "domains-only") as everything,
    ):
        follower.round()
        assert len(told(everything, 4)) == 4
        assert [one["data"] for one in told(below, 2)] == [["www.one.example"], ["one.example"]]
        assert [one["data"] for one in told(alone, 2)] == [["one.example"], ["three.example"]]


@pytest.mark.parametrize("hub", [WatchList(domains=["two.example"])], indirect=True)
def test_the_whole_stream_is_filtered(serve, source, follow, feed, stream) -> None:
    """Then nobody hears of anything else, and no page shows it."""
    follower = follow(source(serve(logged("one.example", "two.example"))), found=feed.found)
    with listening(stream) as client, listening(stream, "?domains=one.example") as nobody:
        follower.round()
        assert indexes(told(client, 1)) == [1]
        assert indexes(page(stream, "latest.json").json()["messages"]) == [1]
        assert json.loads(nobody.recv(timeout=10))["message_type"] == "heartbeat"


def test_a_mismatch_is_told_and_its_entries_are_not(
    log, grow, serve, source, follow, feed, hub, store, stream
) -> None:
    """When the log behaves again, what it signed is told."""
    follower = follow(source(serve(log)), found=feed.found, now=lambda: LATER)
    follower.round()
    grow(log, 10, LATER)
    log.misbehave("wrong-leaf", index=705)
    with listening(stream, "?alarms=yes") as client, listening(stream) as plain:
        assert not follower.round()
        for one in store.take():
            hub.tell(json.loads(one.body))
        (alarm,) = told(client, 1)
        log.behave()
        assert follower.round()
        found = told(client, 10)
        assert told(plain, 10) == found
    assert (alarm["message_type"], alarm["data"]["id"]) == ("alarm", "ct-root-mismatch")
    assert indexes(found) == list(range(700, 710))


def test_garbage_is_told_with_its_flaw(log, serve, source, follow, feed, stream) -> None:
    """It does not stop the feed."""
    log.misbehave("garbage-certificate", index=650)
    follower = follow(source(serve(log)), found=feed.found)
    with listening(stream) as client:
        follower.round()
        found = told(client, 700)
    assert indexes([one for one in found if "flaw" in one["data"]]) == [650]


@pytest.mark.parametrize("feed", [True], indirect=True)
def test_the_chain_of_a_static_log_is_fetched_once(serve, client, follow, feed, stream) -> None:
    """And only when somebody asks for all."""
    log = logged("one.example")
    server = serve(log)
    follower = follow(Tiles(client(server), LogKey(log.signer.spki)), found=feed.found)

    def asked() -> list[str]:
        return [seen.target for seen in server.seen if "/issuer/" in seen.target]

    with listening(stream) as lite:
        follower.round()
        told(lite, 1)
    assert asked() == []
    for name in ("two.example", "three.example"):
        log.certify(Request(name=name, key=CA.key, hosts=(name,), issuer=CA), NOW)
    log.publish(NOW + timedelta(seconds=1))
    with listening(stream, "full-stream") as full:
        follower.round()
        chains = [one["data"]["chain"] for one in told(full, 2)]
    assert [[above["subject"]["CN"] for above in chain] for chain in chains] == 2 * [["A CA"]]
    assert len(asked()) == 1


# Clients that do not keep up, and too many of them


def test_a_slow_client_loses_messages_and_nobody_waits(
    log, grow, serve, client, follow, feed, stream, monkeypatch
) -> None:
    """It is told how many; the others get all."""
    monkeypatch.setattr(stream_hub, "READY", 100_000)
    grow(log, 3000, LATER)
    pages = Pages(client(serve(log)), LogKey(log.signer.spki))
    follower = follow(pages, found=feed.found, now=lambda: LATER)
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect((stream.host, stream.port))
    how = {"sock": small, "close_timeout": 0.1}
    with (
        listening(stream, "full-stream", **how) as slow,
        listening(stream, "domains-only") as quick,
    ):
        assert follower.round()
        assert len(told(quick, 3700)) == 3700
        messages = [json.loads(slow.recv(timeout=10))]
        while not messages[-1].get("skipped"):
            messages.append(json.loads(slow.recv(timeout=10)))
            assert len(messages) < 4000
    received = sum(one["message_type"] == "certificate_update" for one in messages)
    assert 0 < received <= 3700 - messages[-1]["skipped"]


def test_there_are_only_so_many_clients(stream, monkeypatch) -> None:
    """One more is refused, until another goes."""
    monkeypatch.setattr(stream_hub, "LISTENERS", 1)
    with listening(stream):
        with pytest.raises(InvalidStatus) as refused:
            connect(stream.url).__enter__()
    answer = refused.value.response
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.body == b"1 clients listen already, which is the most\n"


def test_what_clients_say_is_passed_over(log, serve, source, follow, feed, stream) -> None:
    """Unless it is too long."""
    follower = follow(source(serve(log)), found=feed.found)
    with listening(stream) as client:
        for _ in range(100):
            client.send("I live")
        client.ping().wait(10)
        follower.round()
        assert indexes(told(client, 700)) == list(range(700))
        client.send("x" * 5000)
        with pytest.raises(ConnectionClosed, match="1009"):
            told(client, 1)


# What is refused


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("stream", 404, "no stream at '/stream'; expected /, /full-stream or /domains-only\n"),
        ("?domain=a.example", 400, "the parameter 'domain'; expected domains, names or alarms\n"),
        ("?alarms=perhaps", 400, "alarms=perhaps; expected yes or no\n"),
        ("?domains=a..example", 400, None),
        ("?domains=", 400, None),
        ("?" + "&".join(501 * ["names=a"]), 400, None),
        (
            "?domains=" + ",".join(501 * ["a"]),
            400,
            "501 names; expected 500 at most\n",
        ),
    ],
)
def test_what_is_no_stream_is_refused(stream, path, status, text) -> None:
    """The answer says why."""
    with pytest.raises(InvalidStatus) as refused:
        connect(stream.url + path).__enter__()
    answer = refused.value.response
    assert answer.status_code == status
    assert answer.body.decode() == (text or answer.body.decode())


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x00\xa5\r\n\r\n", b"GET /\r\n\r\n", b""])
def test_what_is_no_request_is_no_trouble(stream, sent) -> None:
    """Whoever sends garbage, or nothing, is let go of; others are served."""
    with socket.create_connection((stream.host, stream.port)) as garbage:
        garbage.sendall(sent)
    assert page(stream, "healthz").text == "ok\n"


# Pages


def test_the_latest_are_shown(log, serve, source, follow, feed, hub, stream) -> None:
    """The newest first, also when nobody listened; nothing was taken apart until then."""
    assert page(stream, "latest.json").json() == {"messages": []}
    nothing = page(stream, "example.json")
    assert (nothing.status_code, nothing.text) == (503, "no certificate was seen yet\n")
    follow(source(serve(log)), found=feed.found).round()
    while len(hub.latest) < 25 or hub.latest[-1].entry.index < 699:
        page(stream, "healthz")
    assert not any("logged" in vars(update) for update in hub.latest)
    newest = page(stream, "latest.json")
    assert newest.headers["content-type"] == "application/json"
    assert indexes(newest.json()["messages"]) == list(range(699, 674, -1))
    assert page(stream, "example.json").json() == newest.json()["messages"][0]
    assert page(stream, "full-stream/example.json").json()["data"]["leaf_cert"]["as_der"]
    assert page(stream, "domains-only/example.json").json()["data"] == ["a.example"]


def test_the_newest_heads_are_shown(log, grow, serve, client, follow, feed, stream) -> None:
    """As other monitors read them."""
    assert page(stream, "heads").text == ""
    follower = follow(Pages(client(serve(log)), LogKey(log.signer.spki)), found=feed.found)
    follower.round()
    grow(log, 1, LATER)
    follower.round()
    answer = page(stream, "heads")
    assert answer.headers["content-type"] == "application/jsonl"
    (said,) = loads(answer.content)
    assert (said.log_id, said.name, said.head.size) == (ID, "monitored", 701)
    said.head.verify(LogKey(log.signer.spki))


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "healthz", 200, "ok\n"),
        ("GET", "full-stream", 426, "this is a WebSocket: ask for an upgrade\n"),
        ("GET", "none", 404, "nothing at '/none'; / says what there is\n"),
        ("HEAD", "", 405, ""),
        ("DELETE", "latest.json", 405, "only GET is answered here\n"),
    ],
)
def test_pages(stream, method, path, status, text) -> None:
    """Each request has an answer."""
    answer = page(stream, path, method)
    assert (answer.status_code, answer.text) == (status, text)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        assert answer.headers["allow"] == "GET"


def test_the_first_page_says_what_there_is(stream) -> None:
    """Each path, and how to filter."""
    text = page(stream).text
    for path in (
        "/full-stream",
        "/domains-only",
        "/latest.json",
        "/heads",
        "?domains=example.com",
        "&alarms=yes",
    ):
        assert path in text


# The server


def test_a_port_that_is_taken_is_told(stream) -> None:
    """With what to do."""
    again = Stream(Hub(), str, port=stream.port)
    with pytest.raises(ListenError, match=rf"cannot listen on 127.0.0.1:{stream.port}: .*; name"):
        again.__enter__()


def test_clients_are_told_when_it_ends() -> None:
    """They may come again: 1001 is going away."""
    with Stream(Hub(), str) as stream:
        client = connect(stream.url)
        opened = client.__enter__()
        opened.recv(timeout=10)
    with pytest.raises(ConnectionClosed, match="1001"):
        opened.recv(timeout=10)
    client.__exit__(None, None, None)


def test_an_address_of_ipv6_has_brackets() -> None:
    """As URLs want it."""
    stream = Stream(Hub(), str, host="::1", port=80)
    assert stream.url == "ws://[::1]:80/"
