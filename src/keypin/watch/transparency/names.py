"""The names that organisations watch, in one search for all; and whose each of them is.

Watched are the hosts of endpoints and of the pins of releases that are in the field; for who wants
that, names too that look like theirs. What a log holds is searched once, however many organisations
there are; whoever finds something asks here whose it is, and hands each organisation its own alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from keypin.ct.look_alikes import registered
from keypin.ct.watch_list import Hit, Kind, WatchList
from keypin.errors import HostError
from keypin.pins import PinSet, canonical_host
from keypin.watch.inventory import ct_watch
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.store.tables import endpoints, releases

# A name, with all below it or alone.
Name = tuple[Kind, str]

_WILDCARD = "*."

# So many registered names of an organisation are watched for look-alikes: a thousand take a second
# and 20 MB.
MOST_RESEMBLED = 500


@dataclass(frozen=True, slots=True)
class Watched:
    """What all organisations watch.

    Attributes:
        search: finds it in entries; None where nobody watches anything.
        whose: the organisations that watch each name.
        below: the names right below each name, which a wildcard of it covers.
    """

    search: WatchList | None = None
    whose: Mapping[Name, frozenset[int]] = field(default_factory=dict[Name, frozenset[int]])
    below: Mapping[str, tuple[Name, ...]] = field(default_factory=dict[str, tuple[Name, ...]])

    def __len__(self) -> int:
        return len(self.whose)

    def shared_out(self, hits: Iterable[Hit]) -> dict[int, tuple[Hit, ...]]:
        """Return what is each organisation's of what was found in an entry."""
        found: dict[int, list[Hit]] = {}
        for hit in hits:
            owners = {one for name in self._names(hit) for one in self.whose.get(name, ())}
            for organisation in owners - self._whose_own(hit):
                found.setdefault(organisation, []).append(hit)
        return {organisation: tuple(mine) for organisation, mine in sorted(found.items())}

    def _names(self, hit: Hit) -> Iterator[Name]:
        """Yield the names that a hit is of: where the bytes alone spoke, of either kind."""
        if hit.seen or hit.kind is Kind.LOOK_ALIKE:
            yield hit.kind, hit.watched
        elif hit.watched.startswith(_WILDCARD):
            yield from self.below.get(hit.watched.removeprefix(_WILDCARD), ())
        else:
            yield from ((kind, hit.watched) for kind in (Kind.DOMAIN, Kind.NAME))

    def _whose_own(self, hit: Hit) -> frozenset[int]:
        """Return whose a look-alike is themselves: who registered two names that look alike."""
        if hit.kind is not Kind.LOOK_ALIKE:
            return frozenset()
        own = Kind.LOOK_ALIKE, registered(hit.seen.removeprefix(_WILDCARD))
        return self.whose.get(own, frozenset())


def revision(connection: Connection) -> tuple[object, ...]:
    """Return what is another whenever the names that are watched may be: cheap to ask for."""
    living = releases.c.retired_at.is_(None)
    shipped = func.count(), func.max(releases.c.id), func.sum(releases.c.pin_set)
    watched = func.count(), func.max(endpoints.c.id)
    return (
        *connection.execute(select(*watched).select_from(endpoints)).one(),
        *connection.execute(select(*shipped).select_from(releases).where(living)).one(),
        *ct_watch.all_of(connection).items(),
    )


def read(connection: Connection, shelf: Shelf) -> Watched:
    """Return what all organisations watch now.

    Args:
        connection: a transaction over organisations.
        shelf: parses pin sets once.
    """
    whose: dict[Name, set[int]] = {}
    for organisation, name in (*_hosts(connection), *_pinned(connection, shelf)):
        whose.setdefault(name, set()).add(organisation)
    for organisation, expected in ct_watch.all_of(connection).items():
        if expected.look_alikes:
            own = [name for name, owners in whose.items() if organisation in owners]
            for name in _resembled(own):
                whose.setdefault(name, set()).add(organisation)
    return watched({name: frozenset(owners) for name, owners in whose.items()})


def watched(whose: Mapping[Name, frozenset[int]]) -> Watched:
    """Return names in one search.

    Args:
        whose: the organisations that watch each name, which is canonical.
    """
    if not whose:
        return Watched()
    below: dict[str, list[Name]] = {}
    for name in whose:
        if name[0] is not Kind.LOOK_ALIKE:
            below.setdefault(name[1].partition(".")[2], []).append(name)
    search = WatchList(
        domains=[name for kind, name in whose if kind is Kind.DOMAIN],
        names=[name for kind, name in whose if kind is Kind.NAME],
        look_alikes=[name for kind, name in whose if kind is Kind.LOOK_ALIKE],
        shared=True,
    )
    return Watched(search, whose, {parent: tuple(names) for parent, names in below.items()})


def pinned_names(pin_sets: Iterable[PinSet]) -> Iterator[Name]:
    """Yield the names of policies that are no exemptions; a wildcard counts with all below it."""
    for pin_set in pin_sets:
        for policy in pin_set.policies:
            if policy.exempt is None:
                yield Kind.DOMAIN if policy.host.wildcard else Kind.NAME, policy.host.name


def _hosts(connection: Connection) -> Iterator[tuple[int, Name]]:
    query = select(endpoints.c.organisation, endpoints.c.host).distinct()
    for organisation, host in connection.execute(query):
        try:
            yield organisation, (Kind.NAME, canonical_host(host))
        except HostError:
            continue  # no certificate can be for what is no name


def _pinned(connection: Connection, shelf: Shelf) -> Iterator[tuple[int, Name]]:
    """Yield whose each name is that is pinned by what is in the field."""
    for organisation, numbers in _living(connection).items():
        pin_sets = shelf.pin_sets(connection, organisation, numbers).values()
        yield from ((organisation, name) for name in pinned_names(pin_sets))


def _resembled(names: Iterable[Name]) -> list[Name]:
    """Return what was registered of names, as much as is watched for look-alikes."""
    hosts = (name for _, name in names if ":" not in name and not name[-1].isdigit())
    found = sorted({registered(name) for name in hosts})
    return [(Kind.LOOK_ALIKE, name) for name in found[:MOST_RESEMBLED]]


def _living(connection: Connection) -> dict[int, Sequence[int]]:
    columns = releases.c.organisation, releases.c.pin_set
    found: dict[int, list[int]] = {}
    query = select(*columns).where(releases.c.retired_at.is_(None)).distinct()
    for organisation, number in connection.execute(query):
        found.setdefault(organisation, []).append(number)
    return dict(found)
