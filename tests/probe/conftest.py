"""Servers of a few lines each: what a test scripts is what the prober meets."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from keypin.certs import Endpoint, Observation
from keypin.lab import Lab
from keypin.probe import Dial, KeyType, Limits, Options, probe_stream
from keypin.trust import trust_from_file

Script = Callable[[socket.socket], None]
QUICK = Limits(connect=2, handshake=2, total=4)


@contextmanager
def _serving(script: Script) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(10)
                try:
                    script(client)
                except OSError:
                    continue

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


@pytest.fixture
def serving() -> Iterator[Callable[[Script], int]]:
    """Return a function that starts a server of one script a connection, and gives its port."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(_serving(script))


@pytest.fixture
def look(lab: Lab) -> Callable[..., Observation]:
    """Return a function that probes one endpoint on loopback."""
    trust = trust_from_file(lab.ca_file)

    def look(text: str, port: int, **options: object) -> Observation:
        chosen = {
            "trust": trust,
            "limits": QUICK,
            "key_types": (KeyType.DEFAULT,),
            "connect": (Dial("127.0.0.1", port),),
            **options,
        }
        (observation,) = probe_stream([Endpoint.parse(text)], Options(**chosen))
        return observation

    return look
