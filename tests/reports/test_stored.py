"""What is stored is read back as it was, and nothing else is."""

import pytest

from keypin.errors import ReportFormatError
from keypin.reports import BurstState, Group, dumps, loads


def test_a_group(world) -> None:
    """An equal value, the sample and its pins included."""
    group = world.group(world.report())
    assert loads(Group, dumps(group)) == group
    assert loads(Group, dumps(group)).sample.pins == world.pins


def test_the_state_of_a_burst(now) -> None:
    """The same, with its times."""
    state = BurstState(recent=(1, 2), latest=now, since=now, peak=2, reports=3, quiet=1)
    assert loads(BurstState, dumps(state)) == state
    assert loads(BurstState, dumps(BurstState())) == BurstState()


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"key": 1}'])
def test_what_is_no_group(data) -> None:
    """Storage may be damaged, or of another version."""
    with pytest.raises(ReportFormatError, match=r"^what was stored is no Group: .*; restore it"):
        loads(Group, data)
