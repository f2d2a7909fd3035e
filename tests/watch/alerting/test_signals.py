"""Signals are kept by fingerprint, and looked at anew only where they say another thing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import RowMapping, select

from keypin.alerts import Signal, Subject
from keypin.findings import Severity
from keypin.watch.alerting.signals import clear_others, tell
from keypin.watch.store import Database
from keypin.watch.store.tables import signals

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)


def signal(host: str) -> Signal:
    """Return the signal that a release refuses what a host serves."""
    return Signal(
        id="chain-refused",
        severity=Severity.ERROR,
        subject=Subject("endpoint", f"{host}.example.com:443"),
        title=f"shop 3.2 refuses what {host}.example.com:443 serves",
        evidence=("no pin matches",),
        link="/endpoints/7",
    )


def told(database: Database, *several: Signal, at: datetime = NOW) -> int:
    """Tell signals of the organisation `acme`."""
    with database.begin(1) as scope:
        return tell(scope, several, at)


def kept(database: Database) -> list[RowMapping]:
    """Return all rows, in the order of their subjects."""
    with database.read_across() as connection:
        query = select(signals).order_by(signals.c.subject, signals.c.organisation)
        return list(connection.execute(query).mappings())


def taken(database: Database) -> None:
    """Have alerting take everything."""
    with database.begin_across() as connection:
        connection.execute(signals.update().values(taken=True))


def test_a_new_signal_waits_to_be_taken(any_database: Database) -> None:
    """What is told for the first time is news, and bears its organisation's name."""
    assert told(any_database, signal("a")) == 1
    (row,) = kept(any_database)
    assert (row["taken"], row["holds"], row["since"]) == (False, True, NOW)
    assert row["document"]["organisation"] == "acme"
    assert row["fingerprint"] == replace(signal("a"), organisation="acme").fingerprint


def test_the_same_signal_again_is_no_news(any_database: Database) -> None:
    """What is told again as it was has been seen again, and that is all."""
    told(any_database, signal("a"))
    taken(any_database)
    assert told(any_database, signal("a"), at=SOON) == 0
    (row,) = kept(any_database)
    assert (row["taken"], row["since"], row["seen_at"]) == (True, NOW, SOON)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(replace(signal("a"), severity=Severity.WARNING), id="severity"),
        pytest.param(replace(signal("a"), evidence=("another",)), id="evidence"),
        pytest.param(replace(signal("a"), holds=False), id="cleared"),
    ],
)
def test_another_word_is_news(database: Database, changed: Signal) -> None:
    """What says another thing is looked at anew."""
    told(database, signal("a"))
    taken(database)
    assert told(database, changed, at=SOON) == 1
    (row,) = kept(database)
    assert (row["taken"], row["holds"]) == (False, changed.holds)
    assert row["since"] == (NOW if changed.holds else SOON)


def test_what_never_held_is_not_kept(database: Database) -> None:
    """That something has cleared which was never told is nothing to remember."""
    assert told(database, replace(signal("a"), holds=False)) == 0
    assert kept(database) == []


def test_others_of_a_subject_clear(any_database: Database) -> None:
    """A part says what holds of a subject; all else that it judges has cleared there."""
    other = replace(signal("a"), id="chain-invalid")
    foreign = replace(signal("a"), id="ct-unknown-key")
    told(any_database, signal("a"), other, foreign, signal("b"))
    subject, ids = Subject("endpoint", "a.example.com:443"), ("chain-refused", "chain-invalid")
    with any_database.begin(1) as scope:
        assert clear_others(scope, [signal("a")], SOON, ids=ids, subject=subject) == 1
    held = {(row["rule"], row["subject"][0]): row["holds"] for row in kept(any_database)}
    assert held == {
        ("chain-refused", "a"): True,
        ("chain-invalid", "a"): False,
        ("ct-unknown-key", "a"): True,
        ("chain-refused", "b"): True,
    }


def test_others_clear_wherever_they_are(database: Database) -> None:
    """Without a subject, all others of the kinds have cleared, and only once."""
    told(database, signal("a"), signal("b"))
    with database.begin(1) as scope:
        assert clear_others(scope, [signal("a")], SOON, ids=("chain-refused",)) == 1
        assert clear_others(scope, [signal("a")], SOON, ids=("chain-refused",)) == 0


def test_organisations_have_signals_of_their_own(any_database: Database) -> None:
    """The same trouble of two organisations is two, and one clears neither for the other."""
    told(any_database, signal("a"))
    with any_database.begin(2) as scope:
        tell(scope, [signal("a")], NOW)
        clear_others(scope, [], NOW, ids=("chain-refused",))
    assert [row["holds"] for row in kept(any_database)] == [True, False]


def test_a_nul_is_kept_from_the_database(any_database: Database) -> None:
    """A character that PostgreSQL does not keep is replaced, and no news the second time."""
    odd = replace(signal("a"), title="a\0b", evidence=("c\0d",))
    told(any_database, odd)
    assert told(any_database, odd, at=SOON) == 0
    (row,) = kept(any_database)
    assert (row["title"], row["document"]["evidence"]) == ("a\ufffdb", ["c\ufffdd"])


def test_a_thousand_signals_take_few_statements(database: Database) -> None:
    """A part tells all that it knows again and again, and that costs little."""
    many = [replace(signal("a"), distinct=str(number)) for number in range(1000)]
    assert told(database, *many) == 1000
    assert told(database, *many, at=SOON) == 0
