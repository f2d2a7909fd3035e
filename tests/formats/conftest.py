"""Pin sets that a form can say, made by Hypothesis from what the form says that it can."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import strategies as st

from keypin.formats import Form
from keypin.formats.abilities import Abilities, Expiry, Positions
from keypin.formats.texts import EXEMPT, NO_BACKUP
from keypin.pins import (
    Digest,
    HostPattern,
    Mode,
    OnExpiry,
    Pin,
    PinPosition,
    PinSet,
    Policy,
    PolicyPin,
    Role,
)

LABELS = st.sampled_from(["api", "www", "a", "b", "xn--bcher-kva"])
NAMES = st.builds(
    lambda labels, base: ".".join([*labels, base]),
    st.lists(LABELS, max_size=2),
    st.sampled_from(["example.com", "example.org", "example.co.uk"]),
)
WORDS = st.text("abc:é'\"<&>{}$%# ", min_size=1, max_size=12).map(str.strip).filter(bool)
COMMENTS = WORDS | st.sampled_from(
    ["backup", "backup: x", "exempt: x", "two\nlines", "a -- b", "\\u000a"]
)
ADDRESSES = st.sampled_from(["https://r.example/pins", "https://r.example/a?b=c&d"])

POSITIONS = {
    Positions.ALL: st.sampled_from(PinPosition),
    Positions.ANY: st.just(PinPosition.ANY),
    Positions.LEAF: st.just(PinPosition.LEAF),
    Positions.LEAF_OR_CA: st.sampled_from([PinPosition.LEAF, PinPosition.CA]),
    Positions.BOTH_USAGES: st.sampled_from([PinPosition.ANY, PinPosition.LEAF, PinPosition.CA]),
}


# Hypothesis looks through a strategy when it is first drawn from: each is made once.
MAYBE_COMMENT = st.none() | COMMENTS
MAYBE_WORDS = st.none() | WORDS
ROLES = st.sampled_from(Role)
MODES = st.sampled_from(Mode)
ON_EXPIRY = st.sampled_from(OnExpiry)
REPORT_TO = st.lists(ADDRESSES, max_size=2, unique=True)
EITHER_USAGE = st.sampled_from([PinPosition.LEAF, PinPosition.CA])
BOOLEANS, FIFTHS, HOURS = st.booleans(), st.integers(0, 4), st.integers(0, 23)
REASONS = {text: st.just(text) | WORDS for text in (NO_BACKUP, EXEMPT)}
DIGESTS = {size: st.binary(min_size=size, max_size=size) for size in {one.size for one in Digest}}


@cache
def _one_of(values: Iterable[str]) -> st.SearchStrategy:
    return st.sampled_from(sorted(values))


@cache
def _some(can: Abilities, least: int, position: PinPosition | None) -> st.SearchStrategy:
    return st.lists(_pins(can, position), min_size=least, max_size=3, unique_by=_digest)


@cache
def _hosts(can: Abilities) -> st.SearchStrategy:
    hosts = st.builds(HostPattern, NAMES, _one_of(can.wildcards))
    by = _name if can.one_per_name else None
    return st.lists(hosts, min_size=1, max_size=4, unique_by=by or (lambda host: host))


def _name(host: HostPattern) -> str:
    return host.name


def _digest(pin: Pin) -> bytes:
    return pin.digest


@st.composite
def _pins(draw, can: Abilities, position: PinPosition | None) -> Pin:
    algorithm = draw(_one_of(can.digests))
    return Pin(
        draw(DIGESTS[Digest(algorithm).size]),
        Digest(algorithm),
        draw(_one_of(can.of)),
        position or draw(POSITIONS[can.positions]),
    )


@cache
@st.composite
def _entries(draw, can: Abilities, least: int, position: PinPosition | None = None):
    return tuple(
        PolicyPin(
            pin,
            draw(ROLES) if can.roles else Role.ACTIVE,
            draw(MAYBE_COMMENT) if can.comments else None,
        )
        for pin in draw(_some(can, least, position))
    )


@cache
@st.composite
def _policies(draw, can: Abilities, host: HostPattern) -> Policy:
    comment = draw(MAYBE_COMMENT) if can.comments else None
    may = can.exempt and (can.exempt_below or not host.wildcard)
    if may and draw(FIFTHS) == 0:
        return Policy(host=host, pins=(), exempt=_reason(draw, can), comment=comment)
    split = can.positions is Positions.LEAF_OR_CA
    ours = draw(EITHER_USAGE) if split else None
    entries = draw(_entries(can, max(1, can.fewest), ours))
    also = ()
    if can.also and draw(BOOLEANS):
        theirs = PinPosition.LEAF if ours is PinPosition.CA else PinPosition.CA
        taken = {entry.pin.digest for entry in entries}
        also = draw(_entries(can, 1, theirs if split else None))
        also = tuple(replace(one, role=Role.ACTIVE) for one in also if one.pin.digest not in taken)
    expires = None
    if can.expiry is not Expiry.NONE and draw(BOOLEANS):
        expires = datetime(2027, 1, 31, tzinfo=UTC)
        if can.expiry is not Expiry.DATE:
            expires = expires.replace(hour=draw(HOURS), second=7)
    on_expiry = can.on_expiry or draw(ON_EXPIRY)
    lone = len({entry.pin.digest for entry in entries}) < 2
    return Policy(
        host=host,
        pins=entries,
        also=also,
        mode=draw(MODES) if can.report_only else Mode.ENFORCE,
        expires=expires,
        on_expiry=on_expiry if expires else OnExpiry.REPORT,
        report_to=tuple(draw(REPORT_TO)) if can.report_to else (),
        no_backup=_no_backup(draw, can) if lone else None,
        comment=comment,
    )


def _no_backup(draw, can: Abilities) -> str:
    return draw(REASONS[NO_BACKUP]) if can.reasons else NO_BACKUP


def _reason(draw, can: Abilities) -> str:
    return draw(REASONS[EXEMPT]) if can.reasons else EXEMPT


@st.composite
def _pin_sets(draw, form: Form) -> PinSet:
    """Draw a pin set of which the form says all, or nearly all."""
    can = form.can
    chosen = draw(_hosts(can))
    name = draw(MAYBE_WORDS) if can.names else None
    return PinSet([draw(_policies(can, host)) for host in chosen], name)


@pytest.fixture(scope="session")
def pin_sets():
    """Return the strategy that draws pin sets for a form."""
    return _pin_sets
