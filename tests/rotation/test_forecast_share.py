"""Shares: what is known of users is added within an application, and what is not is said."""

import pytest

from keypin.rotation import Hit, Share, UsedRelease, hits


@pytest.fixture
def used(shop):
    """Return a function that makes a release with users."""

    def make(name: str, share: Share | None = None, application: str = "") -> UsedRelease:
        return UsedRelease(release=shop.release(name=name), share=share, application=application)

    return make


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(0.41), "41%"),
        (Share(0.41, 0.02), "41% ± 2%"),
        (Share(0.0), "0%"),
        (Share(0.001), "less than 1%"),
        (Share(0.999), "99%"),
        (Share(0.7 + 0.2 + 0.1), "100%"),  # 0.9999999999999999
        (Share(1.0, 0.001), "100% ± less than 1%"),
    ],
)
def test_a_share_is_told_in_percent(share: Share, text: str) -> None:
    """A few users are not none, and nearly all are not all."""
    assert str(share) == text


@pytest.mark.parametrize(("fraction", "margin"), [(1.1, 0), (-0.1, 0), (0.5, 2), (float("nan"), 0)])
def test_what_is_no_share_is_refused(fraction: float, margin: float) -> None:
    """Both are parts of one."""
    with pytest.raises(ValueError, match=r"a share of .*: from 0 to 1"):
        Share(fraction, margin)


def test_shares_of_releases_add_up(used) -> None:
    """Each release counts once, and never do users count twice."""
    releases = [used("3.1", Share(0.2, 0.01)), used("3.2", Share(0.21, 0.02))]
    (hit,) = hits([*releases, releases[0]])
    assert str(hit) == "41% ± 3% of users"
    (hit,) = hits([used("3.1", Share(0.7, 0.6)), used("3.2", Share(0.7, 0.6))])
    assert hit.share == Share(1.0, 1.0)


def test_what_is_not_known_is_said(used) -> None:
    """An unknown share is not taken for nothing."""
    (hit,) = hits([used("3.1", Share(0.41)), used("3.0"), used("2.9")])
    assert str(hit) == "41% of users and the users of 3.0, 2.9, how many is not known"
    (hit,) = hits([used("3.0")])
    assert hit == Hit(application="", share=None, unknown=("3.0",))
    assert str(hit) == "the users of 3.0, how many is not known"


def test_applications_are_told_apart(used) -> None:
    """Users of two applications are not added."""
    found = hits(
        [used("1", Share(0.41), "ios"), used("1", None, "android"), used("2", None, "ios")]
    )
    assert [str(one) for one in found] == [
        "41% of users of ios and the users of 2, how many is not known",
        "the users of android of 1, how many is not known",
    ]
    assert str(used("1", None, "ios")) == "ios 1"
    assert hits([]) == ()
