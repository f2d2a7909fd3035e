"""What several rules say in the same words."""

from dataclasses import replace

import pytest

from keypin.certs import Certificate
from keypin.reports.study import study
from keypin.reports.words import names, of_leaf


@pytest.mark.parametrize(
    ("host", "named"),
    [("a.example", True), ("b.example", False), ("x.b.example", True), ("y.x.b.example", False)],
)
def test_names(host, named, world) -> None:
    """A wildcard is for one label."""
    leaf = Certificate.from_der(world.ours.chain("A.example", "*.b.example")[0])
    assert names(leaf, host) is named


def test_no_leaf(world) -> None:
    """Without a certificate there is no line of it."""
    nothing = world.group(replace(world.report(), served=(), validated=()))
    assert of_leaf(study(nothing, world.facts())) == ()
