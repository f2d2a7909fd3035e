"""The reporter against real servers on loopback: what arrives, what waits, what never blocks."""

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_WR, create_connection, create_server, socket
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keypin.certs import Certificate, VerifiedChain
from keypin.errors import InputError
from keypin.lab.cast import Cast
from keypin.pins import HostPattern, MismatchError, Pin, PinSet, Policy, PolicyPin, decide
from keypin.tls.install import install
from keypin.tls.report import World
from keypin.tls.reporter import Reporter
from keypin.tls.spool import Spool

AT = datetime(2026, 11, 23, tzinfo=UTC)
SOON = 20.0  # seconds that nothing here takes; a test that waits for them has failed


class Handler(BaseHTTPRequestHandler):
    """Notes what is posted, and answers as it is told."""

    server: "Server"

    def do_POST(self) -> None:
        """Take a report."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.collector.take(self, body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The HTTP server of a collector."""

    collector: "Collector"

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that went away."""


@dataclass
class Collector:
    """A collector on loopback: what it received, and the answers that it will give."""

    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def take(self, handler: Handler, body: bytes) -> None:
        """Note a report; while the gate is shut, let its sender wait."""
        self.received.append(json.loads(body))
        self.headers.append({"path": handler.path, **handler.headers})
        self.arrived.set()
        self.gate.wait(SOON)
        status, headers = self.answers.popleft() if self.answers else (204, {})
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    @property
    def hosts(self) -> list[str]:
        """The hosts of the reports, in the order of arrival."""
        return [report["hostname"] for report in self.received]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach loopback directly, whatever the machine's proxy."""
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")


@pytest.fixture
def run_collector() -> Iterator[Any]:
    """Return a function that runs a collector, by TLS if it is given a context."""
    servers: list[Server] = []

    def run(context: ssl.SSLContext | None = None) -> Collector:
        server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        server.collector = Collector(url=f"{scheme}://localhost:{server.server_port}/pins?a=b")
        server.collector.gate.set()
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        servers.append(server)
        return server.collector

    yield run
    for server in servers:
        server.collector.gate.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def collector(run_collector: Any) -> Collector:
    """Run a collector in the clear."""
    return run_collector()


@pytest.fixture(scope="module")
def cast() -> Cast:
    """The certificates of these tests."""
    return Cast(datetime.now(UTC))


@pytest.fixture(scope="module")
def chain(cast: Cast) -> VerifiedChain:
    """A chain of three."""
    issued = (cast.leaf(), cast.authority("intermediate"), cast.authority("root"))
    ders = (one.certificate.public_bytes(Encoding.DER) for one in issued)
    return VerifiedChain.from_verifier(map(Certificate.from_der, ders))


def mismatch(chain: VerifiedChain, host: str, *addresses: str) -> MismatchError:
    """Return a real mismatch of `host`, reported to `addresses`."""
    policy = Policy(
        host=HostPattern.parse(host),
        pins=(PolicyPin(Pin(bytes(32))), PolicyPin(Pin(bytes([1] * 32)))),
        report_to=addresses,
    )
    with pytest.raises(MismatchError) as caught:
        decide(PinSet((policy,)), host, chain, AT)
    return caught.value


class Quick:
    """A clock that waits at once, and keeps what was waited for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Wait really only for what another thread does."""
        if seconds is None:
            condition.wait(SOON)
        else:
            self.waits.append(seconds)
            self.now += seconds

    @property
    def world(self) -> World:
        """The world with this clock, in which chance is even."""
        return World(clock=lambda: self.now, wait=self.wait, chance=lambda: 0.5)


def counts(reporter: Reporter) -> dict[str, int]:
    """Return the counters that are not zero."""
    found = reporter.counters
    return {name: getattr(found, name) for name in found.__slots__ if getattr(found, name)}


def test_a_mismatch_is_reported(collector: Collector, chain: VerifiedChain) -> None:
    """As JSON, by POST, with nothing that says more of the client."""
    with Reporter(app="shop", version="4.2") as reporter:
        presented = [certificate.der for certificate in chain][:2]
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=presented)
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1}
    [report] = collector.received
    assert (report["hostname"], report["app"], report["version"]) == ("a.example", "shop", "4.2")
    assert len(report["served-certificate-chain"]) == 2
    [headers] = collector.headers
    assert headers["path"] == "/pins?a=b"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "keypin"
    assert {"Referer", "Cookie", "Authorization"}.isdisjoint(headers)


def test_the_same_failure_is_reported_once_an_hour(
    collector: Collector, chain: VerifiedChain
) -> None:
    """A repetition is counted; another host is another failure; an hour later it is news."""
    quick = Quick()
    with Reporter(_world=quick.world) as reporter:
        for host in ("a.example", "a.example", "b.example", "a.example"):
            reporter.submit(mismatch(chain, host, collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 2, "suppressed": 2}
        quick.now += 3600
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
    assert collector.hosts == ["a.example", "b.example", "a.example"]


def test_every_address_gets_the_report(run_collector: Any, chain: VerifiedChain) -> None:
    """Each counts."""
    first, second = run_collector(), run_collector()
    with Reporter() as reporter:
        error = mismatch(chain, "a.example", first.url, second.url)
        reporter.submit(error, port=443, presented=())
        assert reporter.flush(SOON)
        reporter.submit(error, port=443, presented=())
        assert counts(reporter) == {"sent": 2, "suppressed": 2}
    assert first.received == second.received


def test_submit_never_waits_and_the_queue_is_bounded(
    collector: Collector, chain: VerifiedChain
) -> None:
    """While the collector hangs, reports wait; what finds no room is dropped and counted."""
    collector.gate.clear()
    with Reporter(queue_size=3) as reporter:
        for number in range(10):
            error = mismatch(chain, f"h{number}.example", collector.url)
            reporter.submit(error, port=443, presented=())
        assert collector.arrived.wait(SOON)
        assert counts(reporter) == {"pending": 3, "dropped": 7}
        collector.gate.set()
        assert reporter.flush(SOON)
        reporter.submit(mismatch(chain, "h9.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 4, "dropped": 7}, "what was dropped is no repetition"


def test_the_queue_is_bounded_in_bytes(collector: Collector, chain: VerifiedChain) -> None:
    """Large chains fill it sooner: 16 MiB."""
    collector.gate.clear()
    with Reporter(queue_size=100_000) as reporter:
        stuffed = [bytes(127 * 1024)]
        for number in range(200):
            error = mismatch(chain, f"h{number}.example", collector.url)
            reporter.submit(error, port=443, presented=stuffed)
        assert 100 < reporter.counters.pending < 132
        assert reporter.counters.dropped == 200 - reporter.counters.pending
        collector.gate.set()


def test_the_rate_is_kept(collector: Collector, chain: VerifiedChain) -> None:
    """Two at once, then one in half a minute."""
    quick = Quick()
    with Reporter(rate=2, _world=quick.world) as reporter:
        for number in range(5):
            error = mismatch(chain, f"h{number}.example", collector.url)
            reporter.submit(error, port=443, presented=())
        assert reporter.flush(SOON)
    assert sum(quick.waits) == pytest.approx(90)
    assert len(collector.received) == 5


def test_a_failing_collector_is_asked_again_later(
    collector: Collector, chain: VerifiedChain
) -> None:
    """Each wait is twice the last, or what the collector asks for."""
    later = {"Retry-After": "100"}
    collector.answers.extend([(500, {}), (503, {}), (429, later), (408, {}), (200, {})])
    quick = Quick()
    with Reporter(_world=quick.world) as reporter:
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1}
    assert quick.waits == [5, 10, 100, 40]


def test_what_fails_every_time_is_given_up(collector: Collector, chain: VerifiedChain) -> None:
    """After as many attempts as were allowed, and the next report begins anew."""
    collector.answers.extend([(500, {})] * 3)
    with Reporter(attempts=3, _world=Quick().world) as reporter:
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        reporter.submit(mismatch(chain, "b.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1, "failed": 1}
    assert collector.hosts == ["a.example"] * 3 + ["b.example"]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 410])
def test_a_refusal_is_final(collector: Collector, chain: VerifiedChain, status: int) -> None:
    """A redirect too: nobody reads reports on an address that the policy does not name."""
    collector.answers.append((status, {"Location": collector.url}))
    with Reporter() as reporter:
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"refused": 1}
    assert len(collector.received) == 1


def test_an_address_out_of_reach_keeps_no_other_waiting(
    collector: Collector, chain: VerifiedChain
) -> None:
    """The second address gets its report although the first one never answers."""
    with create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with Reporter(flush_at_exit=0) as reporter:
        for host in ("a.example", "b.example"):
            error = mismatch(chain, host, nobody, collector.url)
            reporter.submit(error, port=443, presented=())
        while reporter.counters.sent < 2:
            assert not reporter.flush(0.01)
        assert counts(reporter) == {"sent": 2, "pending": 2}
    assert collector.hosts == ["a.example", "b.example"]


@pytest.mark.parametrize("address", ["http://localhost:port/", "http://[/"])
def test_an_address_that_is_none_is_refused(chain: VerifiedChain, address: str) -> None:
    """The reporter goes on."""
    with Reporter() as reporter:
        reporter.submit(mismatch(chain, "a.example", address), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"refused": 1}


@pytest.mark.parametrize(
    "answer", [b"", b"\x16\x03\x01", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000]
)
def test_what_is_no_answer_is_a_failure(chain: VerifiedChain, answer: bytes) -> None:
    """Garbage, an endless header, silence."""
    with create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with Reporter(attempts=1) as reporter:
            reporter.submit(mismatch(chain, "a.example", address), port=443, presented=())
            assert reporter.flush(SOON)
            assert counts(reporter) == {"failed": 1}
        thread.join(SOON)


def test_an_answer_must_come_in_time_as_a_whole(chain: VerifiedChain) -> None:
    """A server that sends a byte now and then does not hold the reporter."""
    done = threading.Event()
    with create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                while not done.wait(0.05):
                    connection.sendall(b"H")

        thread = threading.Thread(target=drip)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with Reporter(attempts=1, timeout=0.3) as reporter:
            reporter.submit(mismatch(chain, "a.example", address), port=443, presented=())
            assert reporter.flush(SOON)
            assert counts(reporter) == {"failed": 1}
        done.set()
        thread.join(SOON)


@pytest.fixture
def tls(cast: Cast, tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """Return a server's context, and the file of the CA that it is trusted by."""
    leaf, intermediate = cast.leaf(), cast.authority("intermediate")
    (tmp_path / "server.pem").write_bytes(leaf.pem + intermediate.pem + leaf.key_pem)
    (tmp_path / "ca.pem").write_bytes(cast.authority("root").pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    return context, str(tmp_path / "ca.pem")


def test_reports_go_by_tls_without_pins(
    run_collector: Any, chain: VerifiedChain, tls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although every context of the program is pinned since, and would refuse the collector."""

    class Refusing(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - ssl's
            raise AssertionError("a report went through a pinned context")

    context, cafile = tls
    context.sslsocket_class = ssl.SSLSocket
    collector = run_collector(context)
    with Reporter(cafile=cafile) as reporter:
        monkeypatch.setattr(ssl.SSLContext, "sslsocket_class", Refusing)
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1}
    assert collector.hosts == ["a.example"]


def test_reports_get_out_of_a_program_with_installed_pins(
    run_collector: Any, chain: VerifiedChain, tls: Any
) -> None:
    """`keypin.install` pins every context, but the reporter's: else no report could be sent."""
    context, cafile = tls
    collector = run_collector(context)
    error = mismatch(chain, "localhost")
    before = Reporter(cafile=cafile)
    with install(PinSet((error.policy,))), Reporter(cafile=cafile) as after:
        for number, reporter in enumerate((before, after)):
            met = mismatch(chain, f"h{number}.example", collector.url)
            reporter.submit(met, port=443, presented=())
            assert reporter.flush(SOON)
            assert counts(reporter) == {"sent": 1}
    before.close()
    assert collector.hosts == ["h0.example", "h1.example"]


def test_a_collector_that_is_not_trusted_gets_nothing(
    run_collector: Any, chain: VerifiedChain, tls: Any
) -> None:
    """The CA is checked, as it is everywhere."""
    collector = run_collector(tls[0])
    with Reporter(attempts=1) as reporter:
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"failed": 1}
    assert collector.received == []


def test_the_proxy_of_the_environment_is_used(
    collector: Collector, chain: VerifiedChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report gets out the way that everything else does."""
    monkeypatch.setenv("http_proxy", collector.url.removesuffix("/pins?a=b"))
    with Reporter() as reporter:
        error = mismatch(chain, "a.example", "http://reports.invalid/pins")
        reporter.submit(error, port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1}
    assert collector.headers[0]["path"] == "http://reports.invalid/pins"


def test_a_report_goes_by_tls_through_a_proxy(
    run_collector: Any, chain: VerifiedChain, tls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By CONNECT, and the collector's certificate is checked inside."""
    context, cafile = tls
    collector = run_collector(context)
    asked: list[bytes] = []

    def relay(source: socket, sink: socket) -> None:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(SHUT_WR)

    def proxy() -> None:
        client, _ = server.accept()
        asked.append(client.recv(65536))
        port = int(asked[0].split()[1].rpartition(b":")[2])
        with client, create_connection(("127.0.0.1", port)) as behind:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=relay, args=(behind, client))
            back.start()
            relay(client, behind)
            back.join(SOON)

    with create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=proxy)
        thread.start()
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.getsockname()[1]}")
        with Reporter(cafile=cafile) as reporter:
            reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
            assert reporter.flush(SOON)
            assert counts(reporter) == {"sent": 1}
        thread.join(SOON)
    assert asked[0].startswith(b"CONNECT localhost:")
    assert collector.hosts == ["a.example"]


def test_no_report_about_a_host_to_itself(collector: Collector, chain: VerifiedChain) -> None:
    """RFC 7469 section 2.1.4; its other address gets it."""
    with Reporter() as reporter:
        itself = mismatch(chain, "a.example", "https://a.example/r", collector.url)
        reporter.submit(itself, port=443, presented=())
        alone = mismatch(chain, "b.example", "https://B.example:8443/r")
        reporter.submit(alone, port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1, "suppressed": 2}


def test_no_report_about_a_failing_report(collector: Collector, chain: VerifiedChain) -> None:
    """A mismatch that is met while a report is sent is not reported, to any reporter."""
    other = Reporter()
    error = mismatch(chain, "a.example", collector.url)
    quick = Quick()

    def meet() -> float:
        other.submit(error, port=443, presented=())
        return 0.5

    collector.answers.append((500, {}))
    with Reporter(_world=World(quick.world.clock, quick.wait, meet)) as reporter:
        reporter.submit(error, port=443, presented=())
        assert reporter.flush(SOON)
    assert counts(other) == {"suppressed": 1}
    other.close()


def test_submit_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it is given: the verdict stands."""
    with Reporter() as reporter:
        reporter.submit(None, port=None, presented=())  # type: ignore[arg-type]
        assert counts(reporter) == {}
    assert "a pin failure report is lost" in caplog.text


def test_a_report_that_cannot_be_built_is_a_failure(
    collector: Collector, chain: VerifiedChain, caplog: pytest.LogCaptureFixture
) -> None:
    """The thread goes on to the next."""
    with Reporter() as reporter:
        error = mismatch(chain, "a.example", collector.url)
        reporter.submit(error, port=object(), presented=())  # type: ignore[arg-type]
        reporter.submit(mismatch(chain, "b.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1, "failed": 1}
    assert "cannot be built" in caplog.text


def test_after_close_mismatches_are_dropped(collector: Collector, chain: VerifiedChain) -> None:
    """And counted; closing twice is closing once."""
    reporter = Reporter()
    reporter.close()
    reporter.close()
    reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
    assert counts(reporter) == {"dropped": 1}
    assert reporter.flush(0)
    assert collector.received == []


def test_close_is_bounded_and_counts_what_it_drops(
    collector: Collector, chain: VerifiedChain
) -> None:
    """A collector that fails holds the end of a program for as long as was allowed."""
    collector.answers.append((500, {}))
    reporter = Reporter(flush_at_exit=0.05)
    reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
    assert collector.arrived.wait(SOON)
    thread = reporter._thread
    reporter.close()
    assert thread is not None
    thread.join(SOON)
    assert counts(reporter) == {"dropped": 1}


def test_limits_are_checked() -> None:
    """A queue of nothing would report nothing in silence."""
    with pytest.raises(InputError, match="a limit of a Reporter is not above zero"):
        Reporter(queue_size=0)


def test_what_is_left_is_in_the_spool(
    collector: Collector, chain: VerifiedChain, tmp_path: Path
) -> None:
    """Not dropped but pending, and the next run sends it first."""
    with create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    address = collector.url.replace(collector.url.split(":")[2].split("/")[0], str(port))
    first = Reporter(spool=tmp_path, flush_at_exit=0.05)
    first.submit(mismatch(chain, "a.example", address), port=443, presented=())
    thread = first._thread
    first.close()
    assert thread is not None
    thread.join(SOON)
    assert counts(first) == {"pending": 1}
    [path] = tmp_path.glob("*.json")
    path.write_text(path.read_text().replace(address, collector.url))
    with Reporter(spool=str(tmp_path)) as second:
        second.submit(mismatch(chain, "b.example", collector.url), port=443, presented=())
        assert second.flush(SOON)
        assert counts(second) == {"sent": 2}
    assert collector.hosts == ["a.example", "b.example"]
    assert list(tmp_path.iterdir()) == []


def test_a_spool_that_is_full_of_old_reports_is_counted(tmp_path: Path) -> None:
    """What is more than the queue holds is dropped."""
    spool = Spool(tmp_path, most=10)
    for _ in range(3):
        spool.keep("http://127.0.0.1:1/", {})
    spool.close()
    with Reporter(spool=tmp_path, queue_size=2, flush_at_exit=0) as reporter:
        assert reporter.counters.dropped == 1


def test_a_spooled_report_that_vanished_is_given_up(
    collector: Collector, chain: VerifiedChain, tmp_path: Path
) -> None:
    """Somebody emptied the folder: nothing is sent, and nothing breaks."""
    quick = Quick()
    collector.answers.append((500, {}))

    def empty() -> float:
        for path in tmp_path.glob("*.json"):
            path.unlink()
        return 0.5

    world = World(quick.world.clock, quick.wait, empty)
    with Reporter(spool=tmp_path, _world=world) as reporter:
        reporter.submit(mismatch(chain, "a.example", collector.url), port=443, presented=())
        assert reporter.flush(SOON)
        assert counts(reporter) == {"refused": 1}


def test_a_child_of_a_fork_begins_anew(
    collector: Collector, chain: VerifiedChain, tmp_path: Path
) -> None:
    """What is pending is the parent's; the child reports what it meets itself."""
    collector.gate.clear()
    with Reporter(spool=tmp_path) as reporter:
        reporter.submit(mismatch(chain, "parent.example", collector.url), port=443, presented=())
        assert collector.arrived.wait(SOON)
        child = os.fork()
        if not child:
            begun = not counts(reporter)
            error = mismatch(chain, "child.example", collector.url)
            reporter.submit(error, port=443, presented=())
            os._exit(0 if begun and reporter.flush(SOON) else 1)
        collector.gate.set()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1}
    assert sorted(collector.hosts) == ["child.example", "parent.example"]


PROGRAM = """
import atexit, sys
from base64 import b64decode
from datetime import UTC, datetime
from keypin.certs import Certificate, VerifiedChain
from keypin.pins import *
from keypin.tls.reporter import Reporter

def submit(host):
    pins = (PolicyPin(Pin(bytes(32))), PolicyPin(Pin(bytes([1] * 32))))
    policy = Policy(host=HostPattern(host), pins=pins, report_to=(sys.argv[1],))
    leaf = Certificate.from_der(b64decode(sys.argv[2]))
    try:
        decide(PinSet((policy,)), host, VerifiedChain((leaf,)), datetime.now(UTC))
    except MismatchError as error:
        reporter.submit(error, port=443, presented=())
"""

CASES = {
    "pending at the end": """
reporter = Reporter()
submit("end.example")
""",
    "submitted by a handler of the end": """
reporter = Reporter()
atexit.register(lambda: submit("end.example"))
submit("begin.example")
""",
    "submitted when no thread can be started": """
import keypin.tls.reporter
class Last:
    def __del__(self):
        submit("last.example")
        print(reporter.counters.dropped, flush=True)
sys.last = Last()
reporter = Reporter()
submit("end.example")
""",
}


def arguments(program: str, address: str, chain: VerifiedChain, *more: str) -> list[str]:
    """Return the command that runs a program with a mismatch at hand."""
    from base64 import b64encode  # noqa: PLC0415 - for the programs alone

    leaf = b64encode(chain.leaf.der).decode()
    return [sys.executable, "-c", PROGRAM + program, address, leaf, *more]


@pytest.mark.parametrize("case", CASES)
def test_what_is_pending_at_the_end_is_sent(
    collector: Collector, chain: VerifiedChain, case: str
) -> None:
    """Within a bound, and whoever submits later still is dropped without a word."""
    ran = subprocess.run(
        arguments(CASES[case], collector.url, chain),
        capture_output=True,
        text=True,
        timeout=SOON,
        check=True,
    )
    assert ran.stderr == ""
    assert "end.example" in collector.hosts
    assert "last.example" not in collector.hosts


def test_the_end_is_not_held_by_a_dead_collector(
    collector: Collector, chain: VerifiedChain
) -> None:
    """The program ends although the collector never answers."""
    collector.gate.clear()
    program = 'reporter = Reporter(flush_at_exit=0.1)\nsubmit("end.example")'
    ran = subprocess.run(
        arguments(program, collector.url, chain), capture_output=True, timeout=SOON, check=True
    )
    assert (ran.stdout, ran.stderr) == (b"", b"")


def test_a_killed_program_loses_no_report(
    collector: Collector, chain: VerifiedChain, tmp_path: Path
) -> None:
    """Kill -9 while its report is on the way: the next run sends it."""
    collector.gate.clear()
    program = (
        'reporter = Reporter(spool=sys.argv[3])\nsubmit("a.example")\n'
        "print(1, flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        arguments(program, collector.url, chain, str(tmp_path)), stdin=subprocess.PIPE
    ) as process:
        assert collector.arrived.wait(SOON)
        with Reporter(spool=tmp_path) as neighbour:
            assert counts(neighbour) == {}, "a living run's report is its own"
        process.send_signal(signal.SIGKILL)
    collector.received.clear()
    collector.gate.set()
    with Reporter(spool=tmp_path) as reporter:
        assert reporter.flush(SOON)
        assert counts(reporter) == {"sent": 1}
    assert collector.hosts == ["a.example"]
