"""The rows of what may become due; `test_machine.py` tells their stories."""

from keypin.alerts.steps import STEPS


def test_a_silence_postpones_what_people_are_told_and_nothing_else() -> None:
    """Alerts open, lapse and settle under it."""
    assert [one.name for one in STEPS if one.speaks] == [
        "tell",
        "worsen",
        "escalate",
        "repeat",
        "settle",
    ]


def test_what_is_over_is_looked_at_first() -> None:
    """The order counts: nobody is told of what lapsed, and nobody twice in one moment."""
    assert [one.name for one in STEPS] == [
        "lapse",
        "open",
        "tell",
        "worsen",
        "escalate",
        "repeat",
        "settle quietly",
        "settle",
    ]
