"""What a digest tells."""

from dataclasses import replace
from datetime import timedelta

from keypin.alerts import Match, Silence, Subject, acknowledge
from keypin.alerts.digest import MAX_ITEMS, digest
from keypin.findings import Severity

BASE = "https://keypin.example"
DAY = timedelta(days=1)


def test_a_digest_tells_what_happened_and_what_comes(story, signal, deadline, now) -> None:
    """In the order of urgency: the gravest, of these the oldest."""
    old, new, over, never = story(), story(), story(), story(wait=DAY)
    old.sees(signal(title="old"))
    old.alert = acknowledge(old.alert, "ada", old.at, "on it")
    new.after(26 * 60).sees(signal(title="new", severity=Severity.NOTE, link="/endpoints/7"))
    over.sees(signal(title="over"))
    over.after(30 * 60).sees(signal(holds=False))
    never.sees(signal(title="never"))
    written = digest(
        [new.alert, over.alert, never.alert, never.alert.cleared(now + DAY), old.alert],
        [deadline(), deadline(all_day=False, next_step="", when=now + 3 * DAY, title="first")],
        now + 2 * DAY,
        since=now + DAY,
        base=BASE,
    )
    assert written.subject == ("keypin: 1 opened, 1 still open, 1 resolved; next date 2026-11-26")
    assert written.plain == (
        "Opened since 2026-11-24 09:00 UTC: 1\n"
        "- new\n  note, since 2026-11-24 11:00 UTC\n  https://keypin.example/endpoints/7\n\n"
        "Still open: 1\n"
        "- old\n  error, since 2026-11-23 09:00 UTC, acknowledged by ada: on it\n"
        "  https://keypin.example/\n\n"
        "Resolved: 1\n"
        "- over\n  2026-11-23 09:00 UTC to 2026-11-24 15:00 UTC\n  https://keypin.example/\n\n"
        "The next 60 days: 2\n"
        "- first\n  2026-11-26 09:00 UTC, in 1 days\n  https://keypin.example/endpoints/7\n"
        "- the certificate of api.shop.example expires\n"
        "  2027-01-14, in 50 days. Renew it with the same key.\n"
        "  https://keypin.example/endpoints/7\n"
    )


def test_a_digest_of_nothing_says_so(now, deadline) -> None:
    """That it arrives shows that the service runs."""
    far = [deadline(when=now + 61 * DAY), deadline(when=now - DAY)]
    written = digest([], far, now, since=now - DAY, base=BASE)
    assert written.subject == "keypin: 0 opened, 0 still open, 0 resolved"
    assert written.plain.count("Nothing.") == 4


def test_a_silenced_alert_is_shown_as_such(story, signal, now) -> None:
    """It is visible, with the reason."""
    shop = story()
    shop.sees(signal())
    silence = Silence(
        id="s",
        match=Match(ids=("*",)),
        since=now,
        until=now + DAY,
        reason="new CA",
        by="ada",
    )
    written = digest([shop.alert], [], now, since=now - DAY, base=BASE, silences=[silence])
    assert "silenced until 2026-11-24 09:00 UTC: new CA" in written.plain


def test_a_long_list_ends(story, signal, now) -> None:
    """The gravest are named, the rest is counted."""
    shop = story()
    shop.sees(signal())
    other = signal(subject=Subject("endpoint", "z"), title="gravest")
    alerts = [
        replace(shop.alert, severity=Severity.WARNING, episode=number) for number in range(30)
    ]
    written = digest(
        [*alerts, replace(shop.alert, signal=other)], [], now, since=now - DAY, base=BASE
    )
    assert written.plain.index("gravest") < written.plain.index("shop 3.2")
    assert ": 31\n" in written.plain
    assert f"and {31 - MAX_ITEMS} more: https://keypin.example/\n" in written.plain
