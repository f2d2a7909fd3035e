"""An inventory: everything that one organisation watches, and whether its parts fit together.

An inventory that exists is whole: no name stands twice, and every owner that is named is there.
Files are the caller's matter: pins that stand in files are read by `resolved`, which is handed the
bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from keypin.errors import InputError, InventoryError, Place
from keypin.formats import read
from keypin.inventory.ct import CtWatch
from keypin.inventory.entries import (
    Application,
    Owner,
    PinFile,
    ReleaseEntry,
    WatchedEndpoint,
)
from keypin.inventory.names import check_count, check_name
from keypin.inventory.routes import RouteEntry, RuleEntry
from keypin.pins import PinSet

Resolve = Callable[[str], bytes]
"""Gives the bytes of a file by its path; raises OSError or KeyError where there is none.

A mapping's `__getitem__` is one.
"""

LIMITS = {
    "owners": 10_000,
    "applications": 10_000,
    "endpoints": 200_000,
    "routes": 1_000,
    "rules": 1_000,
}
"""How many entries of each kind there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that one organisation watches.

    Attributes:
        organisation: its name, as `shop`.
        ct: what it expects of what logs hold; None: that is not said here.
        owners: who acts.
        applications: apps, with their releases.
        endpoints: what is probed.
        routes: ways to people.
        rules: what becomes of findings, in the order in which they are asked.

    Raises:
        InventoryError: a name stands twice, an owner or a route is named that is not there, or
            there is too much of something.
    """

    organisation: str
    ct: CtWatch | None = None
    owners: tuple[Owner, ...] = ()
    applications: tuple[Application, ...] = ()
    endpoints: tuple[WatchedEndpoint, ...] = ()
    routes: tuple[RouteEntry, ...] = ()
    rules: tuple[RuleEntry, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        check_name(self.organisation, "name of an organisation", "organisation")
        self._check_counts()
        for entries in (self.owners, self.applications, self.routes, self.rules):
            _refuse_twice((one.name, one.place) for one in entries)
        _refuse_twice((str(one.endpoint), one.place) for one in self.endpoints)
        self._check_owners()
        self._check_routes()

    def _check_counts(self) -> None:
        for name, limit in LIMITS.items():
            check_count(getattr(self, name), limit, name)

    def _check_owners(self) -> None:
        known = {owner.name for owner in self.owners}
        for name, place in self._named_owners():
            if name not in known:
                raise InventoryError(
                    f"the owner {name!r} is not in the inventory",
                    expected="one of " + ", ".join(sorted(known)) if known else None,
                    next_step=f'add [[owner]] with name = "{name}"',
                    place=place,
                )

    def _check_routes(self) -> None:
        known = {route.name for route in self.routes}
        for rule in self.rules:
            for name in rule.routes:
                if name not in known:
                    raise InventoryError(
                        f"the rule {rule.name} tells the route {name!r}, which is not there",
                        next_step=f'add [[route]] with name = "{name}"',
                        place=rule.place,
                    )

    def _named_owners(self) -> Iterator[tuple[str, Place | None]]:
        applications = ((one.owner, one.place) for one in self.applications)
        endpoints = ((one.owner, one.place) for one in self.endpoints)
        for owner, place in chain(applications, endpoints):
            if owner is not None:
                yield owner, place
        for route in self.routes:
            yield from ((owner, route.place) for owner in route.owners)
        for rule in self.rules:
            yield from ((owner, rule.place) for owner in rule.owners)


def _refuse_twice(names: Iterable[tuple[str, Place | None]]) -> None:
    seen: set[str] = set()
    for name, place in names:
        if name in seen:
            raise InventoryError(f"{name} stands twice", next_step="put both into one", place=place)
        seen.add(name)


def resolved(inventory: Inventory, resolve: Resolve) -> Inventory:
    """Return an inventory whose releases all have their pins: files that were not read are.

    Args:
        inventory: it.
        resolve: gives the bytes of a file by its path.

    Raises:
        InputError: a file is not there, or holds no pins; says which, and where in it.
    """
    read_once = cache(_Files(resolve).pins)

    def filled(entry: ReleaseEntry) -> ReleaseEntry:
        if entry.pin_set is not None or entry.file is None:
            return entry
        try:
            return replace(entry, pin_set=read_once(entry.file))
        except InputError as error:
            if error.place is not None and error.place.line is not None:
                raise
            raise error.at(entry.place or Place()) from error

    return replace(
        inventory,
        applications=tuple(
            replace(one, releases=tuple(map(filled, one.releases)))
            for one in inventory.applications
        ),
    )


@dataclass(frozen=True)
class _Files:
    """Reads files of pins."""

    resolve: Resolve

    def pins(self, file: PinFile) -> PinSet:
        """Return the pins of a file."""
        try:
            _, reading = read(
                self._bytes(file.path), name=file.path, form_id=file.form, host=file.host
            )
        except InputError as error:
            if error.place is not None and error.place.line is not None:
                raise
            seen = f"{file.path}: {error.seen}"
            raise InventoryError(
                seen, expected=error.expected, next_step=error.next_step
            ) from error
        return reading.pin_set

    def _bytes(self, path: str) -> bytes:
        try:
            return self.resolve(path)
        except (KeyError, OSError) as error:
            raise InventoryError("there is no such file", expected="a file of pins") from error
