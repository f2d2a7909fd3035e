"""What CAA says, asked of the DNS: when a certificate is found, and once a day while it matters.

Answers are kept beside what was found. A resolver that does not answer is left alone for a minute:
what CAA says delays no news for long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from keypin.ct.caa import NotKnown, Record, RecordSet
from keypin.ct.watch_list import Hit, Kind
from keypin.errors import InputError
from keypin.watch.transparency.found import Found

Lookup = Callable[[str], RecordSet | NotKnown]
Answers = Mapping[str, RecordSet | NotKnown]

# Names of one certificate that are asked for; most have one or two that are watched.
MOST = 10

# An answer that is as old is asked for again; a little less than the day between two judgements.
FRESH = timedelta(hours=20)

_LIFETIME = 3.0
_LEFT_ALONE = 60.0
_SILENT = NotKnown("the DNS did not answer within the last minute")


class Asking:
    """Asks the DNS; for many threads.

    Args:
        lookup: asks for one name; the DNS unless given.
        now: seconds that only grow.
        resolver: address and port of who is asked; the resolvers of the system unless given.
    """

    def __init__(
        self,
        lookup: Lookup | None = None,
        now: Callable[[], float] = monotonic,
        *,
        resolver: tuple[str, int] | None = None,
    ) -> None:
        self._lookup = lookup
        self._resolver = resolver
        self._now = now
        self._again = 0.0

    def __call__(self, names: Iterable[str]) -> Answers:
        """Return what CAA says of names, or why that is not known."""
        return {name: self._ask(name) for name in names}

    def _ask(self, name: str) -> RecordSet | NotKnown:
        if self._now() < self._again:
            return _SILENT
        try:
            if self._lookup is None:
                self._lookup = _dns(self._resolver)
            found = self._lookup(name)
        except InputError as error:
            found = NotKnown(str(error))
        if isinstance(found, NotKnown):
            self._again = self._now() + _LEFT_ALONE
        return found


def _dns(resolver: tuple[str, int] | None) -> Lookup:
    """Return what asks a resolver, or those of the system.

    Raises:
        InputError: the system names none.
    """
    from keypin.monitor.caa import CaaLookup  # noqa: PLC0415 - dnspython, for who wants it

    if resolver is None:
        return CaaLookup(lifetime=_LIFETIME).records
    address, port = resolver
    return CaaLookup([address], port=port, lifetime=_LIFETIME).records


def asked(found: Found, asking: Asking, at: datetime) -> tuple[Found, Answers]:
    """Return what CAA says of the names of a certificate, and the certificate with what is kept.

    Where the DNS does not answer, what it said last counts, however old.

    Args:
        found: the certificate, for the hits of one organisation.
        asking: asks the DNS.
        at: now.
    """
    names = list(dict.fromkeys(_names(found.hits)))[:MOST]
    caa: Mapping[str, Any] = found.body.get("caa") or {"at": None, "names": {}}
    last = {name: _read(one) for name, one in caa["names"].items()}
    fresh = caa["at"] is not None and at - datetime.fromisoformat(caa["at"]) < FRESH
    if fresh and last.keys() >= set(names):
        return found, {name: last[name] for name in names}
    now = asking(names)
    told = {
        name: last.get(name, one) if isinstance(one, NotKnown) else one for name, one in now.items()
    }
    whole = not any(isinstance(one, NotKnown) for one in now.values())
    kept = {name: _written(one) for name, one in told.items() if isinstance(one, RecordSet)}
    body = {**found.body, "caa": {"at": at.isoformat() if whole else caa["at"], "names": kept}}
    return replace(found, body=body), told


def _names(hits: Iterable[Hit]) -> Iterator[str]:
    """Yield the names that CAA is about: no addresses, and none that only look like ours."""
    for hit in hits:
        address = ":" in hit.seen or hit.seen[-1:].isdigit()
        if hit.seen and hit.kind is not Kind.LOOK_ALIKE and not address:
            yield hit.seen


def _written(found: RecordSet) -> dict[str, Any]:
    records = [[one.flags, one.tag, one.value] for one in found.records]
    return {"owner": found.owner, "records": records}


def _read(one: Mapping[str, Any]) -> RecordSet:
    return RecordSet(one["owner"], tuple(Record(*each) for each in one["records"]))
