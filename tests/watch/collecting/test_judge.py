"""What a group is, and whether it is a burst, is known within seconds, and told once."""

import ssl
from datetime import timedelta

import pytest
from sqlalchemy import select

from keypin.certs import Certificate
from keypin.watch.alerting.documents import signal_of
from keypin.watch.collecting import bursts
from keypin.watch.collecting.batch import pack
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.bursts import BURST
from keypin.watch.collecting.judge import LEASE, GroupJudge
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.inventory import chains
from keypin.watch.settings import Addresses
from keypin.watch.store.tables import endpoints, observations, report_groups, signals


@pytest.fixture
def watch(any_core, field_):
    """Return an installation with what sorts and judges its reports."""
    return Watching(any_core, field_)


class Watching:
    """An installation in which reports come in, and are judged."""

    def __init__(self, core, field) -> None:
        self.core = core
        self.field = field
        self.batches = open_batches(core)
        self.sorter = Sorter(core, self.batches)
        self.judge = GroupJudge(core)

    def report(self, number: int = 1, *, sources: int | None = None, **members: object) -> None:
        """Let reports come in at this moment, each of another source, or of so many."""
        entries = [
            self.field.entry(self.core.clock(), source=one % (sources or number) + 1, **members)
            for one in range(number)
        ]
        self.batches.append(pack(entries), number)
        self.sorter.turn()

    def group(self):
        """Return the group, judged."""
        self.judge.turn()
        with self.core.database.read_across() as connection:
            return connection.execute(select(report_groups)).one()

    def signals(self):
        """Return the signals, and whether each holds."""
        with self.core.database.read_across() as connection:
            rows = connection.execute(select(signals)).all()
        return [(signal_of(row.document), row.holds) for row in rows]


def test_a_group_is_classified_once_it_is_there(watch) -> None:
    """With its evidence, and what to do."""
    watch.report(3)
    found = watch.group()
    assert (found.classification, found.severity) == ("unknown", "warning")
    assert found.document["evidence"][-4].startswith("3 reports from 3 sources")
    assert found.document["next_step"]
    assert found.judged_at == watch.core.clock()
    assert watch.signals() == []


def test_a_group_that_grows_is_judged_every_few_seconds_and_no_more(watch, clock) -> None:
    """However many reports come in."""
    watch.report()
    assert watch.group().count == 1
    clock.move(seconds=1)
    watch.report()
    assert watch.judge.turn() == 0
    clock.move(seconds=4)
    assert watch.judge.turn() == 1
    assert "2 reports" in watch.group().document["evidence"][-4]


def test_a_burst_is_told_at_once_and_cleared_when_it_is_over(watch, clock) -> None:
    """With who is refused where, why, and what to do; and again when it ends."""
    watch.report(30)
    began = bursts.start_of(clock.at)
    assert watch.group().burst_since == began
    ((signal, holds),) = watch.signals()
    assert (signal.id, signal.severity, holds) == (BURST, "error", True)
    assert signal.title.startswith("shop is refused at api.example.com: ")
    assert (signal.application, signal.subject.key) == ("shop", "shop at api.example.com")
    assert dict(signal.facts)["reports"] == "30"
    assert signal.next_step
    for _ in range(5):
        clock.move(minutes=5, seconds=31)
        watch.judge.turn()
    assert watch.group().burst_since is None
    assert [holds for _, holds in watch.signals()] == [False]


def test_a_burst_that_lasts_is_one(watch, clock) -> None:
    """It is told with what it has grown to at each stretch, and stays one signal."""
    for _ in range(3):
        watch.report(30)
        watch.judge.turn()
        clock.move(minutes=5, seconds=31)
    ((signal, holds),) = watch.signals()
    assert (holds, dict(signal.facts)["reports"]) == (True, "90")


def test_a_trickle_is_noise(watch, clock) -> None:
    """A report now and then, of anybody, is told to nobody."""
    for _ in range(12):
        watch.report(2)
        watch.judge.turn()
        clock.move(minutes=5)
    assert watch.signals() == []


def test_one_client_in_a_loop_is_noise(watch) -> None:
    """A hundred reports of one source."""
    watch.report(100, sources=1)
    assert watch.group().classification == "one-client"
    assert watch.signals() == []


def test_where_no_source_is_kept_reports_count(make_core, database, field_) -> None:
    """Nothing else is known there."""
    core = make_core(database, addresses=Addresses.NOTHING)
    watch = Watching(core, field_)
    entries = [_nameless(field_.entry()) for _ in range(30)]
    watch.batches.append(pack(entries), 30)
    watch.sorter.turn()
    assert watch.group().burst_since is not None


def _nameless(entry):
    return type(entry)(entry.kind, 1, entry.at, None, None, None, entry.fingerprint, entry.body)


def test_what_our_own_probes_saw_is_our_own_rotation(
    make_core, any_database, field_, tmp_path, clock
) -> None:
    """The key that clients refuse is the one that our endpoint shows since an hour ago."""
    roots = tmp_path / "roots.pem"
    roots.write_text(ssl.DER_cert_to_PEM_cert(field_.root.der))
    core = make_core(any_database, trust=roots)
    watch = Watching(core, field_)
    _observe(core, clock, field_.leaf().der, field_.root.der)
    _observe(core, clock, field_.leaf("b.example.com").der, field_.root.der)
    watch.report(30)
    found = watch.group()
    assert (found.classification, found.benign, found.severity) == ("own-rotation", True, "error")
    ((signal, _),) = watch.signals()
    assert dict(signal.facts)["benign"] == "yes"


def _observe(core, clock, *ders: bytes) -> None:
    """Let a probe have seen a chain at the host; it may be somebody else's."""
    chain = tuple(map(Certificate.from_der, ders))
    digest = chains.digest_of(chain)
    with core.database.begin(1) as scope:
        chains.keep(scope.connection, {digest: chain})
        endpoint = scope.value(scope.select(endpoints.c.id)) or scope.add(
            endpoints,
            host="api.example.com",
            port=443,
            protocol="tls",
            origin="hand",
            tags=[],
            interval=3600,
            created_at=clock.at,
            state="fine",
        )
        scope.add(
            observations,
            endpoint=endpoint,
            vantage=digest.hex(),
            address="192.0.2.1",
            key_type="any",
            chain=digest,
            detail={},
            first_seen_at=clock.at - timedelta(hours=1),
            last_seen_at=clock.at,
        )


def test_a_judge_that_dies_leaves_its_groups_to_others(watch, clock, monkeypatch) -> None:
    """They are due again when its lease has ended."""
    watch.report(30)
    monkeypatch.setattr(watch.judge, "_write", lambda *_: None)
    assert watch.judge.turn() == 1
    other = GroupJudge(watch.core)
    assert other.turn() == 0
    clock.move(seconds=LEASE.total_seconds())
    assert other.turn() == 1
    assert len(watch.signals()) == 1


def test_what_comes_in_during_a_judgement_is_judged_as_well(watch, clock) -> None:
    """A group that grew since it was read stays due."""
    watch.report(1)
    write = watch.judge._write

    def late(*arguments: object) -> None:
        watch.report(1)
        write(*arguments)

    watch.judge._write = late
    watch.judge.turn()
    watch.judge._write = write
    clock.move(seconds=5)
    assert watch.judge.turn() == 1
    assert "2 reports" in watch.group().document["evidence"][-4]


def test_a_group_that_a_clock_was_ahead_for_is_judged_when_it_is_right(watch, clock) -> None:
    """It was set back before anybody judged, and nothing more comes."""
    clock.move(days=1)
    watch.report(1)
    clock.move(days=-1)
    assert watch.judge.turn() == 0
    watch.judge.recall(clock.at)
    assert watch.judge.turn() == 0
    watch.judge.recall(clock.at, everything=True)
    assert watch.judge.turn() == 1


def test_a_group_judged_by_a_clock_that_was_ahead_is_judged_anew(watch, clock) -> None:
    """By whoever starts when it is right again."""
    clock.move(days=1)
    watch.report(1)
    watch.judge.turn()
    watch.report(1)
    clock.move(days=-1)
    assert watch.judge.turn() == 0
    watch.judge.recall(clock.at)
    assert watch.judge.turn() == 1


def test_a_clock_that_jumps_a_day_hides_no_burst(watch, clock) -> None:
    """Neither ahead nor back."""
    watch.report(1)
    watch.judge.turn()
    clock.move(days=1)
    watch.report(1)
    watch.judge.turn()
    clock.move(days=-1)
    watch.report(30)
    clock.move(seconds=5)
    assert watch.group().burst_since is not None
    assert [holds for _, holds in watch.signals()] == [True]
