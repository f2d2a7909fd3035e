"""A finding is acknowledged: nobody is told of it, unless it gets worse."""

import pytest
from sqlalchemy import select

from keypin.alerts import State
from keypin.errors import InputError
from keypin.watch.alerting.engine import Engine
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.people.audit import Actor
from keypin.watch.store.tables import alerts, audit_log
from keypin.watch.store.tables import ct_findings as findings
from keypin.watch.transparency.acknowledging import acknowledge, of_row, take_back

HOST = "api.example.com"
ADA = Actor("Ada")


def states(watching) -> list[str]:
    """Have alerting look, and return the states of the alerts."""
    Engine(watching.database).turn(watching.clock.at)
    with watching.database.read(1) as scope:
        query = scope.select(alerts.c.state).order_by(alerts.c.id)
        return list(scope.execute(query).scalars())


def audited(watching) -> list[tuple[str, str]]:
    """Return what was done to findings, and by whom."""
    with watching.database.read_across() as connection:
        rows = connection.execute(select(audit_log.c.action, audit_log.c.actor)).all()
    return [(one.action, one.actor) for one in rows if one.action.startswith("ct-finding")]


@pytest.fixture
def issued(watching, tailing):
    """Return the installation when a certificate was found that a release would refuse."""
    watching.pin("1.0", "old", "backup", share=1.0)
    watching.level(tailing)
    watching.issue(HOST)
    watching.until(watching.found, tailing)
    return watching


def test_the_alert_of_a_finding_is_closed_with_it(issued) -> None:
    """By who acknowledged it; it stays closed however often the certificate is judged."""
    assert states(issued) == [State.OPEN]
    with issued.database.begin(1) as scope:
        said = acknowledge(scope, 1, " Ordered. ", by=ADA, at=issued.clock.at)
    assert (said.by, said.at, said.note) == ("Ada", issued.clock.at, "Ordered.")
    issued.clock.move(days=1)
    issued.again().turn()
    assert states(issued) == [State.RESOLVED]
    assert issued.told() == {}
    [row] = issued.found()
    assert of_row(row) == said
    assert audited(issued) == [("ct-finding.acknowledge", "Ada")]
    with issued.database.begin(1) as scope:
        take_back(scope, 1, by=ADA, at=issued.clock.at)
    assert states(issued)[-1] == State.OPEN


def test_what_is_taken_back_is_told_again(issued) -> None:
    """As it was told before."""
    before = issued.told()["ct-key-not-pinned"]["document"]
    with issued.database.begin(1) as scope:
        acknowledge(scope, 1, "Ordered.", by=ADA, at=issued.clock.at)
        take_back(scope, 1, by=ADA, at=issued.clock.at)
    assert issued.told()["ct-key-not-pinned"]["document"] == before
    assert states(issued) == [State.OPEN]
    [row] = issued.found()
    assert of_row(row) is None
    assert [action for action, _ in audited(issued)][1:] == ["ct-finding.take-back"]


def test_what_gets_worse_is_told_again(watching, tailing) -> None:
    """A note that was acknowledged is no error that was; another rule never was."""
    watching.pin("1.0", "new", "backup", share=1.0)
    watching.level(tailing)
    watching.issue(HOST)
    watching.until(watching.found, tailing)
    watching.expect("Another CA")
    with watching.database.begin(1) as scope:
        acknowledge(scope, 1, "Ordered.", by=ADA, at=watching.clock.at)
        scope.execute(scope.update(findings).values(rule="ct-issuer-unexpected"))
    watching.again().turn()
    assert set(watching.told()) == {"ct-issuer-unexpected"}
    assert audited(watching)[-1] == ("ct-finding.outgrow", "keypin")
    assert [of_row(row) for row in watching.found()] == [None, None]


def test_a_finding_that_is_not_there_is_not_acknowledged(issued) -> None:
    """Nor another organisation's, nor one without a note."""
    at = issued.clock.at
    with issued.database.begin(1) as scope:
        with pytest.raises(UnknownError, match="no finding 9"):
            acknowledge(scope, 9, "x", by=ADA, at=at)
        with pytest.raises(UnknownError, match="no acknowledgement of the finding 1"):
            take_back(scope, 1, by=ADA, at=at)
        with pytest.raises(InputError, match="without a note; expected why nobody else"):
            acknowledge(scope, 1, " ", by=ADA, at=at)
        with pytest.raises(InputError, match="a note of 501 letters; expected 500 at most"):
            acknowledge(scope, 1, "x" * 501, by=ADA, at=at)
    with issued.database.begin(2) as scope, pytest.raises(UnknownError, match="no finding 1"):
        acknowledge(scope, 1, "x", by=ADA, at=at)
