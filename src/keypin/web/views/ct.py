"""The page CT: the logs that are read, how far behind each is, and what was found in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from keypin.findings import Severity
from keypin.web.views.chart import Chart
from keypin.web.views.form import Form
from keypin.web.views.parts import Link, State, Tab
from keypin.web.views.table import Table
from keypin.web.views.whole import Told, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A log.

    Attributes:
        name: as the log list calls it.
        operator: who runs it.
        state: followed, behind, silent, misbehaving.
        size: entries in the newest tree head that was verified.
        behind: entries that are not read yet.
        lag: how old the newest entry that was read is; None where none was.
        rate: entries a second, over the last minutes.
        heard: when the log last answered.
        detail: what is wrong; empty where nothing is.
    """

    name: str
    operator: str
    state: State
    size: int
    behind: int
    lag: timedelta | None
    rate: float
    heard: datetime | None
    detail: str = ""

    @property
    def seconds(self) -> int | None:
        """The lag as tables sort and tell it."""
        return None if self.lag is None else int(self.lag.total_seconds())


LOGS: Whole[LogRow] = Whole(
    key="logs",
    title="Logs",
    columns=(
        Told("Log", lambda one: one.name),
        Told("Operator", lambda one: one.operator),
        Told("State", lambda one: one.state),
        Told("Entries", lambda one: one.size, numeric=True),
        Told("Behind", lambda one: one.behind, numeric=True),
        Told(
            "Lag",
            lambda one: None if one.lag is None else int(one.lag.total_seconds()),
            numeric=True,
        ),
        Told("Entries a second", lambda one: one.rate, numeric=True),
        Told("Heard", lambda one: one.heard),
        Told("Detail", lambda one: one.detail, shown=False),
    ),
    default="log",
    hint="name, operator or state",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRow:
    """A certificate that was issued for a watched name, and what follows from it.

    Attributes:
        found: when it was found.
        severity: how bad it would be, or is.
        names: those of the certificate that are watched.
        issuer: who signed it.
        message: one sentence, as "Its key is pinned by no release since 3.2; deploying it breaks
            41% of the users of Shop."
        endpoint: the endpoint that it is for; None where none is known.
        deployed: whether anybody serves it.
        log: where it was found.
        sha256: its digest.
        href: where one reads more: the evidence, its proof, the certificate.
        acknowledged: who knows of it; empty where nobody said so.
    """

    found: datetime
    severity: Severity
    names: tuple[str, ...]
    issuer: str
    message: str
    endpoint: Link | None
    deployed: State
    log: str
    sha256: str
    href: str
    acknowledged: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CtView:
    """The page.

    Attributes:
        summary: how the logs are, in one sentence.
        unread: why no log is read, or the list not renewed, and what to do; empty where all is so.
        watched: how many names are watched.
        expected: who may issue for them, and what else is looked at, a sentence each.
        watch: the form that says so; None for who may not.
        tabs: by whether somebody acknowledged them.
        found: columns `found`, `severity`, `names`, `issuer`, `deployed`.
        logs: those that are followed.
        chart: entries read, over the last day; None where nothing was.
    """

    template: ClassVar[str] = "ct.html"

    summary: State
    watched: int
    expected: tuple[str, ...]
    watch: Form | None
    tabs: tuple[Tab, ...]
    found: Table[IssuedRow]
    logs: Whole[LogRow]
    chart: Chart | None
    unread: tuple[str, ...] = ()
