"""Entries: what may be said, and what is refused when one is built."""

from datetime import timedelta

import pytest

from keypin.certs import Endpoint
from keypin.errors import InventoryError, Place
from keypin.inventory import Application, Owner, PinFile, ReleaseEntry, WatchedEndpoint

FILE = PinFile(path="pins.toml")


def test_a_place_is_no_part_of_what_is_said() -> None:
    """Entries are compared without it."""
    assert Owner(name="ada", place=Place("a", 1)) == Owner(name="ada")


def test_a_file_is_told_with_what_helps_to_read_it() -> None:
    """Path, form and host."""
    assert str(FILE) == "pins.toml"
    assert str(PinFile(path="a", form="wget2", host="example.com")) == "a (wget2, for example.com)"


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Owner(name="ada", mail=("a@b.c", "a@b.c")), "mail: the mail address 'a@b.c' "
            "stands twice; take one out"),
        (lambda: Owner(name="ada", mail=("a@b.c",) * 21), "mail: 21 of mail; expected 20 at most"),
        (lambda: ReleaseEntry(version="3\n", file=FILE), "version: the version '3\\n'; expected "
            "letters, digits and . _ + ( ) -, 64 characters at most"),
        (lambda: ReleaseEntry(version="3", share=1.1, file=FILE), "share: the share 1.1; expected "
            "a number from 0 to 1"),
        (lambda: ReleaseEntry(version="3", share=float("nan"), file=FILE), "share: the share nan; "
            "expected a number from 0 to 1"),
        (lambda: ReleaseEntry(version="3"), 'the release 3 without pins; expected pins = "file" or '
            "[[application.release.policy]] tables"),
        (lambda: Application(name="a", releases=(ReleaseEntry(version="3", file=FILE),) * 2),
            "release: the release of a '3' stands twice; take one out"),
        (lambda: WatchedEndpoint(endpoint=Endpoint("a.example"), interval=timedelta(days=8)),
            "interval: an interval of 8 days, 0:00:00; expected whole seconds, from 30s to 7d"),
        (lambda: WatchedEndpoint(endpoint=Endpoint("a.example"), interval=timedelta(seconds=99.5)),
            "interval: an interval of 0:01:39.500000; expected whole seconds, from 30s to 7d"),
        (lambda: WatchedEndpoint(endpoint=Endpoint("a.example"), vantage_points=("EU",)),
            "vantage_points: the name of a vantage point 'EU'; expected lower case words joined by "
            "hyphens, 64 characters at most"),
        (lambda: WatchedEndpoint(endpoint=Endpoint("a.example"), vantage_points=("eu", "eu")),
            "vantage_points: the vantage point 'eu' stands twice; take one out"),
    ],
)  # fmt: skip
def test_what_could_not_be_meant_is_refused(build, says: str) -> None:
    """The error names the key."""
    with pytest.raises(InventoryError) as caught:
        build()
    assert str(caught.value) == says


def test_shares_add_up_to_no_more_than_all() -> None:
    """A share that is measured counts for nothing here."""
    shares = (0.1, 0.2, 0.7, None)
    releases = tuple(
        ReleaseEntry(version=str(number), share=share, file=FILE)
        for number, share in enumerate(shares)
    )
    assert Application(name="a", releases=releases).releases == releases
    with pytest.raises(InventoryError, match=r"the shares of a add up to 1.1; expected 1 at most"):
        Application(name="a", releases=(*releases, ReleaseEntry(version="9", share=0.1, file=FILE)))
