"""Looking up CAA records: the DNS is asked for a name, then for each above it (RFC 8659 section 3).

What has no CAA records, or does not exist, sends the search one label up; whatever else goes wrong
ends it, for the records that it hid may be those that count. The answer is then `NotKnown`, with
the reason, and never *no records*. Aliases are followed by the resolver that is asked, which is
also where DNSSEC would be checked: keypin does not.

An answer is kept for as long as the DNS says it may be, and a search takes a bounded time.
"""

from collections.abc import Iterable
from time import monotonic

import dns.exception
import dns.resolver
from dns.rdtypes.ANY.CAA import CAA

from keypin.ct.caa import NotKnown, Record, RecordSet, climb
from keypin.errors import InputError

# Seconds that a whole search may take; a resolver that is near answers in milliseconds.
_LIFETIME = 10.0

# Answers that are kept, those least recently used dropped first: some 2 kB each.
_KEPT = 4096

# The most records that are read: the longest sets in use have some 20.
_MAX_RECORDS = 200

_PORT = 53


class CaaLookup:
    """Looks up CAA records; may be used by many threads.

    Args:
        nameservers: IP addresses of the resolvers to ask; none for those of the system.
        port: where they listen.
        lifetime: seconds that a search for one name may take.

    Raises:
        InputError: the system names no resolver, or an address is none.
    """

    def __init__(
        self, nameservers: Iterable[str] = (), *, port: int = _PORT, lifetime: float = _LIFETIME
    ) -> None:
        self._resolver = _resolver(tuple(nameservers), port)
        self._lifetime = lifetime

    def records(self, name: str) -> RecordSet | NotKnown:
        """Return the CAA records that count for a name.

        Args:
            name: a host's canonical name, or `*.` and a name.

        Returns:
            The records with the name that has them, or why they are not known.
        """
        end = monotonic() + self._lifetime
        for owner in climb(name):
            try:
                found = self._ask(owner, max(end - monotonic(), 0.0))
            except dns.exception.DNSException as error:
                return NotKnown(f"the DNS does not tell the CAA records of {owner}: {error}")
            if len(found) > _MAX_RECORDS:
                return NotKnown(f"{owner} has {len(found)} CAA records, {_MAX_RECORDS} at most")
            if found:
                return RecordSet(owner, found)
        return RecordSet()

    def _ask(self, owner: str, seconds: float) -> tuple[Record, ...]:
        """Return the records of one name; none where it has none, or does not exist."""
        try:
            answer = self._resolver.resolve(
                f"{owner}.", "CAA", lifetime=seconds, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return ()
        return tuple(_record(row) for row in answer if isinstance(row, CAA))


def _resolver(nameservers: tuple[str, ...], port: int) -> dns.resolver.Resolver:
    try:
        resolver = dns.resolver.Resolver(configure=not nameservers)
        if nameservers:
            resolver.nameservers = list(nameservers)
    except (dns.exception.DNSException, ValueError) as error:
        raise InputError(
            f"no DNS resolver: {error}",
            expected="IP addresses of resolvers",
            next_step="name one, or do without CAA",
        ) from error
    resolver.port = port
    resolver.cache = dns.resolver.LRUCache(_KEPT)
    return resolver


def _record(row: CAA) -> Record:
    return Record(row.flags, row.tag.decode("latin-1"), row.value.decode("latin-1"))
