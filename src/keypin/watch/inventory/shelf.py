"""Pin sets, kept once and parsed once: hundreds of releases ship few different ones."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from keypin.pins import PinSet
from keypin.pins.toml import loads
from keypin.watch.inventory.portions import portions
from keypin.watch.inventory.uploads import Upload
from keypin.watch.inventory.upsert import insert_one
from keypin.watch.store import Scope
from keypin.watch.store.tables import pin_sets, releases

# Characters of pins.toml whose pin sets are kept: 10,000 policies are 2 MB of them, and 30 MB
# of memory once parsed.
ROOM = 8_000_000


class Shelf:
    """The pin sets that were parsed lately, by the digest of their text; for all threads.

    Args:
        room: characters of text whose pin sets are kept.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._taken = 0
        self._kept: OrderedDict[bytes, tuple[PinSet, int]] = OrderedDict()
        self._lock = threading.Lock()

    def pin_sets(
        self, connection: Connection, organisation: int, numbers: Iterable[int]
    ) -> dict[int, PinSet]:
        """Return pin sets of an organisation by their numbers."""
        wanted = set(numbers)
        ours = pin_sets.c.organisation == organisation
        query = select(pin_sets.c.id, pin_sets.c.digest).where(ours, pin_sets.c.id.in_(wanted))
        digests: dict[int, bytes] = {row.id: row.digest for row in connection.execute(query)}
        found = {number: self._look(digest) for number, digest in digests.items()}
        missing = [number for number, pin_set in found.items() if pin_set is None]
        if missing:
            texts = select(pin_sets.c.id, pin_sets.c.text).where(ours, pin_sets.c.id.in_(missing))
            for row in connection.execute(texts):
                found[row.id] = self._parse(digests[row.id], row.text)
        return {number: pin_set for number, pin_set in found.items() if pin_set is not None}

    def _look(self, digest: bytes) -> PinSet | None:
        with self._lock:
            kept = self._kept.get(digest)
            if kept is None:
                return None
            self._kept.move_to_end(digest)
            return kept[0]

    def _parse(self, digest: bytes, text: str) -> PinSet:
        pin_set = loads(text).pin_set
        with self._lock:
            if digest not in self._kept:
                self._kept[digest] = pin_set, len(text)
                self._taken += len(text)
            while self._taken > self._room and len(self._kept) > 1:
                _, (_, size) = self._kept.popitem(last=False)
                self._taken -= size
        return pin_set


def put(scope: Scope, upload: Upload, at: datetime) -> int:
    """Keep the pin set of an upload, unless it is kept, and return its number."""
    query = scope.select(pin_sets.c.id).where(pin_sets.c.digest == upload.digest)
    held = query.with_for_update(read=True, key_share=True)  # until a release refers to it
    row = {"digest": upload.digest, "text": upload.text, "created_at": at}
    while (number := scope.value(held)) is None:
        insert_one(scope.connection, pin_sets, {**row, "organisation": scope.organisation})
    return int(number)


def forget_unused(scope: Scope) -> None:
    """Remove the pin sets that no release ships any more."""
    unused = pin_sets.c.id.not_in(scope.select(releases.c.pin_set))
    query = scope.select(pin_sets.c.id).where(unused).order_by(pin_sets.c.id)
    # Who holds one is waited for, and may have shipped it: so they are asked about once more.
    numbers = [row["id"] for row in scope.rows(query.with_for_update())]
    for some in portions(numbers):
        scope.execute(scope.delete(pin_sets).where(pin_sets.c.id.in_(some), unused))
