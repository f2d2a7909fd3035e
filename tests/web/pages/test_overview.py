"""The page Overview: what needs somebody, the next dates, and the watch itself."""

from datetime import timedelta

from keypin.watch.store.tables import workers


def test_the_gravest_alerts_and_the_nearest_dates_come_first(owner, planned) -> None:
    """Each leads to its page."""
    page = owner.get("/").text
    for text in (
        "breaks now for 12% of users",
        "A certificate of its chain ends.",
        "A planned chain is deployed.",
        "4 refused or out of reach",
        "3 refused somewhere now",
        "Reports in 24 hours",
        "First steps",
    ):
        assert text in page
    assert page.index("breaks now") < page.index("Next dates")
    del planned


def test_the_watch_says_what_it_does_not_do(shop, owner) -> None:
    """A part that no process does stands there as such; one that is seen does not."""
    assert owner.get("/").text.count("not running") == 4
    row = {
        "id": "w1",
        "host": "h",
        "process": 1,
        "vantage": "here",
        "parts": ["prober", "logs", "alerts", "collector"],
        "started_at": shop.now,
        "seen_at": shop.now - timedelta(seconds=5),
    }
    with shop.database.begin_across() as connection:
        connection.execute(workers.insert().values(**row))
    page = owner.get("/").text
    assert "not running" not in page
    assert "1 log of 2 behind" in page


def test_an_empty_organisation_is_shown_the_first_steps(shop) -> None:
    """Nothing is invented."""
    rival = shop.browser(organisation=2)
    rival.base = "/o/rival"
    page = rival.get("/").text
    for text in ("First steps", "Nothing needs you", "No date is known"):
        assert text in page
