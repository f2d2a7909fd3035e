"""A watch that asks to wait is waited for, for a while, and that is said."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from keypin.cli.watch_patience import LONGEST, TRIES, asked

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Busy:
    """A watch that answers what a test says, one after the other, and then its last."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []
        self.bodies: list[bytes] = []
        busy = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                busy.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.do_GET()

            def do_GET(self) -> None:
                answers = busy.answers
                status, wait = answers.pop(0) if len(answers) > 1 else answers[0]
                page = {"items": [], "next": None, "detail": "come again"}
                body = json.dumps(page).encode()
                self.send_response(status)
                if wait:
                    self.send_header("Retry-After", wait)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def busy() -> Iterator[Busy]:
    """Run one."""
    one = Busy()
    thread = Thread(target=one.server.serve_forever, args=(0.01,))
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


@pytest.fixture
def run(keypin, busy):
    """Run a verb against it."""

    def run(*arguments: object):
        return keypin(*arguments, KEYPIN_WATCH=busy.address, KEYPIN_TOKEN="kp_x")

    return run


@pytest.mark.parametrize(("status", "why"), [(429, "too many calls"), (503, "it cannot answer")])
def test_what_it_asks_to_wait_is_waited_and_said(run, busy, status, why) -> None:
    """Seconds, or a date that has passed; standard output is as ever."""
    busy.answers = [(status, "0"), (status, "Sun, 29 Nov 2020 12:00:00 GMT"), (200, "")]
    ran = run("release", "list", "--json")
    assert ran.code == 0, ran.err
    assert ran.err.count(f"keypin: {busy.address}: {why}") == 2
    assert "asked again in 0 seconds\n" in ran.err
    assert why not in ran.out


def test_a_file_is_sent_whole_again(run, busy, tmp_path) -> None:
    """From its beginning."""
    file = tmp_path / "pins.toml"
    file.write_bytes(b"version = 1\n" * 100)
    busy.answers = [(503, "0"), (503, "")]
    run("release", "push", "shop", "1.0", file)
    assert busy.bodies == [file.read_bytes()] * 2


@pytest.mark.parametrize(
    "wait", ["", "soon", "301", "999999999999", "Sun, 29 Nov 2099 12:00:00 GMT"]
)
def test_what_is_no_use_to_wait_for_is_told_at_once(run, busy, wait) -> None:
    """Exit code 3, with what it asked for."""
    busy.answers = [(429, wait)]
    ran = run("release", "list")
    assert ran.code == 3
    note = f" (Retry-After: {wait}, which is not waited for any more)" if wait else ""
    assert ran.err == f"keypin: {busy.address}: come again{note}\n"


def test_it_is_not_asked_for_ever(run, busy) -> None:
    """However short it asks to wait."""
    busy.answers = [(503, "0")]
    ran = run("release", "list")
    assert ran.code == 3
    assert ran.err.count("asked again") == TRIES


def test_a_header_is_seconds_or_a_date() -> None:
    """RFC 9110, section 10.2.3; what is neither asks for nothing."""
    assert asked("120", NOON) == 120
    assert asked("Sun, 29 Nov 2026 12:01:30 GMT", NOON) == 90
    assert asked("Sun, 29 Nov 2026 12:01:30 -0000", NOON) == 90
    assert asked("Sun, 29 Nov 2026 11:00:00 GMT", NOON) == 0
    assert asked("9" * 400, NOON) > LONGEST
    for text in ("", "-5", "1.5", "²", "soon", "Sun, 99 Nov 2026 12:01:30 GMT"):
        assert asked(text, NOON) is None
