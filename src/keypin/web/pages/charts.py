"""Reports over time, for a chart: counted by cause, in spans that a person can tell apart.

Read from counts by the minute and by the hour (`report_counts`), never from single reports. What
has few reports of many causes is drawn together, so that a chart has no more colours than it can.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import BigInteger, func, type_coerce
from starlette.datastructures import QueryParams

from keypin.findings import Severity
from keypin.watch.store import Scope
from keypin.watch.store.tables import report_counts, report_groups
from keypin.web.views.chart import Chart, Series
from keypin.web.views.parts import Link, State, Tone
from keypin.web.words import count, utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Causes that have a series of their own; the rest is one.
_SERIES = 4

_WORSE = (Tone.QUIET, Tone.GOOD, Tone.NOTE, Tone.WARNING, Tone.BAD)
_COLOURS = (Tone.NOTE, Tone.WARNING, Tone.BAD, Tone.GOOD)

# A report that was counted so long after its span had ended would be missed; none is.
_LATE = timedelta(minutes=15)

# Spans of all organisations that are kept.
_SPANS = 10_000

# Groups whose causes are looked up at once; SQLite takes so many numbers in a statement.
_PORTION = 500


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of time of a chart: its word, how long it is, and each of its bars."""

    word: str
    length: timedelta
    bar: timedelta
    unit: str


STRETCHES = (
    Stretch("24 hours", timedelta(hours=24), timedelta(hours=1), "an hour"),
    Stretch("7 days", timedelta(days=7), timedelta(hours=6), "in six hours"),
    Stretch("30 days", timedelta(days=30), timedelta(days=1), "a day"),
    # Counts are kept by the minute: no bar is shorter.
    Stretch("1 hour", timedelta(hours=1), timedelta(minutes=1), "a minute"),
)


def asked_stretch(query: QueryParams) -> Stretch:
    """Return the stretch that an address asks for by its number; a week unless it does."""
    known = {str(index): one for index, one in enumerate(STRETCHES)}
    return known.get(query.get("span", "1"), STRETCHES[1])


def stretch_links(path: str) -> tuple[Link, ...]:
    """Return the links to all stretches, the shortest first.

    Args:
        path: the address, up to the number.
    """
    several = sorted(enumerate(STRETCHES), key=lambda one: one[1].length)
    return tuple(Link(one.word, f"{path}{index}") for index, one in several)


@dataclass(frozen=True, slots=True)
class Counted:
    """So many reports of one group in the span that begins at a moment."""

    at: datetime
    group: int
    count: int


class Sums:
    """Counts of spans that are over, which change no more: they are read once, for all threads.

    What is kept is by organisation; of one that nobody looks at, it goes first.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str, datetime], tuple[Counted, ...]] = OrderedDict()
        self._lock = Lock()

    def counted(self, scope: Scope, stretch: Stretch, at: datetime) -> tuple[Counted, ...]:
        """Return how many reports came in each span of a stretch, by group."""
        begin, bars = begin_of(stretch, at), stretch.length // stretch.bar
        spans = [begin + index * stretch.bar for index in range(bars)]
        known = self._known(scope.organisation, stretch, spans)
        missing = [one for one in spans if one not in known]
        fresh: dict[datetime, list[Counted]] = {one: [] for one in missing}
        for one in counted(scope, stretch, min(missing, default=at), None) if missing else ():
            if one.at in fresh:
                fresh[one.at].append(one)
        over = at - stretch.bar - _LATE
        self._keep(scope.organisation, stretch, {k: v for k, v in fresh.items() if k <= over})
        rows = [*known.values(), *(tuple(each) for each in fresh.values())]
        return tuple(one for each in rows for one in each)

    def _known(
        self, organisation: int, stretch: Stretch, spans: Sequence[datetime]
    ) -> dict[datetime, tuple[Counted, ...]]:
        keys = {one: (organisation, stretch.word, one) for one in spans}
        with self._lock:
            return {one: self._kept[key] for one, key in keys.items() if key in self._kept}

    def _keep(
        self, organisation: int, stretch: Stretch, fresh: Mapping[datetime, Sequence[Counted]]
    ) -> None:
        with self._lock:
            for at, rows in fresh.items():
                self._kept[organisation, stretch.word, at] = tuple(rows)
            while len(self._kept) > _SPANS:
                self._kept.popitem(last=False)


def counted(
    scope: Scope, stretch: Stretch, since: datetime, group: int | None
) -> tuple[Counted, ...]:
    """Return how many reports came in each span, by group, as the database has it now.

    Args:
        scope: whose.
        stretch: how finely.
        since: from when on: the beginning of a span.
        group: of this one alone.
    """
    bar = stretch.bar // _MICROSECOND
    span = (type_coerce(report_counts.c.minute, BigInteger) // bar).label("span")
    query = scope.select(span, report_counts.c.report_group, func.sum(report_counts.c.count))
    query = query.where(report_counts.c.minute >= since)
    if group is not None:
        query = query.where(report_counts.c.report_group == group)
    rows = scope.execute(query.group_by(span, report_counts.c.report_group))
    return tuple(
        Counted(_EPOCH + int(number) * stretch.bar, int(of), int(total))
        for number, of, total in rows
    )


def begin_of(stretch: Stretch, at: datetime) -> datetime:
    """Return where a stretch begins: at the beginning of a bar."""
    last = (at - _EPOCH) // stretch.bar
    return _EPOCH + (last + 1 - stretch.length // stretch.bar) * stretch.bar


def causes(scope: Scope, groups: Iterable[int]) -> dict[int, State]:
    """Return the cause of each group."""
    numbers, found = sorted(set(groups)), dict[int, State]()
    columns = (
        report_groups.c.id,
        report_groups.c.classification,
        report_groups.c.severity,
    )
    for start in range(0, len(numbers), _PORTION):
        some = report_groups.c.id.in_(numbers[start : start + _PORTION])
        for row in scope.rows(scope.select(*columns).where(some)):
            found[row["id"]] = cause_of(row["classification"], row["severity"])
    return found


def cause_of(classification: str, severity: str) -> State:
    """Return a classification as people read it, in the tone of how bad it is."""
    tones = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARNING, Severity.NOTE: Tone.NOTE}
    tone = Tone.QUIET if classification == "unjudged" else tones[Severity(severity)]
    return State(tone, classification.replace("-", " "))


def chart(
    key: str,
    title: str,
    rows: Sequence[Counted],
    named: Mapping[int, State],
    stretch: Stretch,
    *,
    at: datetime,
) -> Chart:
    """Return counts as a chart.

    Args:
        key: its identifier in the page.
        title: what it shows, without its unit of time.
        rows: how many reports there were.
        named: the cause of each group.
        stretch: the span of time.
        at: now.
    """
    begin, bars = begin_of(stretch, at), stretch.length // stretch.bar
    moments = tuple(begin + index * stretch.bar for index in range(bars))
    sums: dict[str, dict[datetime, int]] = {}
    worst: dict[str, Tone] = {}
    for one in rows:
        # One cause is graver here than there, and is one cause.
        cause = named.get(one.group, State(Tone.QUIET, "other"))
        worst[cause.word] = max(worst.get(cause.word, cause.tone), cause.tone, key=_WORSE.index)
        each = sums.setdefault(cause.word, {})
        each[one.at] = each.get(one.at, 0) + one.count
    ordered = sorted(sums, key=lambda cause: -sum(sums[cause].values()))
    tones = _apart([worst[cause] for cause in ordered[:_SERIES]])
    series = [
        _series(cause, tone, [sums[cause]], moments)
        for cause, tone in zip(ordered[:_SERIES], tones, strict=True)
    ]
    rest = [sums[cause] for cause in ordered[_SERIES:]]
    if rest:
        series.append(_series("other", Tone.QUIET, rest, moments))
    return Chart(
        key=key,
        title=f"{title} {stretch.unit}",
        summary=_summary(rows, stretch),
        unit="reports",
        bars=True,
        at=moments,
        series=tuple(series),
    )


def _apart(tones: Sequence[Tone]) -> list[Tone]:
    """Return tones of which no two are the same: bars beside each other are told apart."""
    free = [one for one in _COLOURS if one not in tones]
    found: list[Tone] = []
    for tone in tones:
        found.append(tone if tone not in found else free.pop(0))
    return found


def _series(
    label: str, tone: Tone, counts: Sequence[Mapping[datetime, int]], moments: Sequence[datetime]
) -> Series:
    values = tuple(float(sum(one.get(at, 0) for one in counts)) for at in moments)
    return Series(label, tone, values)


def _summary(rows: Sequence[Counted], stretch: Stretch) -> str:
    span = stretch.word.removeprefix("1 ")
    if not rows:
        return f"No report in the last {span}."
    sums: dict[datetime, int] = {}
    for one in rows:
        sums[one.at] = sums.get(one.at, 0) + one.count
    most = max(sums, key=lambda at: sums[at])
    total = sum(sums.values())
    return (
        f"{count(total)} reports in the last {span}; the most, {count(sums[most])}, in the "
        f"span from {utc(most)[:16]} UTC."
    )
