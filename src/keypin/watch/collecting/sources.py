"""What is kept of where a report came from: as much as the settings say, and no address.

A source is a BLAKE2 of the address under a key of one day, which is sealed in the database, shared
by all machines, and replaced by the next day's: then nobody can tell any more whose digest it was,
not even the operator. A source that reports on two days counts as two.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from secrets import token_bytes
from typing import Self

from sqlalchemy import Connection, select

from keypin.watch.inventory.upsert import insert_new
from keypin.watch.settings import Addresses
from keypin.watch.store import Purpose, Sealer, SealError
from keypin.watch.store.tables import installation

DIGEST = 16
"""Bytes of a source: 128 bits, so that no two meet by chance."""

_NAME = "sources"


@dataclass(frozen=True, slots=True)
class DayKey:
    """The key of one day.

    Attributes:
        day: which, UTC.
        key: 32 bytes.
    """

    day: date
    key: bytes

    @classmethod
    def read(cls, connection: Connection, sealer: Sealer) -> Self | None:
        """Return the key that is kept, or None where there is none that can be opened."""
        query = select(installation.c.value).where(installation.c.name == _NAME)
        value = connection.execute(query).scalar()
        if value is None:
            return None
        try:
            key = sealer.open(str(value["sealed"]).encode(), Purpose.DAY_KEY)
        except SealError:  # the seal was changed; what it kept lives for a day anyway
            return None
        return cls(date.fromisoformat(str(value["day"])), key)

    @classmethod
    def renew(cls, connection: Connection, sealer: Sealer, day: date) -> Self:
        """Return the key of a day, which replaces all others; for all machines the same.

        Args:
            connection: a transaction that may write.
            sealer: seals it.
            day: today.
        """
        made = cls(day, token_bytes(32))
        sealed = sealer.seal(made.key, Purpose.DAY_KEY).decode()
        row = {
            "name": _NAME,
            "value": {"day": day.isoformat(), "sealed": sealed},
            "changed_at": datetime.combine(day, time(), UTC),
        }
        insert_new(connection, installation, [row])
        ours = installation.c.name == _NAME
        # Whoever comes second waits here, and finds the key of the first.
        connection.execute(select(installation.c.name).where(ours).with_for_update())
        found = cls.read(connection, sealer)
        if found is not None and found.day >= day:
            return found
        connection.execute(installation.update().where(ours).values(**row))
        return made


@dataclass(frozen=True, slots=True)
class Sources:
    """Digests of the addresses of one day.

    Attributes:
        key: the day's.
        addresses: what is kept of an address.
    """

    key: DayKey
    addresses: Addresses

    def digest(self, site: str) -> bytes | None:
        """Return the digest of an address; None where the settings say so, or it has none.

        RFC 7693 with a key, which is a MAC (section 2.9). OpenSSL's HMAC lets go of Python's lock,
        for which a busy process then waits longer than for the digest.

        Args:
            site: an IPv4 address, or the network of an IPv6 one.
        """
        if not site or self.addresses is Addresses.NOTHING:
            return None
        return blake2b(site.encode(), key=self.key.key, digest_size=DIGEST).digest()
