"""The timeline of an endpoint: certificates, keys, CAs, and what each release said of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from keypin.pins import Pin
from keypin.rotation import Outcome
from keypin.watch.inventory.chains import Chain, issuer_named
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.store import Scope
from keypin.watch.store.tables import observations, verdicts
from keypin.web.pages.chains_shown import named
from keypin.web.pages.intervals import Span, gathered, lanes, united, worst
from keypin.web.pages.standing import VERDICTS, WORST
from keypin.web.views.parts import VERDICTS as TONES
from keypin.web.views.parts import Tone
from keypin.web.views.timeline import Interval, Lane, Mark, Timeline
from keypin.web.words import count, day, percent, short

# What a page can draw: rows that are read, lanes of one kind, and releases.
MOST = 2000
_LANES = 3
_RELEASES = 12

# What is shorter than this part of the whole could not be told from what is beside it.
_FINEST = 120


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of the timeline: its word, and how long it is; None for all that is kept."""

    word: str
    length: timedelta | None


STRETCHES = (
    Stretch("24 hours", timedelta(hours=24)),
    Stretch("7 days", timedelta(days=7)),
    Stretch("30 days", timedelta(days=30)),
    Stretch("1 year", timedelta(days=365)),
    Stretch("All", None),
)
_LONGEST = STRETCHES[3]

# What is drawn of an observation.
_DRAWN = (
    observations.c.chain,
    observations.c.failure,
    observations.c.first_seen_at,
    observations.c.ended_at,
)

_CUT = f"So much changed that only the newest {count(MOST)} observations are drawn."


@dataclass(frozen=True, slots=True)
class Plan:
    """A chain that is to be deployed here: its name, its day, the chain, and its page."""

    name: str
    at: datetime
    chain: Chain
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What an endpoint showed.

    Attributes:
        rows: of `observations`.
        chains: those in them, by digest.
        said: the outcome of each pin set on each chain.
        whole: since when that is all; None where there is no more than can be drawn.
    """

    rows: Sequence[RowMapping]
    chains: Mapping[bytes, Chain]
    said: Mapping[tuple[bytes, int], Outcome]
    whole: datetime | None = None

    def spans(self) -> tuple[Span[bytes], ...]:
        """Return from when until when each chain was shown."""
        return tuple(
            Span(row["first_seen_at"], row["ended_at"], row["chain"])
            for row in self.rows
            if row["chain"] in self.chains
        )


def usual(age: timedelta) -> Stretch:
    """Return the span that shows all of an endpoint that is known for so long, up to a year."""
    several = (one for one in STRETCHES if one.length is not None and one.length >= age)
    return next(several, _LONGEST)


def read(
    scope: Scope,
    number: int,
    since: datetime | None,
    chains: Callable[[set[bytes]], Mapping[bytes, Chain]],
    *,
    pin_sets: Sequence[int],
    still: Sequence[RowMapping],
) -> Past:
    """Return what an endpoint showed since a moment, or ever: the newest, where there is too much.

    However long the past of an endpoint is, `MOST` rows of it are looked at, along the index of
    their ends.

    Args:
        scope: whose.
        number: of the endpoint.
        since: from when on; None for ever.
        chains: reads chains by their digests.
        pin_sets: whose verdicts are asked for.
        still: what it shows now, which is part of it however long ago that began.
    """
    ended = observations.c.ended_at
    mine = scope.select(*_DRAWN).where(observations.c.endpoint == number)
    past = mine.where(ended.is_not(None) if since is None else ended >= since)
    found = scope.rows(past.order_by(ended.desc()).limit(MOST + 1))
    rows = [*found[:MOST], *still]
    whole = found[MOST]["ended_at"] if len(found) > MOST else None
    digests = {row["chain"] for row in rows if row["chain"] is not None}
    told = scope.rows(
        scope.select(verdicts.c.chain, verdicts.c.pin_set, verdicts.c.outcome).where(
            verdicts.c.endpoint == number,
            verdicts.c.chain.in_(digests),
            verdicts.c.pin_set.in_(pin_sets[:_RELEASES]),
        )
    )
    said = {(row["chain"], row["pin_set"]): Outcome(row["outcome"]) for row in told}
    return Past(rows=rows, chains=chains(digests), said=said, whole=whole)


def timeline(
    past: Past,
    field: Field,
    releases: Sequence[Fielded],
    plans: Sequence[Plan],
    *,
    stretch: Stretch,
    at: datetime,
) -> Timeline | None:
    """Return the timeline; None where nothing was ever shown.

    Args:
        past: what was shown.
        field: the releases in the field.
        releases: those that pin the host.
        plans: what is to be deployed.
        stretch: how much of it is drawn.
        at: now.
    """
    if not past.rows:
        return None
    first = past.whole or min(row["first_seen_at"] for row in past.rows)
    begins = first if stretch.length is None else at - stretch.length
    begins = min(max(begins, past.whole or begins), at - timedelta(hours=1))
    ends = at + (at - begins) / 4
    several = (
        *_facts(past, plans),
        *_failures(past),
        *_said(past, field, releases),
    )
    drawn = (_cut(lane, begins, ends) for lane in several)
    return Timeline(
        title="What was shown, and what releases said of it",
        begins=begins,
        ends=ends,
        lanes=tuple(
            Lane(one.name, gathered(one.intervals, (ends - begins) / _FINEST, at))
            for one in drawn
            if one.intervals
        ),
        now=at,
        marks=(Mark(at, "now", Tone.NOTE), *_ends(past, at, ends)),
        note=_CUT if past.whole else "",
    )


def _facts(past: Past, plans: Sequence[Plan]) -> Iterator[Lane]:
    """Yield the lanes of certificates, keys and CAs."""
    rows: tuple[tuple[str, Callable[[Chain], str], Callable[[Chain], tuple[str, ...]]], ...] = (
        ("Certificate", lambda chain: short(chain[0].sha256.hex()), _certificate_told),
        ("Key", lambda chain: f"{chain[0].key} {short(str(Pin.of_key(chain[0])), 17)}", _key_told),
        ("CA", lambda chain: issuer_named(chain[0]), _issuer_told),
    )
    shown = past.spans()
    for name, label, told in rows:
        labels = {digest: label(chain) for digest, chain in past.chains.items()}
        texts = {labels[digest]: told(chain) for digest, chain in past.chains.items()}
        spans = united(Span(one.begins, one.ends, labels[one.value]) for one in shown)
        several = lanes(spans, _LANES)
        for index, lane in enumerate(several):
            made = [_interval(one, texts[one.value], Tone.NOTE) for one in lane]
            coming = [_planned(one, label, told) for one in plans] if index == 0 else []
            yield Lane(f"{name} {index + 1}" if index else name, (*_until(made, coming), *coming))


def _certificate_told(chain: Chain) -> tuple[str, ...]:
    leaf = chain[0]
    return (
        named(leaf),
        f"SHA-256 {leaf.sha256.hex()}",
        f"valid from {day(leaf.not_before)} to {day(leaf.not_after)}",
    )


def _key_told(chain: Chain) -> tuple[str, ...]:
    return str(chain[0].key), str(Pin.of_key(chain[0]))


def _issuer_told(chain: Chain) -> tuple[str, ...]:
    return (chain[0].issuer,)


def _interval(one: Span[str], told: tuple[str, ...], tone: Tone) -> Interval:
    return Interval(begins=one.begins, ends=one.ends, label=one.value, detail=told, tone=tone)


def _planned(
    plan: Plan, label: Callable[[Chain], str], told: Callable[[Chain], tuple[str, ...]]
) -> Interval:
    return Interval(
        begins=plan.at,
        ends=None,
        label=label(plan.chain),
        detail=(f"planned: {plan.name}", *told(plan.chain)),
        tone=Tone.QUIET,
        planned=True,
        href=plan.href,
    )


def _until(made: Sequence[Interval], coming: Sequence[Interval]) -> Iterator[Interval]:
    """Yield intervals that make room for what is planned after them."""
    first = min((one.begins for one in coming), default=None)
    for one in made:
        if first is not None and one.begins < first and (one.ends is None or one.ends > first):
            yield _with(one, one.begins, first)
        elif first is None or one.begins < first:
            yield one


def _failures(past: Past) -> Iterator[Lane]:
    spans = united(
        Span(row["first_seen_at"], row["ended_at"], str(row["failure"]))
        for row in past.rows
        if row["failure"] is not None
    )
    for lane in lanes(spans, 1):
        yield Lane("Failures", tuple(_interval(one, (), Tone.BAD) for one in lane))


def _said(past: Past, field: Field, releases: Sequence[Fielded]) -> Iterator[Lane]:
    """Yield a lane for each pin set that pins the host, named after the releases that ship it."""
    shown = past.spans()
    for number in pin_sets_of(releases)[:_RELEASES]:
        spans = [
            Span(one.begins, one.ends, past.said[one.value, number])
            for one in shown
            if (one.value, number) in past.said
        ]
        made = [
            Interval(
                begins=one.begins,
                ends=one.ends,
                label=VERDICTS[one.value].value,
                detail=(),
                tone=TONES[VERDICTS[one.value]],
            )
            for one in worst(spans, WORST.index)
        ]
        yield Lane(_named(field.by_pin_set[number]), tuple(made))


def pin_sets_of(releases: Sequence[Fielded]) -> Sequence[int]:
    """Return the pin sets of releases, each once."""
    return list(dict.fromkeys(one.pin_set for one in releases))


def _named(releases: Sequence[Fielded]) -> str:
    known = [one.share for one in releases if one.share is not None]
    share = f" ({percent(min(sum(known), 1.0))})" if known else ""
    more = f" and {len(releases) - 1} more" if len(releases) > 1 else ""
    return f"{releases[0]}{more}{share}"


def _ends(past: Past, at: datetime, until: datetime) -> Iterator[Mark]:
    """Yield when what is served now ends."""
    served = {row["chain"] for row in past.rows if row["ended_at"] is None}
    ends = {past.chains[one][0].not_after for one in served if one in past.chains}
    for end in sorted(ends):
        if at < end < until:
            yield Mark(end, "expires", Tone.WARNING)


def _cut(lane: Lane, begins: datetime, ends: datetime) -> Lane:
    """Return a lane without what is not within the edges."""
    inside = (
        one
        for one in lane.intervals
        if one.begins < ends and (one.ends is None or one.ends > begins)
    )
    return Lane(
        lane.name,
        tuple(_with(one, max(one.begins, begins), one.ends) for one in inside),
    )


def _with(one: Interval, begins: datetime, ends: datetime | None) -> Interval:
    return Interval(
        begins=begins,
        ends=ends,
        label=one.label,
        detail=one.detail,
        tone=one.tone,
        planned=one.planned,
        href=one.href,
    )
