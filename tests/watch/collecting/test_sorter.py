"""Each report that was acknowledged is sorted once, whatever happens in between."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text

from keypin.reports import Group, loads, skim
from keypin.watch.collecting import filing, filing_counts
from keypin.watch.collecting.batch import Entry, Kind, pack
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.inventory import applications
from keypin.watch.inventory.chains import Chains
from keypin.watch.store.tables import check_ins, report_counts, report_groups, reports

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def batches(any_core):
    """Return the intake of each kind of database in turn."""
    opened = open_batches(any_core)
    yield opened
    opened.close()


@pytest.fixture
def sorter(any_core, batches):
    """Return what sorts it."""
    return Sorter(any_core, batches)


@pytest.fixture
def sort(batches, sorter):
    """Return a function that has entries sorted, a batch for each call."""

    def go(*entries: Entry) -> None:
        batches.append(pack(entries), len(entries))
        assert sorter.turn() == 1

    return go


def _all(core, table):
    with core.database.read_across() as connection:
        return connection.execute(select(table).order_by(table.c.id)).all()


def test_reports_of_one_event_are_one_group(any_core, sort, field_, clock) -> None:
    """It grows from batch to batch; each report is a row, and each minute a count."""
    at = clock.at
    sort(*(field_.entry(at, source=number) for number in range(3)))
    later = at + timedelta(minutes=1)
    sort(field_.entry(later, source=1), field_.entry(later, host="b.example.com"))
    one, other = _all(any_core, report_groups)
    assert (one.host, one.count, one.first_at, one.last_at) == ("api.example.com", 4, at, later)
    assert (other.host, other.count, other.organisation) == ("b.example.com", 1, 1)
    group = loads(Group, one.folded)
    assert (group.count, group.sources.distinct, group.key.id) == (4, 3, one.fingerprint)
    counts = [(row.report_group, row.minute, row.count) for row in _all(any_core, report_counts)]
    assert counts == [(one.id, at, 3), (one.id, later, 1), (other.id, later, 1)]
    row = _all(any_core, reports)[0]
    assert (row.version, row.platform, row.country, row.form) == (
        "3.2",
        "ios",
        "DE",
        "trustkit-ios",
    )
    assert row.network == "192.0.0.0/24"


def test_the_chain_of_a_group_is_kept(any_core, sort, field_) -> None:
    """A page can show what the clients were shown."""
    sort(field_.entry())
    (row,) = _all(any_core, report_groups)
    with any_core.database.read_across() as connection:
        (chain,) = Chains().read(connection, [row.chain]).values()
    assert [one.der for one in chain] == [field_.leaf().der, field_.root.der]


def test_check_ins_are_counts_and_nothing_else(any_core, sort, clock) -> None:
    """Of whom is not even in the batch."""
    at = int(clock.at.timestamp() * 1_000_000)
    one = Entry(Kind.CHECK_IN, 1, at, None, None, None, "", b"3.2")
    sort(one, one)
    sort(one)
    (row,) = _all(any_core, check_ins)
    assert (row.version, row.day, row.count) == ("3.2", clock.at.date(), 3)


def test_a_turn_that_fails_is_taken_back_whole(any_core, batches, sorter, field_) -> None:
    """What was half written is gone, and the batch is sorted once the trouble is over."""
    batches.append(pack([field_.entry()]), 1)
    with any_core.database.begin_across() as connection:
        connection.execute(text("ALTER TABLE report_counts RENAME TO elsewhere"))
    with pytest.raises(Exception, match="report_counts"):
        sorter.turn()
    assert _all(any_core, report_groups) == []
    with any_core.database.begin_across() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO report_counts"))
    assert (sorter.turn(), sorter.turn()) == (1, 0)
    assert [row.count for row in _all(any_core, report_groups)] == [1]


def test_what_is_of_an_application_that_is_gone_goes_with_it(any_core, sort, field_) -> None:
    """Neither is anybody else's report held up."""
    sort(field_.entry(application=99), field_.entry())
    assert [row.application for row in _all(any_core, reports)] == [1]
    with any_core.database.begin(1) as scope:
        applications.remove(scope, "shop")
    sort(field_.entry())
    assert _all(any_core, reports) == []


def test_what_strangers_say_fits_any_database(any_core, sort, field_) -> None:
    """However long it is, and with the one character that PostgreSQL does not keep."""
    sort(field_.entry(**{"app-version": "3\0" + "x" * 200, "app-platform-version": "\0" * 150}))
    (row,) = _all(any_core, reports)
    assert row.version == "3\N{REPLACEMENT CHARACTER}" + "x" * 98
    assert len(row.platform) == 100


def test_what_cannot_be_read_in_a_repetition_is_left_out(any_core, sort, field_, caplog) -> None:
    """The rest was acknowledged, and is filed; a log says what is missing, in words of ours."""
    odd = {"date-time": "yesterday", "noted-hostname": "-", "served-certificate-chain": ["?"]}
    with caplog.at_level(logging.WARNING):
        sort(field_.entry(), field_.entry(**{"date-time": "yesterday"}))
        sort(replace(field_.entry(), body=skim(field_.report(**odd)).kept))
    (group,) = _all(any_core, report_groups)
    assert group.count == 3
    found = [(row.received_at, row.occurred_at is None) for row in _all(any_core, reports)]
    assert found == [(NOON, False), (NOON, True), (NOON, True)]
    assert "filed without what cannot be read in them: date-time" in caplog.text
    assert "date-time, noted-hostname, served-certificate-chain" in caplog.text
    assert "yesterday" not in caplog.text


def test_what_is_left_of_a_report_names_no_other_group(any_core, sort, field_) -> None:
    """A chain without its first certificate is of nobody; whole ones that follow are as ever."""
    chain = json.loads(field_.report())["validated-certificate-chain"]
    broken = [chain[0].replace("BEGIN CERTIFICATE", "BEGINCERTIFICATE"), *chain[1:]]
    one = field_.entry(**{"validated-certificate-chain": broken})
    assert one.fingerprint == field_.entry().fingerprint
    sort(one)
    sort(field_.entry())
    assert [row.chain is None for row in _all(any_core, report_groups)] == [True, False]


def test_what_is_no_report_holds_up_no_other(any_core, sort, field_, caplog) -> None:
    """The door lets none in; a batch of another version may hold one."""
    sort(replace(field_.entry(), body=b"{}"), field_.entry())
    assert len(_all(any_core, reports)) == 1
    assert "1 reports that were taken are none" in caplog.text


def test_a_batch_that_is_none_holds_up_no_other(any_core, batches, sorter, field_, caplog) -> None:
    """As after a disk went bad."""
    batches.append(b"rubbish", 1)
    batches.append(pack([field_.entry()]), 1)
    while sorter.turn():
        pass
    assert len(_all(any_core, reports)) == 1
    assert "a batch of 7 bytes is lost" in caplog.text


def test_whoever_names_ever_new_hosts_fills_no_disk(any_core, sort, field_, monkeypatch) -> None:
    """Beyond a number of groups they are one."""
    monkeypatch.setattr(filing, "MOST_GROUPS", 3)
    hosts = [f"h{number}.example.com" for number in range(6)]
    sort(*(field_.entry(host=host) for host in hosts[:2]))
    sort(*(field_.entry(host=host) for host in hosts))
    sort(*(field_.entry(host=host) for host in hosts))
    found = {row.host: row.count for row in _all(any_core, report_groups)}
    assert found == {hosts[0]: 3, hosts[1]: 3, hosts[2]: 2, "others.invalid": 6}
    assert len(_all(any_core, reports)) == 14


def test_whoever_names_ever_new_versions_fills_no_disk(any_core, sort, clock, monkeypatch) -> None:
    """Beyond a number of versions in a day they are others."""
    monkeypatch.setattr(filing_counts, "MOST_VERSIONS", 2)
    at = int(clock.at.timestamp() * 1_000_000)
    bodies = [b"1", b"2", b"3", b"4", b"1"]
    sort(*(Entry(Kind.CHECK_IN, 1, at, None, None, None, "", body) for body in bodies))
    found = {row.version: row.count for row in _all(any_core, check_ins)}
    assert found == {"1": 2, "2": 1, "others": 2}


def test_two_machines_sort_side_by_side(postgresql, make_core, field_) -> None:
    """Neither takes what the other has, and both let the same groups grow."""
    core = make_core(postgresql)
    batches = open_batches(core)
    for number in range(40):
        batches.append(pack([field_.entry(source=number), field_.entry(host="b.example.com")]), 2)

    def go() -> None:
        sorter = Sorter(core, batches)
        while sorter.turn():
            sorter._size = 500  # one batch in a turn, so that both have many

    machines = [threading.Thread(target=go) for _ in range(2)]
    for one in machines:
        one.start()
    for one in machines:
        one.join()
    assert batches.waiting() == 0
    assert [row.count for row in _all(core, report_groups)] == [40, 40]
    assert len(_all(core, reports)) == 80
