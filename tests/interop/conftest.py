"""Real foreign servers, started on loopback with the laboratory's keys, and stopped again."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

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


def answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a server listens; fail with its words if it has ended instead."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
                pytest.fail(f"the server ended: {process.communicate()[0]!r}")
        else:
            return
    pytest.fail("the server did not listen within 20 seconds")


@contextmanager
def running(command: list[str], port: int, **options) -> Iterator[int]:
    """Run a server until the end of the block."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    try:
        answers(port, process)
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
def unprivileged(tmp_path: Path) -> Callable[[Path], dict[str, object]]:
    """Return what runs a server that refuses to be root, as the owner of a folder."""

    def options(folder: Path) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and parent.is_relative_to(tmp_path.parents[2]):
                parent.chmod(parent.stat().st_mode | 0o011)
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    return options
