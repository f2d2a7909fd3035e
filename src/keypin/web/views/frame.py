"""What stands around every page: who looks, at which organisation, and what there is to go to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from starlette.datastructures import QueryParams

from keypin.watch.people.roles import Role
from keypin.web.views.parts import Link, Tone
from keypin.web.views.table import Table
from keypin.web.views.whole import Whole

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation.

    Attributes:
        key: what `Frame.here` says of a page below it.
        label: as people read it.
        icon: the icon's name in the sprite.
        path: below `Frame.base`.
        letter: pressed after `g`, it goes there.
        role: who sees it, at least.
    """

    key: str
    label: str
    icon: str
    path: str
    letter: str
    role: Role = Role.VIEWER


NAVIGATION = (
    Entry("overview", "Overview", "home", "/", "o"),
    Entry("check", "Check", "shield-check", "/check", "c"),
    Entry("endpoints", "Endpoints", "server-2", "/endpoints", "e"),
    Entry("matrix", "Release matrix", "table", "/matrix", "m"),
    Entry("ct", "CT", "certificate", "/ct", "t"),
    Entry("reports", "Reports", "flag", "/reports", "r"),
    Entry("alerts", "Alerts", "bell", "/alerts", "a"),
    Entry("inventory", "Inventory", "list-details", "/inventory", "i"),
    Entry("audit", "Audit log", "history", "/audit", "l"),
    Entry("settings", "Settings", "settings", "/settings", "s"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in.

    Attributes:
        name: as others see it.
        email: with which they sign in.
        role: in the organisation that is shown.
    """

    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class Notice:
    """What the last request did, or what is wrong with the service: shown above the page."""

    tone: Tone
    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a page.

    Attributes:
        now: the moment for which every "3 hours ago" is said.
        csrf: the token that every form carries as `csrf`.
        person: who is signed in; None on the pages before the sign-in, which show no navigation.
        organisation: whose data is shown; empty before the sign-in.
        organisations: the others that the person belongs to, each with the address of its overview.
        base: what stands before the paths of the navigation, as `/o/acme`; no slash at its end.
        here: the key of the entry of the navigation that the page is below.
        open_alerts: how many alerts are open in the organisation.
        notices: said once, above the page, and by screen readers.
        demonstration: the laboratory plays the endpoints; every page says so.
        path: the address of the page, without its parameters.
        query: those, which say what is asked of a table of the page.
    """

    now: datetime
    csrf: str
    person: Person | None = None
    organisation: str = ""
    organisations: tuple[Link, ...] = ()
    base: str = ""
    here: str = ""
    open_alerts: int = 0
    notices: tuple[Notice, ...] = field(default=())
    demonstration: bool = False
    path: str = ""
    query: QueryParams = field(default_factory=QueryParams)

    @property
    def may_edit(self) -> bool:
        """Whether forms that change the inventory are shown; the handler refuses all the same."""
        return self.person is not None and self.person.role in {Role.EDITOR, Role.OWNER}

    @property
    def may_own(self) -> bool:
        """Whether forms that change people, tokens and settings are shown."""
        return self.person is not None and self.person.role is Role.OWNER

    def page_of(self, table: "Table[Row] | Whole[Row]") -> Table[Row]:
        """Return the page of a table that the address asks for."""
        return table.page(self.path, self.query) if isinstance(table, Whole) else table

    def asks(self, table: Whole[Row]) -> bool:
        """Whether the address asks something of a table."""
        return self.query.get("table") == table.key

    def url(self, path: str) -> str:
        """Return the address of a path in the organisation that is shown."""
        return f"{self.base}{path}"
