"""Pin sets that a form can say, made by Hypothesis from what the form says that it can."""

from dataclasses import replace
from datetime import UTC, datetime

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
    Positions.ALL: list(PinPosition),
    Positions.ANY: [PinPosition.ANY],
    Positions.LEAF: [PinPosition.LEAF],
    Positions.LEAF_OR_CA: [PinPosition.LEAF, PinPosition.CA],
    Positions.BOTH_USAGES: [PinPosition.ANY, PinPosition.LEAF, PinPosition.CA],
}


@st.composite
def _pins(draw, can: Abilities, position: PinPosition | None) -> Pin:
    algorithm = draw(st.sampled_from(sorted(can.digests)))
    size = Digest(algorithm).size
    return Pin(
        draw(st.binary(min_size=size, max_size=size)),
        Digest(algorithm),
        draw(st.sampled_from(sorted(can.of))),
        position or draw(st.sampled_from(POSITIONS[can.positions])),
    )


@st.composite
def _entries(draw, can: Abilities, least: int, position: PinPosition | None = None):
    pins = draw(st.lists(_pins(can, position), min_size=least, max_size=3, unique_by=_digest))
    roles = st.sampled_from(Role) if can.roles else st.just(Role.ACTIVE)
    comments = st.none() | COMMENTS if can.comments else st.none()
    return tuple(PolicyPin(pin, draw(roles), draw(comments)) for pin in pins)


def _digest(pin: Pin) -> bytes:
    return pin.digest


@st.composite
def _policies(draw, can: Abilities, host: HostPattern) -> Policy:
    comment = draw(st.none() | COMMENTS) if can.comments else None
    may = can.exempt and (can.exempt_below or not host.wildcard)
    if may and draw(st.integers(0, 4)) == 0:
        return Policy(host=host, pins=(), exempt=_reason(draw, can), comment=comment)
    split = can.positions is Positions.LEAF_OR_CA
    ours = draw(st.sampled_from([PinPosition.LEAF, PinPosition.CA])) if split else None
    entries = draw(_entries(can, max(1, can.fewest), ours))
    also = ()
    if can.also and draw(st.booleans()):
        theirs = PinPosition.LEAF if ours is PinPosition.CA else PinPosition.CA
        taken = {entry.pin.digest for entry in entries}
        also = draw(_entries(can, 1, theirs if split else None))
        also = tuple(replace(one, role=Role.ACTIVE) for one in also if one.pin.digest not in taken)
    expires = None
    if can.expiry is not Expiry.NONE and draw(st.booleans()):
        expires = datetime(2027, 1, 31, tzinfo=UTC)
        if can.expiry is not Expiry.DATE:
            expires = expires.replace(hour=draw(st.integers(0, 23)), second=7)
    on_expiry = can.on_expiry or draw(st.sampled_from(OnExpiry))
    lone = len({entry.pin.digest for entry in entries}) < 2
    return Policy(
        host=host,
        pins=entries,
        also=also,
        mode=draw(st.sampled_from(Mode)) if can.report_only else Mode.ENFORCE,
        expires=expires,
        on_expiry=on_expiry if expires else OnExpiry.REPORT,
        report_to=tuple(draw(st.lists(ADDRESSES, max_size=2, unique=True)))
        if can.report_to
        else (),
        no_backup=_no_backup(draw, can) if lone else None,
        comment=comment,
    )


def _no_backup(draw, can: Abilities) -> str:
    return draw(st.just(NO_BACKUP) | WORDS) if can.reasons else NO_BACKUP


def _reason(draw, can: Abilities) -> str:
    return draw(st.just(EXEMPT) | WORDS) if can.reasons else EXEMPT


@st.composite
def _pin_sets(draw, form: Form) -> PinSet:
    """Draw a pin set of which the form says all, or nearly all."""
    can = form.can
    hosts = st.builds(HostPattern, NAMES, st.sampled_from(sorted(can.wildcards)))
    by = (lambda host: host.name) if can.one_per_name else None
    chosen = draw(st.lists(hosts, min_size=1, max_size=4, unique_by=by or (lambda host: host)))
    name = draw(st.none() | WORDS) if can.names else None
    return PinSet([draw(_policies(can, host)) for host in chosen], name)


@pytest.fixture(scope="session")
def pin_sets():
    """Return the strategy that draws pin sets for a form."""
    return _pin_sets
