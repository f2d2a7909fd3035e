"""Chains, each kept once by its digest, and read back as certificates."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Table, select

from keypin.certs import Certificate
from keypin.watch.inventory.portions import portions
from keypin.watch.inventory.upsert import insert_new
from keypin.watch.store.tables import certificates, chains

Chain = tuple[Certificate, ...]

# Certificates that are kept parsed: some 40 MB at most for those of ordinary size.
MEMORY = 4096

# Names that a page can show; a certificate may bear ten thousand.
_NAMES = 1000


def digest_of(chain: Chain) -> bytes:
    """Return what a chain is kept under: SHA-256 of its certificates' digests in a row."""
    return hashlib.sha256(b"".join(one.sha256 for one in chain)).digest()


def issuer_named(one: Certificate) -> str:
    """Return who signed a certificate, as people call them."""
    return one.issuer_common_name or one.issuer_organization or one.issuer


def keep(connection: Connection, found: Mapping[bytes, Chain]) -> None:
    """Keep chains by their digests, with their certificates, unless they are kept."""
    if not found:
        return
    there = _held(connection, chains, found)
    fresh = {digest: chain for digest, chain in found.items() if digest not in there}
    # In one order everywhere, so that two writers never wait for each other.
    parts = {one.sha256: one for chain in fresh.values() for one in chain}
    _held(connection, certificates, parts)
    insert_new(connection, certificates, [_row(parts[digest]) for digest in sorted(parts)])
    rows = [
        {
            "digest": digest,
            "leaf": fresh[digest][0].sha256,
            "certificates": [one.sha256.hex() for one in fresh[digest]],
        }
        for digest in sorted(fresh)
    ]
    insert_new(connection, chains, rows)


def _held(connection: Connection, table: Table, digests: Iterable[bytes]) -> set[bytes]:
    """Return what is kept, and hold it: what nothing refers to yet is not removed meanwhile."""
    key = table.c.digest
    query = select(key).where(key.in_(digests)).order_by(key)
    return set(connection.execute(query.with_for_update(read=True, key_share=True)).scalars())


def _row(one: Certificate) -> dict[str, object]:
    return {
        "digest": one.sha256,
        "der": one.der,
        "spki": one.spki_sha256,
        "subject": one.subject,
        "issuer": one.issuer,
        "not_before": one.not_before,
        "not_after": one.not_after,
        "names": [*one.dns_names, *one.ip_addresses][:_NAMES],
    }


class Chains:
    """Reads chains back; certificates that were read lately are kept parsed, for all threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Certificate] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, connection: Connection, digests: Iterable[bytes]) -> dict[bytes, Chain]:
        """Return chains by their digests; one that is not kept is left out."""
        parts: dict[bytes, list[bytes]] = {}
        for some in portions(set(digests)):
            query = select(chains.c.digest, chains.c.certificates).where(chains.c.digest.in_(some))
            for row in connection.execute(query):
                parts[row.digest] = [bytes.fromhex(one) for one in row.certificates]
        found = self._certificates(connection, {one for each in parts.values() for one in each})
        return {digest: tuple(found[one] for one in each) for digest, each in parts.items()}

    def _certificates(
        self, connection: Connection, digests: set[bytes]
    ) -> dict[bytes, Certificate]:
        with self._lock:
            found = {one: self._kept[one] for one in digests if one in self._kept}
            for one in found:
                self._kept.move_to_end(one)
        for some in portions(digests - found.keys()):
            query = select(certificates.c.digest, certificates.c.der)
            rows = connection.execute(query.where(certificates.c.digest.in_(some)))
            found |= {row.digest: Certificate.from_der(row.der) for row in rows}
        with self._lock:
            self._kept.update(found)
            while len(self._kept) > MEMORY:
                self._kept.popitem(last=False)
        return found
