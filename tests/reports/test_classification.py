"""The facts that a group is judged by."""

from keypin.certs import Certificate
from keypin.reports import Shown


def test_shown(world, verified, now) -> None:
    """An observation is of a key: a renewed certificate of it is the same."""
    shown = Shown(verified(world.shown), now)
    assert shown.has(Certificate.from_der(world.shown[0]))
    assert not shown.has(Certificate.from_der(world.shown[1]))
