"""Which signals a matcher is about."""

import pytest

from keypin.alerts.match import EVERYTHING, Match
from keypin.findings import Severity


@pytest.mark.parametrize(
    ("conditions", "covered"),
    [
        ({}, True),
        ({"ids": ("chain-*",)}, True),
        ({"ids": ("ct-*", "chain-refused")}, True),
        ({"ids": ("ct-*",)}, False),
        ({"ids": ("Chain-*",)}, False),
        ({"severity": Severity.WARNING}, True),
        ({"subjects": ("*.shop.example:443",)}, True),
        ({"subjects": ("www.*",)}, False),
        ({"owners": ("web", "payments")}, True),
        ({"owners": ("web",)}, False),
        ({"applications": ("shop",)}, True),
        ({"applications": ("bank",)}, False),
        ({"tags": ("prod",)}, True),
        ({"tags": ("prod", "eu")}, False),
        ({"ids": ("chain-*",), "owners": ("web",)}, False),
    ],
)
def test_conditions_are_joined_by_and(signal, conditions, covered) -> None:
    """Each condition must hold; one of its alternatives is enough, but of tags all."""
    assert Match(**conditions).covers(signal()) is covered


def test_severity_is_at_least(signal) -> None:
    """What is milder than the condition is not covered."""
    match = Match(severity=Severity.WARNING)
    assert match.covers(signal(severity=Severity.WARNING))
    assert not match.covers(signal(severity=Severity.NOTE))


def test_whom_it_concerns_is_told_as_who_has_to_act_is(signal) -> None:
    """The team of the server renews; that of the application has the users."""
    both = signal(owner="platform", concerns=("mobile",))
    assert all(Match(owners=(one,)).covers(both) for one in ("platform", "mobile"))
    assert not Match(owners=("web",)).covers(both)


def test_nobodys_signal_is_no_owners(signal) -> None:
    """A signal without owner or application is covered only where none is asked for."""
    nobodys = signal(owner=None, application=None)
    assert EVERYTHING.covers(nobodys)
    assert not Match(owners=("payments",)).covers(nobodys)
    assert not Match(applications=("shop",)).covers(nobodys)
