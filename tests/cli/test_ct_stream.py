"""`keypin ct stream`: a feed that starts, says where it is, follows a real log, and ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import RFC6962, CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer

NOW = datetime.now(UTC)
HOW = ("--interval", "1", "--listen", "127.0.0.1:0")
# How often a page is asked for before what is not on it counts as missing: some half a minute.
_ASKED = 1000
CA = issue(Request(name="A CA", key=new_key("ecdsa"), ca=True), NOW)


@pytest.fixture
def log() -> CtLog:
    """Return a log with one entry."""
    log = CtLog("a log", roots=[CA.der])
    grow(log, "old.example")
    return log


@pytest.fixture
def listed(log, tmp_path) -> Iterator[Path]:
    """Serve the log, and return a log list with it."""
    with CtServer(CtApi(log, RFC6962, clock=lambda: datetime.now(UTC))) as server:
        path = tmp_path / "logs.json"
        path.write_text(json.dumps(log_list([server], NOW)), encoding="utf-8")
        yield path


def grow(log: CtLog, *names: str) -> None:
    """Log a precertificate for each name, and publish a head."""
    at = datetime.now(UTC)
    for name in names:
        log.certify(Request(name=name, key=CA.key, hosts=(name,), issuer=CA), at)
    log.publish(at)


@contextmanager
def started(*arguments: object, stop: signal.Signals = signal.SIGINT, told: str = ""):
    """Run the stream; give its address as soon as it follows the log."""
    process = subprocess.Popen(
        [sys.executable, "-m", "keypin", "ct", "stream", *HOW, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        first, second = process.stdout.readline(), process.stdout.readline()
        assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/  1 log\n", first), process.stderr.read()
        assert second == "Ctrl-C stops the stream.\n"
        url = first.split("  ")[0]
        assert any(page(url, "heads").text for _ in range(_ASKED))
        yield url
    finally:
        process.send_signal(stop)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert re.fullmatch(f"{told}keypin: the stream has stopped\n", errors), errors


def latest(url: str) -> list[dict]:
    """Return the latest messages, as soon as there are any."""
    asked = (page(url, "latest.json").json()["messages"] for _ in range(_ASKED))
    return next(messages for messages in asked if messages)


def page(url: str, path: str) -> httpx2.Response:
    """Return a page beside the stream."""
    return httpx2.get(url.replace("ws:", "http:") + path, trust_env=False)


def updates(client, count: int) -> list[dict]:
    """Return what so many messages tell, apart from heartbeats."""
    found: list[dict] = []
    while len(found) < count:
        message = json.loads(client.recv(timeout=20))
        if message["message_type"] != "heartbeat":
            found.append(message["data"])
    return found


def test_what_is_logged_is_told(log, listed) -> None:
    """From now on, with the log as the list calls it; SIGTERM ends it."""
    with started("--log-list", listed, stop=signal.SIGTERM) as url, connect(url) as client:
        client.recv(timeout=20)
        grow(log, "new.example")
        (told,) = updates(client, 1)
        (head,) = page(url, "heads").text.splitlines()
    assert told["cert_index"] == 1
    assert told["leaf_cert"]["all_domains"] == ["new.example"]
    assert told["source"]["name"] == "a log"
    assert told["cert_link"].endswith("/ct/v1/get-entries?start=1&end=1")
    assert json.loads(head) == {
        "log_id": log.signer.log_id.hex(),
        "log": "a log",
        **json.loads(head),
        "tree_size": 2,
    }


def test_only_some_domains_are_told(log, listed) -> None:
    """With all names below them, however they are given."""
    domains = ("--domains", "one.example,two.example", "--domains", "three.example")
    with started("--log-list", listed, *domains) as url, connect(f"{url}domains-only") as client:
        client.recv(timeout=20)
        grow(log, "www.one.example", "other.example", "two.example", "a.three.example")
        told = updates(client, 3)
    assert told == [["www.one.example"], ["two.example"], ["a.three.example"]]


def test_it_goes_on_where_it_was(log, listed, tmp_path) -> None:
    """What is logged while it does not run is told when it runs again."""
    state = ("--state", tmp_path / "state")
    with started("--log-list", listed, *state) as url:
        grow(log, "first.example")
        assert [one["data"]["cert_index"] for one in latest(url)] == [1]
    grow(log, "meanwhile.example")
    with started("--log-list", listed, *state) as url:
        messages = latest(url)
    assert [one["data"]["cert_index"] for one in messages] == [2]


def test_a_log_is_read_from_its_beginning(listed) -> None:
    """If that is asked for."""
    with started("--log-list", listed, "--start", "beginning", "--log", "A *") as url:
        messages = latest(url)
    assert [one["data"]["cert_index"] for one in messages] == [0]


def test_what_a_log_does_wrong_is_told(log, listed) -> None:
    """To clients, and to whoever looks at the terminal."""
    told = "keypin: a log: what should be a tree head is none: .*\n"
    with started("--log-list", listed, told=told) as url, connect(f"{url}?alarms=yes") as client:
        client.recv(timeout=20)
        log.misbehave("bad-signature")
        (alarm,) = updates(client, 1)
        log.behave()
    assert (alarm["id"], alarm["log"]) == ("ct-bad-signature", "a log")


@pytest.mark.parametrize("address", ["8765", "localhost", "[::1]", "::1:80", "[a]:1", ":1", "a:x"])
def test_an_address_has_a_host_and_a_port(keypin, address) -> None:
    """The error shows how."""
    ran = keypin("ct", "stream", "--listen", address)
    assert ran.code == 2
    said = " ".join(ran.err.replace("│", " ").split())
    assert f"{address!r} is no address; write 127.0.0.1:8765 or [::1]:8765" in said


def test_a_port_that_is_taken_is_told(keypin, listed) -> None:
    """With what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = keypin("ct", "stream", "--log-list", listed, "--listen", f"127.0.0.1:{port}")
    assert ran.code == 3
    assert ran.out == ""
    assert re.fullmatch(
        rf"keypin: cannot listen on 127\.0\.0\.1:{port}: .*; name another address with --listen\n",
        ran.err,
    )


def test_a_log_that_is_not_there_is_told(keypin, listed) -> None:
    """Nothing is followed then."""
    ran = keypin("ct", "stream", "--log-list", listed, "--log", "none")
    assert ran.code == 2
    assert ran.err.startswith("keypin: ")
    assert "no log is called 'none'" in ran.err


def test_a_domain_that_is_none_is_told(keypin, listed) -> None:
    """Before anything is asked of a log."""
    ran = keypin("ct", "stream", "--log-list", listed, "--domains", "a..example")
    assert ran.code == 2
    assert "a..example" in ran.err
