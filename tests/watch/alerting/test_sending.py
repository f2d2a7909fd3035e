"""A message is taken, or it is said why not, and whether it is worth another try."""

import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from keypin.alerts.rendering import Words
from keypin.findings import Severity
from keypin.watch.alerting.sending import Message, Post, digest_body
from keypin.watch.guarding import Guard

KEY = "k" * 32
WORDS = Words(subject="subject", plain="plain", markdown="marked", html="<p>html</p>")
MESSAGE = Message(
    key="chat:one",
    words=WORDS,
    body=digest_body("chat:one", "chat", WORDS),
    severity=Severity.ERROR,
)


@pytest.mark.parametrize(
    ("status", "lasting"),
    [
        pytest.param(301, True, id="redirect"),
        pytest.param(400, True, id="bad request"),
        pytest.param(404, True, id="not found"),
        pytest.param(408, False, id="timeout"),
        pytest.param(425, False, id="too early"),
        pytest.param(429, False, id="too many"),
        pytest.param(500, False, id="error"),
        pytest.param(503, False, id="unavailable"),
    ],
)
def test_an_answer_says_whether_to_try_again(alerted, receiver, status, lasting) -> None:
    """What the sender did wrong stays wrong; what the receiver lacks may come."""
    receiver.answers = [status]
    failure = alerted.post.send(receiver.address, MESSAGE, alerted.now)
    assert failure is not None
    assert str(status) in failure.reason
    assert failure.lasting is lasting


def test_no_address_is_logged(alerted, receiver, logged) -> None:
    """Neither the client of webhooks nor Apprise writes an address to the log."""
    receiver.answers = [500, 200, 500]
    for _ in range(2):
        alerted.post.send(receiver.address.replace("hook", "s3cret"), MESSAGE, alerted.now)
    alerted.post.send(f"json://127.0.0.1:{receiver.port}/s3cret", MESSAGE, alerted.now)
    assert len(receiver.requests) == 3
    assert "s3cret" not in "\n".join(logged)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Return what a log of the service would hold."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)


def test_what_is_taken_is_no_failure(alerted, receiver) -> None:
    """Any answer of success is one."""
    receiver.answers = [202]
    assert alerted.post.send(receiver.address, MESSAGE, alerted.now) is None
    assert receiver.keys == ["chat:one"]


def test_what_a_webhook_says_is_shown_plainly(alerted) -> None:
    """A foreign text is one line without control characters, and short."""
    answer = b"no \x1b[31mway\r\n" + b"!" * 9000
    head = f"HTTP/1.1 400 no\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_answer, args=(listening, head + answer))
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/#{KEY}"
        failure = alerted.post.send(address, MESSAGE, alerted.now)
        thread.join()
    assert failure is not None
    assert failure.reason.startswith("the webhook answered 400: no [31mway !!!")
    assert len(failure.reason) < 300


def _answer(listening: socket.socket, answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)


def test_what_is_not_there_may_come(alerted) -> None:
    """A refused connection, and a name without an address, are tried again."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    refused = alerted.post.send(f"http://127.0.0.1:{port}/#{KEY}", MESSAGE, alerted.now)
    nowhere = Post(Guard(resolve=lambda *_: ()), alerted.post.verify)
    unknown = nowhere.send(f"https://hooks.example/#{KEY}", MESSAGE, alerted.now)
    assert refused is not None
    assert unknown is not None
    assert (refused.lasting, unknown.lasting) == (False, False)
    assert "hooks.example has no address" in unknown.reason


def test_what_is_no_address_is_none_tomorrow(alerted) -> None:
    """An address that cannot be read, and one inside, are not."""
    outside = Post(Guard(resolve=lambda *_: (("10.0.0.1", 443),)), alerted.post.verify)
    for post, address in (
        (alerted.post, "nonsense://x"),
        (outside, f"https://hooks.example/#{KEY}"),
    ):
        failure = post.send(address, MESSAGE, alerted.now)
        assert failure is not None
        assert failure.lasting


def test_a_service_is_sent_the_words(alerted, receiver) -> None:
    """What is no webhook goes through Apprise, whose failures may pass."""
    address = f"json://127.0.0.1:{receiver.port}/"
    receiver.answers = [200, 400]
    assert alerted.post.send(address, MESSAGE, alerted.now) is None
    failure = alerted.post.send(address, MESSAGE, alerted.now)
    assert failure is not None
    assert not failure.lasting
