"""Real foreign servers, started on loopback with the laboratory's keys, and stopped again."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

import keypin
from keypin.certs import TrustStore, load_certificates
from keypin.lab.cast import Cast


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
    """Return a function that gives a port that was free a moment ago."""

    def port() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            number: int = probe.getsockname()[1]
            return number

    return port


def answers(port: int, process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Wait until a server listens; fail with its words if it has ended instead."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
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
