"""What was issued, in one sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keypin.rotation import Outcome
from keypin.rotation.forecast_share import Hit, Share
from keypin.watch.transparency.words import Stand, Story, ago, lasting, said, sentence, titled

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PASSES, BREAKS, REPORTS = Outcome.PASSES, Outcome.BREAKS, Outcome.REPORTS
SOME_PATHS, NOT_VERIFIED = Outcome.SOME_PATHS, Outcome.NOT_VERIFIED


def stand(*outcomes: Outcome | None) -> Stand:
    """Return releases 3.3, 3.2, 3.1 and so on of the shop, the newest first."""
    versions = ("3.3", "3.2", "3.1", "3.0", "2.9")
    return Stand("shop", tuple(zip(versions, outcomes, strict=False)))


def users(fraction: float, application: str = "shop") -> Hit:
    """Return whom it breaks."""
    return Hit(application=application, share=Share(fraction))


def test_what_lasts_reads_the_same_at_any_time() -> None:
    """By the moment of the log; that it expired meanwhile changes nothing."""
    story = Story(
        names=("api.example.com",),
        issuer="",
        logged_at=NOW,
        said="no release pins its names",
        not_after=NOW,
    )
    assert lasting(story) == (
        "a certificate for api.example.com was issued on 2026-11-29 12:00 UTC; "
        "no release pins its names; nobody has deployed it"
    )
    assert titled(replace(story, deployed_at=NOW)) == (
        "a certificate for api.example.com was issued on 2026-11-29 12:00 UTC; "
        "no release pins its names; nobody had deployed it when it was found"
    )


def test_nobody_deploys_a_look_alike() -> None:
    """What serves it is no endpoint of the organisation's."""
    story = Story(
        names=("examp1e.com",),
        issuer="E5 of Let's Encrypt",
        logged_at=NOW,
        said="examp1e.com looks like example.com, and is another name",
        own=False,
    )
    assert sentence(story, NOW) == (
        "a certificate for examp1e.com was issued just now by E5 of Let's Encrypt; "
        "examp1e.com looks like example.com, and is another name"
    )


def test_it_says_what_the_issue_asks_for() -> None:
    """When, whose key is pinned by whom, who breaks, and that nobody serves it."""
    story = Story(
        names=("api.example.com",),
        issuer="E5 of Let's Encrypt",
        logged_at=NOW - timedelta(minutes=9, seconds=30),
        said=said([stand(BREAKS, BREAKS, PASSES)], [users(0.41)]),
    )
    assert sentence(story, NOW) == (
        "a certificate for api.example.com was issued nine minutes ago by E5 of Let's Encrypt; "
        "its key is pinned by no release of shop since 3.2; deploying it breaks 41% of users of "
        "shop; nobody has deployed it yet"
    )


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ((BREAKS, SOME_PATHS), "is pinned by no release of shop"),
        ((BREAKS, PASSES), "is pinned by no release of shop since 3.3"),
        ((PASSES, BREAKS), "is not pinned by shop 3.2"),
        ((BREAKS, PASSES, BREAKS), "is not pinned by shop 3.3 and 3.1"),
        (
            (PASSES, BREAKS, BREAKS, BREAKS, BREAKS),
            "is not pinned by shop 3.2, 3.1, 3.0 and 1 more",
        ),
        ((PASSES, PASSES), "is pinned by each release of shop"),
        ((PASSES, None), "may or may not be pinned by shop 3.2"),
        ((NOT_VERIFIED, None), "has a chain that is not trusted by clients of shop"),
    ],
)
def test_who_pins_its_key(outcomes, words) -> None:
    """The run of the newest releases that do not is told by its oldest."""
    assert said([stand(*outcomes)], []).startswith(f"its key {words}; ")


@pytest.mark.parametrize(
    ("outcomes", "hits", "words"),
    [
        (
            (BREAKS,),
            [users(0.41), users(0.02, "b")],
            "41% of users of shop and 2% of users of b",
        ),
        ((REPORTS,), [], "nobody, and is reported by clients"),
        ((PASSES,), [], "nobody"),
    ],
)
def test_whom_it_breaks(outcomes, hits, words) -> None:
    """By application; nobody is said, too."""
    assert said([stand(*outcomes)], hits).endswith(f"; deploying it breaks {words}")


def test_what_cannot_be_told_is_said() -> None:
    """And that nobody pins its names."""
    assert said([stand(None)], []).endswith("; deploying it may break them")
    assert said([], []) == "no release pins its names"


def test_several_applications_are_told_apart() -> None:
    """Each in its own words; those that fare alike share them."""
    bank = Stand("bank", (("1", PASSES),))
    assert said([stand(BREAKS), bank], [users(1)]).startswith(
        "its key is pinned by no release of shop and is pinned by each release of bank; "
    )
    club = Stand("club", (("2", BREAKS), ("1", PASSES)))
    broken = Stand("dock", (("7", BREAKS),))
    assert said([stand(BREAKS), club, broken], [users(1)]).startswith(
        "its key is pinned by no release of shop and dock and is pinned by no release of club "
        "since 2; "
    )


def test_where_it_is_served() -> None:
    """Deployed since when; or too late."""
    told = {"names": ("a", "b", "c", "d"), "issuer": "", "logged_at": NOW, "said": "x"}
    deployed = Story(**told, deployed_at=NOW)
    assert sentence(deployed, NOW) == (
        "a certificate for a, b, c and 1 more was issued just now; x; "
        "it is deployed since 2026-11-29 12:00 UTC"
    )
    over = Story(**told, not_after=NOW)
    assert sentence(over, NOW).endswith("nobody has deployed it yet")
    assert sentence(over, NOW + timedelta(days=1)).endswith("it expired, and nobody deployed it")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "one minute ago"),
        (720, "12 minutes ago"),
        (3600, "one hour ago"),
        (47 * 3600, "47 hours ago"),
        (48 * 3600, "two days ago"),
        (86_400 * 1200, "1,200 days ago"),
    ],
)
def test_how_long_ago(seconds, words) -> None:
    """In words, and a clock that is late says: just now."""
    assert ago(timedelta(seconds=seconds)) == words
