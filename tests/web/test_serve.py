"""The server in the process of the watch: it answers, it says whether it is ready, it ends."""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from keypin.watch.service import Watch
from keypin.watch.settings import Settings
from keypin.web.serve import ListenError, Server, listen


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """Return a process that has not been started."""
    with Watch(Settings(data=tmp_path / "data")) as opened:
        yield opened


def _get(server: Server, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_it_answers_from_the_start_and_is_ready_when_the_work_is(watch: Watch) -> None:
    """`/healthz` says that the process lives, `/readyz` whether to send it requests."""
    server = Server(watch, listen("127.0.0.1", 0), told=True)
    assert server.problem() == "requests are not answered"
    with server:
        assert server.problem() is None
        assert _get(server, "/healthz")[0] == 200
        status, body = _get(server, "/readyz")
        assert status == 503
        told = {"ready": False, "problems": ["it has not been started"], "warnings": []}
        assert json.loads(body) == told
        watch.start()
        assert _get(server, "/readyz")[0] == 200
    with pytest.raises(ConnectionRefusedError):
        _get(server, "/healthz")


def test_what_comes_after_reading_ahead_is_done_last(watch: Watch) -> None:
    """After all that the pages have read."""
    done = threading.Event()
    server = Server(watch, listen("127.0.0.1", 0), warmed=done.set)
    *steps, last = server._warming._steps
    assert steps
    assert last == done.set
    with server:
        watch.start()
        assert done.wait(30)


def test_a_taken_port_is_said_before_anything_is_begun() -> None:
    """With the way to choose another."""
    with listen("127.0.0.1", 0) as taken:
        with pytest.raises(ListenError, match="choose another with --host and --port"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_who_leaves_in_the_middle_is_no_mistake_of_ours(watch: Watch, caplog) -> None:
    """A stranger can do it as often as he likes: no log tells of it."""
    server = Server(watch, listen("127.0.0.1", 0))
    netloc = urlsplit(server.address)
    half = (
        b"POST /sign-in HTTP/1.1\r\nHost: c\r\nContent-Length: 100\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nhalf"
    )
    with server:
        with socket.create_connection((netloc.hostname, netloc.port), timeout=10) as plain:
            plain.sendall(half)
            plain.shutdown(socket.SHUT_WR)
            assert plain.recv(100) == b""
        assert _get(server, "/healthz")[0] == 200
    assert caplog.text == ""


STARVED = """
import resource
from keypin.cli import main
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 256))
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no limit of open files")
def test_more_connections_than_files_do_not_stop_it(tmp_path: Path) -> None:
    """Those who come too late are told so, and the others are answered; nothing runs out."""
    command = [sys.executable, "-c", STARVED, "watch", "start", "--data", str(tmp_path / "data")]
    command += ["--port", "0", "--part", "web", "--log-format", "text"]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
        ExitStack() as all_,
    ):
        all_.callback(process.terminate)
        assert process.stderr is not None
        log: list[str] = []
        for line in process.stderr:
            log.append(line)
            if found := re.search(r"runs at http://([\d.]+):(\d+)", line):
                break
        assert found, log
        address = found[1], int(found[2])
        first = all_.enter_context(socket.create_connection(address, timeout=10))
        for _ in range(300):
            last = all_.enter_context(socket.create_connection(address, timeout=10))
        assert last.recv(100).startswith(b"HTTP/1.1 503 ")
        first.sendall(b"GET /healthz HTTP/1.1\r\nHost: c\r\n\r\n")
        assert first.recv(100).startswith(b"HTTP/1.1 200 ")
        process.terminate()
        log.append(process.stderr.read())
    assert "".join(log).count("more than 128 connections are open") == 1
    assert "Too many open files" not in "".join(log)
