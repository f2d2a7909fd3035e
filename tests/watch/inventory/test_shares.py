"""Shares that were given by hand make 1 at most: the others make up the rest."""

from datetime import UTC, datetime

import pytest

from keypin.watch.inventory import pushing, releases
from keypin.watch.store.tables import endpoints

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def _shares(scope) -> dict[str, float | None]:
    return {one.version: one.share for one in releases.listed(scope)}


def test_a_new_release_takes_from_the_others_in_proportion(any_shop, upload) -> None:
    """What is measured is not touched, and what fits changes nothing."""
    with any_shop.begin(1) as scope:

        def push(version: str, share: float | None, host: str = "a.example"):
            return pushing.push(scope, "shop", version, upload(host), at=NOON, share=share)

        assert push("1.0", 1.0).lowered == ()
        assert [one.detail for one in push("1.1", 0.05).lowered] == [
            {"before": {"share": 1.0}, "after": {"share": 0.95}}
        ]
        assert push("1.2", None).lowered == ()
        lowered = push("1.3", 0.58).lowered
        assert [one.subject for one in lowered] == ["shop 1.0", "shop 1.1"]
        assert _shares(scope) == {"1.3": 0.58, "1.2": None, "1.1": 0.021, "1.0": 0.399}
        assert push("1.3", 1.0).lowered == ()
        assert _shares(scope)["1.3"] == 0.58


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_a_share_that_changes_and_a_release_that_comes_back_do_the_same(
    shop, upload, share: float
) -> None:
    """And the endpoints that the others pin are judged: alerts tell whom they hit."""
    with shop.begin(1) as scope:
        pushing.push(scope, "shop", "1.0", upload("a.example"), at=NOON, share=0.6)
        pushing.push(scope, "shop", "1.1", upload("b.example"), at=NOON, share=0.4)
        scope.execute(scope.update(endpoints).values(judge_at=None))
        own, other = pushing.give_share(scope, "shop", "1.1", share, at=NOON)
        assert (own.subject, other.subject) == ("shop 1.1", "shop 1.0")
        assert all(
            one is not None for one in scope.execute(scope.select(endpoints.c.judge_at)).scalars()
        )
        assert sum(_shares(scope).values()) == 1
        pushing.retire(scope, "shop", "1.1", at=NOON)
        pushing.give_share(scope, "shop", "1.0", 0.6, at=NOON)
        back, *others = pushing.restore(scope, "shop", "1.1", at=NOON)
        assert back.subject == "shop 1.1"
        assert [one.subject for one in others] == ["shop 1.0"]
        assert _shares(scope) == {"1.1": share, "1.0": round(1 - share, 6)}
