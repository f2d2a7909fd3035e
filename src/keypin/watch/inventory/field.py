"""What is in the field: the releases that are not retired, and which of them pin a host."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, select

from keypin.pins import PinSet
from keypin.watch.inventory.pinning import Pinning
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.store.tables import applications, owners, releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Fielded:
    """A release in the field.

    Attributes:
        id: its number.
        application: its application's name.
        application_id: and number.
        owner: who acts for the application.
        tags: the application's.
        version: its version.
        share: its share of the application's users, given or measured; None: unknown.
        pin_set: the number of its pin set.
        expected_issuers: who may issue for the hosts that the application pins, if it says so.
    """

    id: int
    application: str
    application_id: int
    owner: str | None
    tags: tuple[str, ...]
    version: str
    share: float | None
    pin_set: int
    expected_issuers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.application} {self.version}"


@dataclass(frozen=True)
class Field:
    """The releases of an organisation that are in the field, with their pin sets.

    Attributes:
        releases: by application, the newest first.
        pinning: their pin sets, to be asked by host.
    """

    releases: tuple[Fielded, ...]
    pinning: Pinning

    @cached_property
    def by_pin_set(self) -> dict[int, tuple[Fielded, ...]]:
        """The releases that ship each pin set."""
        found: dict[int, tuple[Fielded, ...]] = {}
        for one in self.releases:
            found[one.pin_set] = (*found.get(one.pin_set, ()), one)
        return found

    def pin_set(self, number: int) -> PinSet:
        """Return a pin set that is in the field."""
        return self.pinning.pin_sets[number]


class Fields:
    """The fields of organisations; an index is made anew only where the pin sets are others.

    Args:
        shelf: parses pin sets once.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._made: dict[int, Pinning] = {}

    def read(self, connection: Connection, organisation: int) -> Field:
        """Return what an organisation has in the field now."""
        found = fielded(connection, organisation)
        numbers = {one.pin_set for one in found}
        made = self._made.get(organisation)
        if made is None or made.pin_sets.keys() != numbers:
            made = Pinning(self.shelf.pin_sets(connection, organisation, numbers))
            self._made[organisation] = made
        return Field(found, made)


def fielded(connection: Connection, organisation: int) -> tuple[Fielded, ...]:
    """Return the releases of an organisation that are not retired, the newest first."""
    query = (
        select(
            releases,
            applications.c.name.label("application_name"),
            applications.c.tags,
            applications.c.expected_issuers,
            owners.c.name.label("owner"),
        )
        .join_from(
            releases,
            applications,
            (applications.c.id == releases.c.application)
            & (applications.c.organisation == releases.c.organisation),
        )
        .outerjoin(
            owners,
            (owners.c.id == applications.c.owner)
            & (owners.c.organisation == applications.c.organisation),
        )
        .where(releases.c.organisation == organisation, releases.c.retired_at.is_(None))
        .order_by(applications.c.name, releases.c.released_at.desc(), releases.c.id.desc())
    )
    return tuple(
        Fielded(
            id=row["id"],
            application=row["application_name"],
            application_id=row["application"],
            owner=row["owner"],
            tags=tuple(row["tags"]),
            version=row["version"],
            share=row["measured"] if row["share"] is None else row["share"],
            pin_set=row["pin_set"],
            expected_issuers=tuple(row["expected_issuers"] or ()),
        )
        for row in connection.execute(query).mappings()
    )
