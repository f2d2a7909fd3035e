"""Deadlines as calendar programs read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from keypin.alerts.calendar import REMINDERS, calendar
from keypin.findings import Severity

BASE = "https://keypin.example"


def read(data: bytes):
    """Return the events of a calendar."""
    return Calendar.from_ical(data).walk("VEVENT")


def test_a_deadline_is_a_day(deadline, now) -> None:
    """Free, with what to do and the page that shows it."""
    (event,) = read(calendar([deadline()], now, base=BASE))
    assert event["UID"] == f"{deadline().uid}@keypin"
    assert event.decoded("DTSTART") == date(2027, 1, 14)
    assert event["SUMMARY"] == "the certificate of api.shop.example expires"
    assert event["DESCRIPTION"] == (
        "warning certificate-expires, endpoint api.shop.example:443\n"
        "Renew it with the same key.\nhttps://keypin.example/endpoints/7"
    )
    assert event["URL"] == "https://keypin.example/endpoints/7"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["CATEGORIES"].to_ical() == b"warning,certificate-expires"


def test_a_deadline_may_be_a_minute(deadline, now) -> None:
    """In UTC, to the second."""
    exact = deadline(all_day=False, next_step="", when=datetime(2027, 1, 1, 8, 0, 0, 7, tzinfo=UTC))
    (event,) = read(calendar([exact], now, base=BASE))
    assert event.decoded("DTSTART") == datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert event["DESCRIPTION"].count("\n") == 1


@pytest.mark.parametrize("severity", Severity)
def test_calendars_remind_by_severity(deadline, now, severity) -> None:
    """An error thrice, a warning twice, a note never."""
    (event,) = read(calendar([deadline(severity=severity)], now, base=BASE))
    alarms = event.walk("VALARM")
    assert [one.decoded("TRIGGER") for one in alarms] == [
        -timedelta(days=days) for days in REMINDERS[severity]
    ]
    assert {one["ACTION"] for one in alarms} <= {"DISPLAY"}


def test_a_deadline_that_moves_is_the_same_event(deadline, now) -> None:
    """The calendar program moves it."""
    moved = deadline(when=deadline().when + timedelta(days=90))
    (one,) = read(calendar([deadline()], now, base=BASE))
    (other,) = read(calendar([moved], now, base=BASE))
    assert one["UID"] == other["UID"]


def test_a_calendar_without_news_is_the_same_bytes_for_a_day(deadline, now) -> None:
    """Whatever order deadlines come in, so that nothing is fetched twice."""
    several = [deadline(), deadline(distinct="b"), deadline(when=now)]
    morning = calendar(several, now, base=BASE)
    assert morning == calendar(several[::-1], now + timedelta(hours=9), base=BASE)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in morning
    assert b"X-WR-CALNAME:keypin deadlines\r\n" in morning


def test_what_is_long_past_is_left_out(deadline, now) -> None:
    """A month is enough to look up what was missed."""
    old = deadline(when=now - timedelta(days=31))
    assert read(calendar([old], now, base=BASE)) == []


def test_a_stranger_writes_no_property(deadline, now) -> None:
    """A line break in a name ends no line of the calendar."""
    evil = deadline(title="x\r\nEND:VEVENT\r\nATTACH:https://evil.example/")
    (event,) = read(calendar([evil], now, base=BASE))
    assert event["SUMMARY"] == "x END:VEVENT ATTACH:https://evil.example/"
    assert "ATTACH" not in event
