"""A group that is marked as known is told to nobody, until it is worse than what was marked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from keypin.errors import InputError
from keypin.findings import Severity
from keypin.reports import Classification
from keypin.watch.alerting.documents import signal_of
from keypin.watch.alerting.engine import Engine
from keypin.watch.collecting import judge as judging
from keypin.watch.collecting import knowing
from keypin.watch.collecting.batch import pack
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.judge import GroupJudge
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.inventory import TakenError, UnknownError
from keypin.watch.people.audit import Actor
from keypin.watch.store.tables import alerts, audit_log, report_groups, signals

ADA = Actor("ada@example.com")


class Watching:
    """An installation in which a group bursts, is judged, and is told."""

    def __init__(self, core, field) -> None:
        self.core = core
        self.field = field
        self.batches = open_batches(core)
        self.sorter = Sorter(core, self.batches)
        self.judge = GroupJudge(core)

    def report(self, number: int = 30) -> None:
        """Let reports come in, each of another source, and have them judged and told."""
        at = self.core.clock()
        entries = [self.field.entry(at, source=one + 1) for one in range(number)]
        self.batches.append(pack(entries), number)
        self.sorter.turn()
        self.turn()

    def turn(self) -> None:
        """Have judged and told what is due."""
        while self.judge.turn():
            pass
        while Engine(self.core.database).turn(self.core.clock()):
            pass

    def group(self):
        """Return the group."""
        with self.core.database.read_across() as connection:
            return connection.execute(select(report_groups)).one()

    def told(self) -> list[str]:
        """Return the states of all alerts."""
        with self.core.database.read_across() as connection:
            rows = connection.execute(select(alerts.c.state).order_by(alerts.c.id))
            return list(rows.scalars())

    def holding(self) -> list[str]:
        """Return the classification of each signal that holds."""
        with self.core.database.read_across() as connection:
            rows = connection.execute(select(signals.c.document).where(signals.c.holds)).scalars()
            return [dict(signal_of(one).facts)["classification"] for one in rows]

    def written(self) -> list[str]:
        """Return the actions of the audit log, with who did them."""
        with self.core.database.read_across() as connection:
            rows = connection.execute(select(audit_log).order_by(audit_log.c.id)).all()
        return [f"{row.actor}: {row.action}" for row in rows]

    def mark(self, note: str = "the pilot", *, days: float | None = 7, seen=None) -> None:
        """Mark the group as what it is."""
        row, at = self.group(), self.core.clock()
        until = None if days is None else at + timedelta(days=days)
        seen = seen or (row.classification, row.severity)
        with self.core.database.begin(1) as scope:
            knowing.mark(scope, row.id, note, seen, until=until, by=ADA, at=at)
        self.turn()

    def unmark(self) -> None:
        """Take the mark off."""
        with self.core.database.begin(1) as scope:
            knowing.unmark(scope, self.group().id, by=ADA, at=self.core.clock())
        self.turn()

    def known(self) -> bool:
        """Tell whether the group is known now."""
        holds = knowing.holding(self.core.clock())
        with self.core.database.read_across() as connection:
            return bool(connection.execute(select(report_groups.c.id).where(holds)).all())


@pytest.fixture
def watch(any_core, field_):
    """Return an installation with a burst that is told, on each kind of database in turn."""
    found = Watching(any_core, field_)
    found.report()
    return found


@pytest.fixture
def becomes(monkeypatch):
    """Return what has the judge find another classification of everything."""

    def change(name: str, severity: str, *, benign: bool | None) -> None:
        found = Classification(
            id=name,
            severity=Severity(severity),
            message="it is so",
            next_step="look",
            benign=benign,
        )
        monkeypatch.setattr(judging, "classify", lambda *_: found)

    return change


def test_marking_closes_the_alert_and_the_burst_is_told_no_more(watch, clock) -> None:
    """However much it grows; what comes in is counted."""
    assert watch.told() == ["open"]
    watch.mark()
    assert (watch.told(), watch.holding(), watch.known()) == (["resolved"], [], True)
    assert watch.group().burst_since is None
    clock.move(minutes=6)
    watch.report(60)
    assert (watch.told(), watch.holding(), watch.group().count) == (["resolved"], [], 90)
    log = watch.written()
    assert log == [f"{ADA.name}: alert.closed", f"{ADA.name}: report-group.mark"]


def test_a_group_is_marked_before_it_bursts(any_core, field_, clock, becomes) -> None:
    """Nobody hears of it then, either."""
    becomes("intercepting-proxy", "warning", benign=False)
    watch = Watching(any_core, field_)
    watch.report(3)
    watch.mark()
    clock.move(minutes=6)
    watch.report(60)
    assert watch.told() == []


def test_unmarked_it_is_told_again_while_it_bursts(watch) -> None:
    """And both are written down."""
    watch.mark()
    watch.unmark()
    assert (watch.told()[-1], len(watch.holding()), watch.known()) == ("open", 1, False)
    assert watch.written()[-1] == f"{ADA.name}: report-group.unmark"
    row = watch.group()
    assert (row.known_since, row.known_until, row.known) == (None, None, None)


def test_when_its_day_is_over_it_is_told(watch, clock) -> None:
    """By itself, at that moment."""
    watch.mark(days=1 / 24 / 12)
    clock.move(minutes=4)
    watch.report(60)
    assert watch.holding() == []
    clock.move(minutes=1)
    watch.turn()
    assert (len(watch.holding()), watch.known()) == (1, False)


def test_what_ends_quietly_is_judged_at_its_end(any_core, field_, clock) -> None:
    """A group that nobody reports any more is looked at once more then, and never again."""
    watch = Watching(any_core, field_)
    watch.report(3)
    watch.mark(days=7)
    clock.move(days=3)
    watch.turn()
    assert watch.group().judge_at == clock.at + timedelta(days=4)
    clock.move(days=4)
    watch.turn()
    assert watch.group().judge_at is None


def test_it_speaks_when_it_turns_into_an_attack_on_many(watch, clock, becomes) -> None:
    """The mark ends with that, and nothing brings it back."""
    becomes("intercepting-proxy", "warning", benign=False)
    clock.move(minutes=6)
    watch.report(60)
    watch.mark(days=None)
    becomes("attack", "error", benign=False)
    clock.move(minutes=6)
    watch.report(60)
    assert (watch.holding(), watch.known()) == (["attack"], False)
    assert watch.told()[-1] == "open"
    with watch.core.database.read(1) as scope:
        mark = knowing.mark_of(scope.row(scope.select(report_groups)))
    assert (mark.outgrown, mark.until, mark.of.classification) == (
        "attack",
        clock.at,
        "intercepting-proxy",
    )
    assert watch.written()[-1] == "keypin: report-group.outgrow"
    becomes("intercepting-proxy", "warning", benign=False)
    clock.move(minutes=6)
    watch.report(60)
    assert watch.holding() == ["intercepting-proxy"]


def test_it_stays_quiet_where_it_gets_lighter(watch, clock, becomes) -> None:
    """Which is no reason to look at it again."""
    watch.mark()
    becomes("wrong-clock", "warning", benign=True)
    clock.move(minutes=6)
    watch.report(60)
    assert (watch.holding(), watch.known()) == ([], True)


def test_a_mark_that_is_set_while_it_is_judged_holds(watch, clock) -> None:
    """What was judged without knowing of it tells nobody."""
    clock.move(minutes=6)
    write = watch.judge._write

    def late(*arguments: object) -> None:
        watch.judge._write = write
        watch.mark()
        write(*arguments)

    watch.judge._write = late
    watch.report(60)
    assert (watch.told(), watch.holding(), watch.known()) == (["resolved"], [], True)


def test_a_group_that_goes_while_it_is_judged_is_told_to_nobody(watch, clock) -> None:
    """Its application is removed, say."""
    clock.move(minutes=6)
    write = watch.judge._write

    def late(*arguments: object) -> None:
        with watch.core.database.begin(1) as scope:
            scope.execute(scope.delete(report_groups))
            scope.execute(scope.delete(signals))
        write(*arguments)

    watch.judge._write = late
    watch.report(60)
    assert watch.holding() == []


def test_it_is_marked_as_what_was_seen(watch) -> None:
    """Not as what it became since: that nobody has looked at."""
    with pytest.raises(TakenError) as caught:
        watch.mark(seen=("captive-portal", "note"))
    said = "the group is one-country (error) by now; look at it again before you mark it"
    assert str(caught.value) == said
    assert not watch.known()


def test_what_may_be_an_attack_needs_a_day_within_a_month(watch, clock, becomes) -> None:
    """Nobody forgets it there."""
    becomes("attack", "error", benign=None)
    clock.move(minutes=6)
    watch.report(60)
    for days in (None, 32):
        with pytest.raises(InputError) as caught:
            watch.mark(days=days)
        assert str(caught.value) == (
            "until: attack may be an attack; expected a last day within 30 days; "
            "name one, and look at the group again then"
        )
    watch.mark(days=31)
    assert watch.known()


@pytest.mark.parametrize(
    ("note", "days", "text"),
    [
        (" ", 1, "note: a mark without a note; expected why nobody needs to hear of it"),
        ("x" * 501, 1, "note: a note of 501 letters; expected 500 at most"),
        ("x", 0, "until: a mark that has ended already; expected a day that is to come"),
    ],
)
def test_what_is_no_mark_is_refused(watch, note: str, days: float, text: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(InputError) as caught:
        watch.mark(note, days=days)
    assert str(caught.value) == text
    assert not watch.known()


def test_what_was_not_judged_or_is_not_there_is_not_marked(watch) -> None:
    """Nobody can have looked at it."""
    with watch.core.database.begin(1) as scope:
        scope.execute(scope.update(report_groups).values(classification="unjudged"))
    with pytest.raises(InputError, match="was not judged yet"):
        watch.mark()
    with watch.core.database.begin(1) as scope:
        at = watch.core.clock()
        with pytest.raises(UnknownError, match="no report group 4711"):
            knowing.mark(scope, 4711, "x", ("x", "note"), until=None, by=ADA, at=at)
        with pytest.raises(UnknownError, match="no mark of the report group"):
            knowing.unmark(scope, watch.group().id, by=ADA, at=at)


def test_another_organisation_marks_nothing(watch) -> None:
    """The group is not there for it."""
    with watch.core.database.begin(2) as scope, pytest.raises(UnknownError):
        knowing.unmark(scope, watch.group().id, by=ADA, at=watch.core.clock())
