"""Patterns that count together become policies of which one decides, with the same verdicts."""

from hypothesis import given
from hypothesis import strategies as st

from keypin.formats.texts import NO_BACKUP
from keypin.formats.union import united
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

PINS = [PolicyPin(Pin(letter * 32)) for letter in (b"a", b"b", b"c")]
PATTERNS = st.builds(
    lambda labels, mark: HostPattern(".".join([*labels, "example.com"]), mark),
    st.lists(st.sampled_from(["a", "b"]), max_size=2),
    st.sampled_from(["", "*.", "**."]),
)
ROWS = st.dictionaries(
    PATTERNS, st.lists(st.sampled_from(PINS), min_size=1, max_size=2, unique=True), min_size=1
)


@given(ROWS, st.lists(st.sampled_from(["a", "b", "z"]), max_size=3))
def test_the_same_verdicts(rows, labels: list[str]) -> None:
    """For any host, what the policy that decides accepts is what all patterns together do."""
    policies = [
        Policy(host=host, pins=tuple(pins), no_backup=NO_BACKUP if len(pins) < 2 else None)
        for host, pins in rows.items()
    ]
    host = ".".join([*labels, "example.com"])
    together = {pin for pattern, pins in rows.items() if pattern.covers(host) for pin in pins}
    decides = PinSet(united(policies)).policy_for(host)
    assert set(decides.pins if decides else ()) == together
