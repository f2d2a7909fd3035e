"""What is foreign is made plain before it is said."""

from datetime import datetime, timedelta, timezone

from keypin.alerts.message import address, day, line, lines, moment


def test_a_foreign_text_is_one_line() -> None:
    """No second header, no terminal's escape, no text that runs from right to left."""
    assert line("a\r\nBcc: b\x1b[0m \u202ec") == "a Bcc: b�[0m �c"
    assert line("x" * 500) == "x" * 399 + "…"
    assert line("x" * 10, 10) == "x" * 10


def test_evidence_has_an_end() -> None:
    """What is left out is counted."""
    assert lines(["a", "b", "c"], 3) == ("a", "b", "c")
    assert lines(["a", "b", "c"], 1) == ("a", "… and 2 more")


def test_times_are_said_in_utc() -> None:
    """Whatever zone they came in."""
    at = datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert moment(at) == "2026-11-22 23:30 UTC"
    assert day(at) == "2026-11-22"


def test_an_address_has_one_slash() -> None:
    """Between the service's and the page's."""
    assert address("https://keypin.example/", "/alerts") == "https://keypin.example/alerts"
    assert address("https://keypin.example", "/alerts") == "https://keypin.example/alerts"
