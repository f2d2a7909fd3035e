from keypin.pins.opinions import OPINIONS, Target, Verdict, opinion_on
from keypin.pins.situation import Platform, Situation


def test_the_last_opinion_always_applies() -> None:
    """There is no situation without an answer, and no intermediate is ever advised."""
    assert OPINIONS[-1].applies(Situation())
    assert {row.target for row in OPINIONS} == {Target.LEAF, Target.ROOT, None}


def test_an_opinion_names_a_target_unless_it_refuses() -> None:
    """To pin is to pin something; the reason is a whole sentence."""
    for row in OPINIONS:
        assert (row.target is None) is (row.verdict is Verdict.DO_NOT)
        assert row.reason.endswith(".")


def test_the_first_opinion_that_applies_decides() -> None:
    """Browsers come first: nothing else matters there."""
    assert opinion_on(Situation(platform=Platform.BROWSER)) is OPINIONS[0]
    assert opinion_on(Situation()) is OPINIONS[-1]
