"""A client of a log: what it asks again and when, what it takes, and what it refuses."""

import gzip
import pickle
import socket
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from keypin.lab.ct_view import Answer, Delivery
from keypin.monitor import client as module
from keypin.monitor.client import (
    ATTEMPTS,
    AnswerError,
    Client,
    LogError,
    RefusedError,
    StoppedError,
    TooLargeError,
    UnreachableError,
)

GOOD = Answer(b"good")
BUSY = Answer(b"", 503)


def packed(body: bytes, **more) -> Answer:
    """Return an answer that is packed by gzip."""
    return Answer(gzip.compress(body, mtime=0), encoding="gzip", **more)


def later(text: str, status: int = 429) -> Answer:
    """Return an answer that asks to come again later."""
    return Answer(b"", status, headers=(("Retry-After", text),))


class Pauses(list[float]):
    """The pauses that a client made, and no time that passed."""

    def __call__(self, seconds: float) -> None:
        """Note a pause; one of nothing is a look whether to stop."""
        if seconds:
            self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    """Return what a client pauses with."""
    return Pauses()


@pytest.fixture
def asking(script, http, pauses):
    """Return a function that makes a client of a server with some answers."""

    def make(*answers) -> Client:
        server = script(*answers)
        client = Client(server.url, http, pauses)
        client.asked = server.api.asked
        return client

    return make


def test_an_answer(asking, pauses) -> None:
    """A body comes as it is; the path stands below the log's URL, with one slash between."""
    client = asking(GOOD)
    assert client.get("ct/v1/get-sth?a=b", 4) == b"good"
    [ask] = client.asked
    assert (ask.path, ask.query) == ("/ct/v1/get-sth", {"a": "b"})
    assert client.url.endswith("/")
    assert not client.url.endswith("//")
    assert (client.bytes_read, pauses) == (4, [])


def test_packed_answers(asking) -> None:
    """Gzip is asked for, and unpacked here; the bytes of the wire are counted."""
    client = asking(packed(b"x" * 5000))
    assert client.get("", 5000) == b"x" * 5000
    assert client.asked[0].client.headers["accept-encoding"] == "gzip"
    assert client.bytes_read == len(gzip.compress(b"x" * 5000, mtime=0))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507])
def test_what_passes_is_tried_again(status, asking, pauses) -> None:
    """An error that may pass is followed by another try, after a pause."""
    assert asking(Answer(b"", status), GOOD).get("", 4) == b"good"
    assert len(pauses) == 1


def test_pauses_grow_and_are_jittered(asking, pauses) -> None:
    """Each is drawn between a quarter and the whole of a span that doubles, up to a minute."""
    client = asking(BUSY)
    for _ in range(5):
        with pytest.raises(UnreachableError, match=r"answered 503 Service Unavailable$"):
            client.get("", 4)
    assert len(client.asked) == 5 * ATTEMPTS
    for doublings in range(5):
        longest, drawn = 2**doublings, pauses[doublings::5]
        assert all(longest / 4 <= pause <= longest for pause in drawn)
        assert len(set(drawn)) == 5


def test_no_pause_is_longer_than_a_minute(asking, pauses, monkeypatch) -> None:
    """However often a log is asked."""
    monkeypatch.setattr(module, "ATTEMPTS", 12)
    with pytest.raises(UnreachableError):
        asking(BUSY).get("", 4)
    assert max(pauses) <= 60


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds(status, asking, pauses) -> None:
    """The pause is as long as the log asks for, at least."""
    assert asking(later(" 120 ", status), GOOD).get("", 4) == b"good"
    assert 119 < pauses[0] <= 120


def test_retry_after_as_a_date(asking, pauses) -> None:
    """A date is a moment to wait for; one without a zone is taken for UTC."""
    moment = datetime.now(UTC) + timedelta(seconds=100)
    for text in (format_datetime(moment, usegmt=True), f"{moment:%a, %d %b %Y %H:%M:%S} -0000"):
        pauses.clear()
        asking(later(text), GOOD).get("", 4)
        assert 90 < pauses[0] <= 100


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT", "Mon, 99 Foo 2026"]
)
def test_retry_after_that_says_nothing(text, asking, pauses) -> None:
    """Then the pause is the usual one."""
    asking(later(text), GOOD).get("", 4)
    assert 0.25 <= pauses[0] <= 1


def test_retry_after_holds_the_whole_client(asking, pauses) -> None:
    """Whatever is asked next waits too."""
    client = asking(later("60"), GOOD)
    client.get("a", 4)
    client.get("b", 4)
    assert len(pauses) == 2
    assert 59 < pauses[1] <= 60


@pytest.mark.parametrize(("asked", "held"), [("3600", 3600), ("999999999999", 86400)])
def test_nobody_waits_for_hours(asked, held, asking, pauses) -> None:
    """Within one request nobody waits that long, and the log is left alone: a day at most."""
    client = asking(later(asked), GOOD)
    with pytest.raises(UnreachableError, match="answered 429 Too Many Requests"):
        client.get("", 4)
    with pytest.raises(UnreachableError, match="asks to be left alone for") as raised:
        client.get("", 4)
    assert held - 10 < float(str(raised.value).split()[-3]) <= held
    assert (len(client.asked), pauses) == (1, [])


@pytest.mark.parametrize("status", [204, 301, 400, 403, 404, 410, 418])
def test_what_is_refused_is_not_tried_again(status, asking) -> None:
    """Any other status than 200 is a refusal, and is in the error."""
    client = asking(Answer(b"", status))
    with pytest.raises(RefusedError, match=f"answered {status} ") as raised:
        client.get("", 4)
    assert raised.value.status == status
    assert len(client.asked) == 1


def test_a_refusal_goes_to_another_process() -> None:
    """With its status."""
    there = pickle.loads(pickle.dumps(RefusedError("a", 404)))  # noqa: S301 - our own bytes
    assert (str(there), there.status) == ("a", 404)


@pytest.mark.parametrize("answer", [Answer(b"12345"), packed(b"12345"), packed(b"1" * (1 << 22))])
def test_a_body_has_a_limit(answer, asking) -> None:
    """What has more bytes is refused, packed or not; what has just as many is taken."""
    with pytest.raises(TooLargeError, match="an answer of more than 4 bytes"):
        asking(answer).get("", 4)


@pytest.mark.parametrize("answer", [Answer(b"1234"), packed(b"1234"), Answer(b"")])
def test_a_body_at_its_limit(answer, asking) -> None:
    """A body may be as long as the limit, or empty."""
    assert asking(answer).get("", 4) in {b"1234", b""}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"endless", delivery=Delivery.ENDLESS),
        Answer(gzip.compress(bytes(1 << 28), 9), encoding="gzip"),
    ],
)
def test_what_never_ends_is_left(answer, asking) -> None:
    """An endless body and a bomb are given up at the limit, without being read or unpacked."""
    client = asking(answer)
    with pytest.raises(TooLargeError):
        client.get("", 1 << 16)
    assert client.bytes_read < 1 << 20


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"plain", "no gzip stream, though it says so"),
        (zlib.compress(b"x"), "no gzip stream, though it says so"),
        (gzip.compress(b"x", mtime=0) + b"y", "bytes behind the end of the gzip stream"),
        (gzip.compress(b"x", mtime=0) + bytes(1 << 20), "bytes behind the end of the gzip stream"),
        (
            gzip.compress(b"x", mtime=0) + gzip.compress(b"y", mtime=0),
            "bytes behind the end of the gzip stream",
        ),
    ],
)
def test_no_gzip(body, complaint, asking) -> None:
    """What says that it is packed is one gzip stream, whole, and nothing else."""
    with pytest.raises(AnswerError, match=complaint):
        asking(Answer(body, encoding="gzip")).get("", 1 << 24)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (
            Answer(gzip.compress(b"1234", mtime=0)[:-5], encoding="gzip"),
            "the gzip stream breaks off",
        ),
        (Answer(b"", encoding="gzip"), "the gzip stream breaks off"),
        (Answer(b"12345678", delivery=Delivery.CUT), "peer closed connection"),
    ],
)
def test_what_breaks_off_is_tried_again(answer, complaint, asking) -> None:
    """The next answer may be whole."""
    assert asking(answer, GOOD).get("", 8) == b"good"
    with pytest.raises(UnreachableError, match=complaint):
        asking(answer).get("", 8)


def test_an_encoding_that_was_not_asked(asking) -> None:
    """Only gzip was."""
    with pytest.raises(AnswerError, match="encoded as 'br', which was not asked"):
        asking(Answer(b"", encoding="br")).get("", 8)
    assert asking(Answer(b"x", encoding="Identity")).get("", 8) == b"x"


def test_an_answer_has_a_time(asking, monkeypatch) -> None:
    """However steadily its bytes drip."""
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(module, "ATTEMPTS", 1)
    with pytest.raises(UnreachableError, match="no whole answer within 0 s"):
        asking(Answer(b"drip" * 100, delivery=Delivery.SLOW)).get("", 1 << 10)


def test_nobody_there(http, pauses) -> None:
    """The error says which address, and what the network says."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match=rf"^{url}x: .*refused"):
            Client(url, http, pauses).get("x", 8)
    assert len(pauses) == ATTEMPTS - 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:x", "http://a\udcff", "http://\0"])
def test_no_address(url, http, pauses) -> None:
    """A URL of a log list may be none."""
    with pytest.raises(AnswerError, match="no address"):
        Client(url, http, pauses).get("x", 8)


def test_a_stop_ends_the_pauses(script, http) -> None:
    """Who waits for a log is told that it ends, with what was waited for."""

    def stop(seconds: float) -> None:
        if seconds:
            raise StoppedError("stopping")

    with pytest.raises(StoppedError, match=r"/x: answered 503 Service Unavailable; stopping$"):
        Client(script(BUSY).url, http, stop).get("x", 8)


def test_a_stop_ends_a_slow_answer(script, http) -> None:
    """It is not waited for to its end."""
    looks = iter([None, None])

    def stop(_: float) -> None:
        if next(looks, "stop"):
            raise StoppedError("stopping")

    server = script(Answer(b"drip" * 100, delivery=Delivery.SLOW))
    with pytest.raises(StoppedError, match=r"/x: stopping$"):
        Client(server.url, http, stop).get("x", 1 << 10)


def test_one_family_of_errors() -> None:
    """Whoever follows a log catches one."""
    for error in (UnreachableError, RefusedError, AnswerError, TooLargeError, StoppedError):
        assert issubclass(error, LogError)
