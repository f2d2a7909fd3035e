"""Between followers and listeners: who waits, who loses, and what ends it."""

import asyncio

import pytest

from keypin.ct.certstream import Kind, Origin
from keypin.ct.entry import read_tile
from keypin.lab.ct_entry import Logged
from keypin.monitor import stream_hub as module
from keypin.monitor.stream import Stream
from keypin.monitor.stream_hub import Batch, FullError, Hub, Listener

ORIGIN = Origin("a log", "https://log.example/", tiled=False)


def batch(count: int = 10) -> Batch:
    """Return entries that are no certificates."""
    tile = count * Logged(1000, b"der").tile_leaf
    return Batch(ORIGIN, read_tile(tile, 0, count), 1.0, True, lambda entry: entry.issuers)


def test_messages_wait_in_order() -> None:
    """Whoever comes later than they do finds them."""
    listener = Listener(Kind.LITE)

    async def said() -> list[bytes]:
        waiting = asyncio.ensure_future(listener.next())
        await asyncio.sleep(0)
        listener.offer(b"one")
        listener.offer(b"two")
        return [await waiting, await listener.next()]

    assert asyncio.run(said()) == [b"one", b"two"]


def test_what_has_no_room_is_counted(monkeypatch) -> None:
    """A single message has room, whatever its size."""
    monkeypatch.setattr(module, "READY", 10)
    listener = Listener(Kind.LITE)
    for message in (b"x" * 100, b"lost", b"lost too"):
        listener.offer(message)
    assert listener.skipped == 2
    assert asyncio.run(listener.next()) == b"x" * 100
    for message in (b"12345", b"67890", b"1"):
        listener.offer(message)
    assert listener.skipped == 3


def test_there_is_room_for_so_many(monkeypatch) -> None:
    """And again when one has left."""
    monkeypatch.setattr(module, "LISTENERS", 1)
    hub = Hub()
    first, second = Listener(Kind.FULL), Listener(Kind.LITE)
    hub.join(first)
    with pytest.raises(FullError, match="1 clients listen already, which is the most"):
        hub.join(second)
    hub.leave(first)
    hub.join(second)
    assert (hub.wants(Kind.LITE), hub.wants(Kind.FULL)) == (True, False)


def test_a_follower_waits_for_room_until_the_end(monkeypatch) -> None:
    """Nothing piles up before the hub runs, and nobody hangs when it is closed."""
    monkeypatch.setattr(module, "_ROOM_SECONDS", 0.01)
    hub = Hub()
    for _ in range(module._BATCHES):
        hub.publish(batch())

    async def follow() -> None:
        waiting = asyncio.ensure_future(asyncio.to_thread(hub.publish, batch()))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.05)
        hub.close()
        await waiting

    asyncio.run(follow())
    hub.publish(batch())
    assert len(hub._batches) == module._BATCHES


def test_whoever_is_told_something_after_the_end_hears_nothing() -> None:
    """The loop is over."""
    hub = Hub()
    hub.tell({"id": "nobody is there"})
    with Stream(hub, str):
        pass
    hub.tell({"id": "nobody is there"})
    hub.publish(batch())


def test_what_ends_it_is_told() -> None:
    """A follower does not wait for what is gone."""
    hub = Hub()
    with Stream(hub, str) as stream:
        stream.check()
        hub.publish(batch()._replace(block=None))
        stream._thread.join(10)
        with pytest.raises(TypeError, match="NoneType"):
            stream.check()
        for _ in range(2 * module._BATCHES):
            hub.publish(batch())
