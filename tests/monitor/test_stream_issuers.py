"""The certificates above those of static logs: fetched once, and missing where a log lacks them."""

from hashlib import sha256

import pytest

from keypin.ct.entry import read_tile
from keypin.ct.sct import LogKey
from keypin.lab.ct_entry import Logged
from keypin.monitor import stream_issuers as module
from keypin.monitor.client import Client, StoppedError
from keypin.monitor.source import Tiles
from keypin.monitor.stream_issuers import Issuers


def prints(*ders: bytes) -> tuple[bytes, ...]:
    """Return fingerprints."""
    return tuple(sha256(der).digest() for der in ders)


def block(*chains: tuple[bytes, ...]):
    """Return an entry for each chain."""
    tile = [Logged(1000, b"der", chain=chain).tile_leaf for chain in chains]
    return read_tile(b"".join(tile), 0, len(tile))


@pytest.fixture
def served(log, serve, client):
    """Return a server with two issuers, and what reads it."""
    log.issuers.update(zip(prints(b"one", b"two"), (b"one", b"two"), strict=True))
    server = serve(log)
    return server, Tiles(client(server), LogKey(log.signer.spki))


def test_each_is_fetched_once(served) -> None:
    """What a log lacks is asked for once, and missing in the chain."""
    server, source = served
    issuers = Issuers()
    entries = block(prints(b"one", b"two"), prints(b"lacking", b"two"), ())
    for _ in range(2):
        issuers.fetch(source, entries)
    assert [issuers.chain(entry) for entry in entries.entries()] == [
        [b"one", b"two"],
        [b"two"],
        [],
    ]
    assert len(server.seen) == 3


def test_only_so_many_are_remembered(served, monkeypatch) -> None:
    """A log may name as many as it likes."""
    monkeypatch.setattr(module, "REMEMBERED", 2)
    _, source = served
    issuers = Issuers()
    for name in (b"one", b"lacking", b"two"):
        issuers.fetch(source, block(prints(name)))
    (entry,) = block(prints(b"one", b"two")).entries()
    assert issuers.chain(entry) == [b"two"]


def test_nobody_waits_when_the_monitor_stops(served, http) -> None:
    """The error goes on to the follower."""
    server, _ = served

    def stopped(_: float) -> None:
        raise StoppedError("stopping")

    source = Tiles(Client(server.url, http, stopped), LogKey(server.api.log.signer.spki))
    with pytest.raises(StoppedError):
        Issuers().fetch(source, block(prints(b"one")))
