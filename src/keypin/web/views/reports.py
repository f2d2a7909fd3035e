"""The pages Reports and Report group: what phones in the field were refused, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.findings import Finding
from keypin.web.views.chart import Chart
from keypin.web.views.form import Form
from keypin.web.views.parts import Action, ChainShown, Link, State, Tab
from keypin.web.views.table import Table
from keypin.web.views.whole import Told, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Reports of one cause.

    Attributes:
        group: what is said of it, as "Zscaler intercepts shop.example.com", and its page.
        cause: the classification: interception, our rotation, CDN change, wrong clock, portal…
        application: whose phones they are.
        host: which host was asked for.
        issuer: who issued what was shown there, or the product that made it.
        key: the pin of the key that was shown; empty where it differs, or there was none.
        expected: the pins that were missed.
        releases: which releases sent them.
        reports: how many.
        sources: how many devices or networks, as far as can be told.
        countries: the commonest, a few.
        first: the first report.
        last: the last.
        burst: since when it is a burst; None where there is none.
        calm: whether a burst has had no report for so long that it is about to be over.
        known: whether somebody marked it as known, so that nobody is told.
    """

    group: Link
    cause: State
    application: str
    host: str
    issuer: str
    key: str
    expected: tuple[str, ...]
    releases: tuple[str, ...]
    reports: int
    sources: int
    countries: tuple[str, ...]
    first: datetime
    last: datetime
    burst: datetime | None = None
    calm: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """How much of all came from one network, country or release.

    Attributes:
        of: by what all is divided, as "network".
        name: of this part.
        reports: how many.
        share: of all, 0 to 1.
    """

    of: str

    name: str
    reports: int
    share: float


@dataclass(frozen=True, slots=True)
class Division:
    """All reports divided by one fact: its title, and the parts, the greatest first."""

    title: str
    shares: tuple[Share, ...]

    @property
    def shown(self) -> tuple[Share, ...]:
        """Those that are drawn; the table has all."""
        return self.shares[:_SHARES]


# Parts that are drawn of a division.
_SHARES = 8

_PARTS: Whole[Share] = Whole(
    key="from-where",
    title="From where, as a table",
    columns=(
        Told("By", lambda one: one.of),
        Told("Name", lambda one: one.name),
        Told("Reports", lambda one: one.reports, numeric=True),
        Told("Share", lambda one: round(one.share, 4), numeric=True),
    ),
    hint="name",
)


@dataclass(frozen=True, slots=True)
class Divisions:
    """Where reports came from, by one fact after the other.

    Attributes:
        all: the divisions.
        scope: of which reports, one sentence.
    """

    all: tuple[Division, ...]
    scope: str

    @property
    def countries(self) -> tuple[Share, ...]:
        """The parts that are countries, or unknown; none where no country is known."""
        parts = (one.shares for one in self.all if any(of.of == "country" for of in one.shares))
        return next(parts, ())

    @property
    def table(self) -> Whole[Share]:
        """The same as a table, with all parts."""
        return _PARTS.of(share for one in self.all for share in one.shares)


@dataclass(frozen=True, slots=True)
class Collector:
    """An address that takes reports: its application, the address, and when one last came."""

    application: str
    url: str
    last: datetime | None


COLLECTORS: Whole[Collector] = Whole(
    key="collectors",
    title="Where reports go to",
    columns=(
        Told("Application", lambda one: one.application),
        Told("Address", lambda one: one.url),
        Told("Last report", lambda one: one.last),
    ),
    default="application",
    hint="application",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsView:
    """The page.

    Attributes:
        chart: reports over time, a series for each cause; None where there never was one.
        spans: other spans of time.
        span: the one that is shown.
        tabs: what is to be looked at, what is known, and all.
        groups: columns `last`, `group`, `cause`, `application`, `host`, `releases`, `countries`,
            `reports`, `sources`.
        divisions: by network, by country, by release.
        collectors: where reports are sent to.
    """

    template: ClassVar[str] = "reports.html"

    chart: Chart | None
    spans: tuple[Link, ...]
    span: str
    tabs: tuple[Tab, ...]
    groups: Table[GroupRow]
    divisions: Divisions
    collectors: Whole[Collector]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One report, without what would name a person.

    Attributes:
        at: when it was received.
        release: which release sent it.
        platform: as the report says it.
        network: the network it came from, or an address shortened as settings say.
        country: where that is known.
        form: RFC 7469, TrustKit, Expect-CT, keypin.
    """

    at: datetime
    release: str
    platform: str
    network: str
    country: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """One group.

    Attributes:
        row: as in the list.
        findings: what `diagnose` says, with its evidence and the cure.
        chart: its reports over time.
        spans: other spans of time.
        span: the one that is shown.
        chain: what the phones were shown; None where no report holds it.
        expected: the pins that they expected, as pins.toml writes them.
        divisions: by network, by country, by release, by platform.
        reports: the newest; columns `at`, `release`, `platform`, `network`, `country`.
        mark: the form that marks it as known; None for who may not, and where it is.
        actions: what takes the mark off.
    """

    template: ClassVar[str] = "report_group.html"

    row: GroupRow
    findings: tuple[Finding, ...]
    chart: Chart | None
    spans: tuple[Link, ...]
    span: str
    chain: ChainShown | None
    expected: tuple[str, ...]
    divisions: Divisions
    reports: Table[ReportRow]
    mark: Form | None
    actions: tuple[Action, ...]
