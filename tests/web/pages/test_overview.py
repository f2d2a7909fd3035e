"""The page Overview: what needs somebody, the next dates, and the watch itself."""

from datetime import timedelta

from keypin.watch.store.tables import alerts, observations, workers


def test_the_gravest_alerts_and_the_nearest_dates_come_first(owner, planned) -> None:
    """Each leads to its page."""
    page = owner.get("/").text
    for text in (
        "breaks now for 12% of users",
        "A certificate of cdn.shop.example:443 ends.",
        f"The chain of the plan {planned} is to be deployed for",
        "The policies of api.shop.example and 2 more in shop-android 3.2 (41% of its users) end",
        ">api.shop.example breaks now for 12% of users of shop-android</a>",
        "The chain has none of the keys that it pins.",
        "3 refused, 1 out of reach, 1 unknown",
        "3 refused somewhere now",
        "Reports in 24 hours",
        "First steps",
    ):
        assert text in page
    assert page.index("breaks now") < page.index("Next dates")


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


def test_what_was_tried_in_vain_is_no_step_done(new_shop) -> None:
    """And an alert that waits is said, though it needs nobody yet."""
    shop = new_shop()
    with shop.database.begin_across() as connection:
        connection.execute(observations.delete())
        connection.execute(alerts.update().values(state="pending"))
    page = shop.browser().get("/").text
    assert "See what is served<span" not in page
    assert "none could be read: each says what failed" in page
    assert "Nothing needs you yet" in page
    assert "to be sure: what lasts opens by itself" in page
    assert "/o/acme/alerts?state=pending" in page


def test_nothing_is_fine_of_what_is_not_there(shop) -> None:
    """No endpoint and no release is neither good nor bad."""
    rival = shop.browser(organisation=2)
    rival.base = "/o/rival"
    page = rival.get("/").text
    for text in ("none is watched yet", "none is pushed yet", "none came"):
        assert text in page
    assert "all are fine" not in page
