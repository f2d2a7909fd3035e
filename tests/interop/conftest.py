"""Real foreign servers, started on loopback with the laboratory's keys, and stopped again."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom

import pytest

import keypin
from keypin.certs import TrustStore, load_certificates
from keypin.lab import Expect, Lab, Running
from keypin.lab.cast import Cast
from keypin.lab.scenario import show
from keypin.lab.serving import Pool
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

_CHANCE = SystemRandom()


@pytest.fixture(scope="session")
def program():
    """Return a function that gives the path of a program, or skips, saying what is missing."""

    def path(name: str, *folders: str) -> str:
        places = os.pathsep.join([os.environ["PATH"], "/usr/sbin", *folders])
        found = shutil.which(name, path=places)
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    return path


@pytest.fixture(scope="session")
def free_port():
    """Return a function that gives a port that was free a moment ago.

    It is below those that systems hand out by themselves (Linux from 32,768 on, some from 49,152):
    a server that takes seconds to start would find one of those taken by another test.
    """

    def port() -> int:
        while True:
            number = _CHANCE.randrange(20_000, 32_000)
            with socket.socket() as probe, suppress(OSError):
                probe.bind(("127.0.0.1", number))
                return number

    return port


def answers(port: int, process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Wait until a server listens; fail with its words if it has ended instead."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            # To ask without a break would take from the server what it needs to start.
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                pytest.fail(f"the server ended: {process.communicate()[0]!r}")
        else:
            return
    pytest.fail(f"the server did not listen within {seconds} seconds")


@contextmanager
def running(command: list[str], port: int, seconds: float = 20, **options) -> Iterator[int]:
    """Run a server until the end of the block."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    try:
        answers(port, process, seconds)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="session")
def cast() -> Cast:
    """Return the laboratory's keys and CAs."""
    return Cast(datetime.now(UTC))


@pytest.fixture(scope="session")
def trust(cast: Cast) -> TrustStore:
    """Return what a client of the laboratory trusts."""
    return TrustStore(load_certificates(cast.trusted_pem()), "the lab's CA")


@pytest.fixture(scope="session")
def files(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with chain and key for each kind: active.pem, active.key, active-rsa..."""
    folder = tmp_path_factory.mktemp("keys")
    for kind in ("active", "active-rsa", "active-ed25519"):
        leaf = cast.leaf(kind)
        chain = leaf.pem + cast.authority("intermediate").pem
        (folder / f"{kind}.pem").write_bytes(chain)
        (folder / f"{kind}.key").write_bytes(leaf.key_pem)
        (folder / f"{kind}.key").chmod(0o600)
    return folder


@pytest.fixture(scope="session")
def by_pins(lab: Lab) -> list[list[Running]]:
    """Return the laboratory's servers that prove something, those of the same pins together."""
    found: dict[tuple[str, ...], list[Running]] = {}
    for running in lab:
        if running.scenario.expect is not Expect.EITHER:
            found.setdefault(running.pins, []).append(running)
    return list(found.values())


@pytest.fixture
def named_server(lab: Lab) -> Iterator[Callable[..., int]]:
    """Return a function that starts a server of the laboratory's key for names, gives its port."""
    pool = Pool()

    def run(*names: str) -> int:
        play = show(lab.cast.leaf(hosts=names), lab.cast.authority("intermediate"))
        server = pool.add(play, play.chains, "127.0.0.1", 0, lab.cast.trusted_pem())
        pool.start()
        return server.port

    yield run
    pool.close()


# A pin set of every kind of pattern, and the hosts that a server with the pinned key is taken for.
_PATTERNS = (
    ("**.example.com", "new-root"),
    ("api.example.com", "active"),
    ("*.one.example.com", "active"),
    ("free.example.com", None),
)
_TAKEN = {
    "api.example.com": True,
    "www.example.com": False,
    "example.com": False,
    "a.one.example.com": True,
    "a.b.one.example.com": False,
    "one.example.com": False,
    "free.example.com": True,
    "a.free.example.com": False,
    "example.org": True,
}


@pytest.fixture
def patterns(lab, named_server) -> tuple[PinSet, dict[str, bool]]:
    """Return a pin set, and URLs with whether a client that obeys it accepts each.

    The names are not in the DNS: clients are to look for every name on this machine.
    """
    policies: list[Policy] = []
    for host, key in _PATTERNS:
        pins = () if key is None else (PolicyPin(Pin.parse(lab.cast.pin(key))),)
        reason = {"no_backup": "a test"} if pins else {"exempt": "a test"}
        policies.append(Policy(host=HostPattern.parse(host), pins=pins, **reason))
    port = named_server(*_TAKEN)
    return PinSet(policies), {f"https://{name}:{port}/": taken for name, taken in _TAKEN.items()}


@pytest.fixture
def start() -> Iterator[Callable[..., int]]:
    """Return a function that runs a server until the test's end and gives its port."""
    with ExitStack() as stack:
        yield lambda command, port, **options: stack.enter_context(
            running(command, port, **options)
        )


@pytest.fixture
def unprivileged(unprivileged_folder) -> Callable[[Path], dict[str, object]]:
    """Return what runs a server that refuses to be root, as the owner of a folder."""
    return unprivileged_folder


@pytest.fixture(scope="session")
def unprivileged_folder(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Path], dict[str, object]]:
    """Return the same for a whole session."""

    def options(folder: Path) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        for parent in folder.parents:
            base = tmp_path_factory.getbasetemp().parents[1]
            if parent.stat().st_uid == 0 and parent.is_relative_to(base):
                parent.chmod(parent.stat().st_mode | 0o011)
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    return options


@pytest.fixture(params=["good", "attacker"])
def party(request, cast: Cast, tmp_path: Path, pinned_context) -> "Party":
    """Return the files of a server, once good and once a man in the middle's, and a context."""
    if request.param == "good":
        chain = cast.leaf(), cast.authority("intermediate")
    else:
        chain = cast.leaf("attacker", "other-intermediate"), cast.authority("other-intermediate")
    folder = tmp_path / "party"
    folder.mkdir()
    (folder / "chain.pem").write_bytes(b"".join(issued.pem for issued in chain))
    (folder / "key.pem").write_bytes(chain[0].key_pem)
    (folder / "ca.pem").write_bytes(cast.trusted_pem())
    (folder / "root.pem").write_bytes(cast.authority("root").pem)
    (folder / "key.pem").chmod(0o600)
    return Party(folder, request.param == "good", pinned_context)


@dataclass(frozen=True)
class Party:
    """A server's files.

    Attributes:
        folder: has `chain.pem`, `key.pem`, `ca.pem` (what clients trust) and `root.pem` (the one
            root of it that certifies the good server).
        good: whether its key is pinned.
        context: a pinned client's.
    """

    folder: Path
    good: bool
    context: keypin.SSLContext


@pytest.fixture
def pinned_context(cast: Cast) -> keypin.SSLContext:
    """Return a client's context with the pins of the good server."""
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    return keypin.create_default_context(pins, cadata=cast.trusted_pem().decode())


@pytest.fixture
def refusal():
    """Return a function that finds keypin's error behind what a client raised."""

    def find(error: BaseException) -> keypin.PinMismatchError:
        seen: list[object] = [error]
        for found in seen:
            if isinstance(found, keypin.PinMismatchError):
                return found
            if isinstance(found, BaseException):
                seen += [found.__cause__, found.__context__, *found.args]
                seen += getattr(found, "exceptions", [])
            assert len(seen) < 1000
        pytest.fail(f"no PinMismatchError behind {error!r}")

    return find
