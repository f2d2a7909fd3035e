"""How a bundle reads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.alerts import Bundle, Kind, Subject, acknowledge
from keypin.alerts.text import MAX_ALERTS, words
from keypin.findings import Severity

BASE = "https://keypin.example"


def test_an_alert_says_what_since_when_why_and_what_to_do(told, signal) -> None:
    """All that somebody who is woken needs."""
    one = signal(
        evidence=("chain: sha256/AAAA", "pinned: sha256/BBBB"),
        next_step="Deploy the backup key.",
        link="/endpoints/7",
    )
    read = words(told(one), BASE)
    assert read.subject == "[error] shop 3.2 refuses what api.shop.example:443 serves"
    assert read.plain == (
        "shop 3.2 refuses what api.shop.example:443 serves\n"
        "error chain-refused, endpoint api.shop.example:443; application shop; owner payments\n"
        "Since 2026-11-23 09:00 UTC\n"
        "Next step: Deploy the backup key.\n"
        "    chain: sha256/AAAA\n"
        "    pinned: sha256/BBBB\n"
        "Look at it in keypin: https://keypin.example/endpoints/7\n"
    )


def test_the_gravest_comes_first_and_the_rest_is_counted(told, signal) -> None:
    """Ten of them tell what it is."""
    signals = [
        signal(subject=Subject("endpoint", f"host-{number:02}"), severity=Severity.WARNING)
        for number in range(MAX_ALERTS + 2)
    ]
    worst = signal(subject=Subject("endpoint", "worst"), title="worst of all", owner=None)
    read = words(told(*signals, worst), BASE)
    assert read.subject == "[error] worst of all (and 12 more)"
    assert read.plain.startswith(
        "worst of all\nerror chain-refused, endpoint worst; application shop\n"
    )
    assert read.plain.endswith("And 3 more\nAll alerts: https://keypin.example/alerts\n")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (Kind.OPENED, "[error] "),
        (Kind.WORSENED, "[now error] "),
        (Kind.REPEATED, "[still error] "),
        (Kind.ESCALATED, "[error, nobody acknowledged] "),
        (Kind.RESOLVED, "[resolved] "),
    ],
)
def test_the_subject_says_what_happened(told, kind, subject) -> None:
    """Before the title, so that it is seen in a list."""
    bundle = told()
    bundle = Bundle("mail", tuple(replace(one, kind=kind) for one in bundle.notices))
    assert words(bundle, BASE).subject.startswith(subject)


def test_a_subject_is_one_short_line(told, signal) -> None:
    """Whatever a certificate's name holds."""
    read = words(told(signal(title="x\r\nBcc: evil@example.com " + "y" * 500)), BASE)
    assert len(read.subject) == 150
    assert read.subject.startswith("[error] x Bcc: evil@example.com yyy")


def test_a_repetition_says_how_long_and_how_often(story, signal) -> None:
    """With what happened since."""
    shop = story(repeat=timedelta(minutes=90))
    shop.sees(signal())
    shop.after(5).sees(signal(holds=False))
    shop.after(5).sees(signal())
    shop.after(80).waits()
    assert "Since 2026-11-23 09:00 UTC, for 1h30m, seen 2 times, came back 1 times\n" in (
        words(Bundle("mail", shop.notices), BASE).plain
    )


@pytest.mark.parametrize(
    ("by", "end"),
    [(None, ""), ("ada\x07", ", closed by ada�")],
    ids=["cleared", "closed"],
)
def test_what_is_over_says_how_long_it_was(story, signal, by, end) -> None:
    """Evidence and next step are of no use any more."""
    shop = story(settle=timedelta(0))
    shop.sees(signal(evidence=("a",), next_step="Act."))
    shop.at += timedelta(seconds=40)
    shop.alert = shop.alert.cleared(shop.at, by)
    shop.waits()
    assert words(Bundle("mail", shop.notices), BASE).plain == (
        "shop 3.2 refuses what api.shop.example:443 serves\n"
        "error chain-refused, endpoint api.shop.example:443; application shop; owner payments\n"
        f"From 2026-11-23 09:00 UTC until 2026-11-23 09:00 UTC, 40s{end}\n"
        "Look at it in keypin: https://keypin.example/\n"
    )


@pytest.mark.parametrize(
    ("note", "said"), [("", "ada"), ("the old key\nis back", "ada: the old key is back")]
)
def test_what_is_over_says_who_took_care_of_it(story, signal, note, said) -> None:
    """And what they said of it."""
    shop = story(settle=timedelta(0))
    shop.sees(signal())
    shop.alert = acknowledge(shop.alert, "ada", shop.at, note)
    shop.sees(signal(holds=False))
    assert f"\nAcknowledged by {said}\n" in words(Bundle("mail", shop.notices), BASE).plain
