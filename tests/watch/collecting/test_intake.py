"""One writer takes all that waits, and answers when it is on the disk."""

import asyncio
import threading

import pytest

from keypin.watch.collecting.batch import unpack
from keypin.watch.collecting.batches import IntakeError
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.intake import MANY, Intake


class Slow:
    """A disk that can be held up, or be full."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.full = False
        self.go = threading.Event()
        self.go.set()

    def append(self, batch: bytes, count: int) -> None:
        """Keep a batch when told to."""
        self.go.wait(5)
        if self.full:
            raise IntakeError("the disk is full")
        assert len(unpack(batch)) == count
        self.kept.append(count)

    def close(self) -> None:
        """Do nothing."""


def put(intake, entry) -> "asyncio.Future[None]":
    """Have an entry kept; return what is done once it is, or fails."""
    future = asyncio.get_running_loop().create_future()

    def told(error: IntakeError | None) -> None:
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    intake.put(entry, told)
    return future


@pytest.fixture
def disk():
    """Return a disk."""
    return Slow()


@pytest.fixture
def intake(disk):
    """Return a queue before it."""
    made = Intake(disk)
    yield made
    disk.go.set()
    made.stop()


def test_whoever_comes_during_a_commit_goes_with_the_next(intake, disk, field_) -> None:
    """One commit for all that waited, and no answer before it."""
    entry = field_.entry()

    async def go() -> None:
        disk.go.clear()
        first = put(intake, entry)
        while intake.waiting:  # noqa: ASYNC110 - until the writer has taken it
            await asyncio.sleep(0)
        rest = [put(intake, entry) for _ in range(MANY + 5)]
        assert not any(future.done() for future in (first, *rest))
        disk.go.set()
        await asyncio.gather(first, *rest)

    asyncio.run(go())
    assert disk.kept == [1, MANY, 5]


def test_what_cannot_be_kept_is_told_to_all_in_it(intake, disk, field_) -> None:
    """And the next are kept, once the disk takes them again."""

    async def go() -> None:
        disk.full = True
        found = await asyncio.gather(
            put(intake, field_.entry()), put(intake, field_.entry()), return_exceptions=True
        )
        assert [str(one) for one in found] == ["the disk is full"] * 2
        assert intake.failure == "the disk is full"
        disk.full = False
        await put(intake, field_.entry())
        assert intake.failure is None

    asyncio.run(go())


def test_the_queue_has_an_end(disk, field_) -> None:
    """Beyond it nothing is taken, until what waits is on the disk."""
    entry = field_.entry()
    intake = Intake(disk, room=3 * len(entry.body))

    async def go() -> None:
        disk.go.clear()
        waiting = [put(intake, entry), put(intake, entry)]
        with pytest.raises(IntakeError, match="more reports come in than the disk takes"):
            put(intake, entry)
        disk.go.set()
        await asyncio.gather(*waiting)
        await put(intake, entry)

    asyncio.run(go())
    intake.stop()


def test_whose_loop_has_ended_is_not_told(intake, disk, field_) -> None:
    """His report is kept, with the next; and whoever comes by another loop does not wait for it."""
    loop = asyncio.new_event_loop()
    loop.call_soon(intake.put, field_.entry(), lambda _: pytest.fail("nobody is there"))
    loop.call_soon(loop.stop)  # before it could wake the writer
    loop.run_forever()
    loop.close()

    async def come() -> None:
        await asyncio.wait_for(put(intake, field_.entry()), 10)

    asyncio.run(come())
    assert disk.kept == [2]


def test_a_stop_keeps_what_waits(core, field_) -> None:
    """And takes nothing more."""
    intake = Intake(open_batches(core))

    async def go() -> None:
        future = put(intake, field_.entry())
        await asyncio.to_thread(intake.stop)
        await future
        with pytest.raises(IntakeError):
            put(intake, field_.entry())

    asyncio.run(go())
    batches = open_batches(core)
    assert batches.waiting() == 1
    batches.close()
