"""People take care of alerts and close them, and each of their deeds is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from keypin.errors import InputError
from keypin.watch.alerting import reading
from keypin.watch.alerting.acting import close, take_care
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.people.audit import Actor
from keypin.watch.store.tables import audit_log

ADA = Actor("ada@example.com")


def test_an_acknowledged_alert_is_not_told_again(any_alerted, signal) -> None:
    """Once somebody takes care, a repetition does not come; who it was stays."""
    any_alerted.rule(repeat=timedelta(hours=1))
    any_alerted.see(signal("a"))
    with any_alerted.database.begin(1) as scope:
        take_care(scope, 1, by=ADA, at=any_alerted.now)
    any_alerted.pass_time(hours=2)
    (alert,) = any_alerted.alerts()
    assert alert["state"] == "acknowledged"
    assert alert["document"]["acknowledged_by"] == "ada@example.com"
    assert any_alerted.history() == ["opened", "acknowledged"]
    with any_alerted.database.read_across() as connection:
        actions = connection.execute(select(audit_log.c.action)).scalars().all()
    assert actions == ["alert.acknowledged"]


def test_a_closed_alert_is_back_if_its_trouble_is_seen(alerted, signal) -> None:
    """Who closes an alert says that it is over; whoever sees it still, contradicts."""
    alerted.see(signal("a"))
    with alerted.database.begin(1) as scope:
        close(scope, 1, by=ADA, at=alerted.now)
    alerted.pass_time(hours=1)
    assert [row["state"] for row in alerted.alerts()] == ["resolved"]
    alerted.see(signal("a"))
    assert [row["state"] for row in alerted.alerts()] == ["resolved", "open"]
    assert alerted.history() == ["opened", "closed", "resolved", "opened"]


def test_what_is_closed_is_not_taken_care_of(alerted, signal) -> None:
    """A state that does not allow a deed says so."""
    alerted.see(signal("a"))
    with alerted.database.begin(1) as scope:
        close(scope, 1, by=ADA, at=alerted.now)
        with pytest.raises(InputError, match="the alert is resolved"):
            take_care(scope, 1, by=ADA, at=alerted.now)


def test_who_takes_care_says_how(any_alerted, signal) -> None:
    """The note stands with the alert, in its history and in the audit log, as far as it is kept."""
    any_alerted.see(signal("a"))
    with any_alerted.database.begin(1) as scope:
        said = " the old key\0 is back at noon " + "x" * 600
        alert = take_care(scope, 1, by=ADA, at=any_alerted.now, note=said)
    note = "the old key\ufffd is back at noon ".ljust(500, "x")
    assert alert.acknowledged_note == note
    with any_alerted.database.read(1) as scope:
        assert reading.find(scope, 1).alert.acknowledged_note == note
        assert reading.history(scope, 1)[0].note == note
        (detail,) = scope.execute(scope.select(audit_log.c.detail)).scalars()
    assert detail == {"alert": 1, "note": note}


def test_nobody_reaches_another_organisations_alert(alerted, signal) -> None:
    """An alert of another organisation is one that there is not."""
    alerted.see(signal("a"))
    with alerted.database.begin(2) as scope, pytest.raises(UnknownError, match="no alert 1"):
        close(scope, 1, by=ADA, at=alerted.now)
