"""Parcels are filed side by side, and whoever names what no report has loses none either."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from keypin.inventory.entries import Application
from keypin.reports import Arrival
from keypin.watch.collecting import filing, judge
from keypin.watch.collecting.batch import pack, unpack
from keypin.watch.collecting.filing import OTHERS, file
from keypin.watch.collecting.parcels import Packer, Parcels
from keypin.watch.inventory import applications
from keypin.watch.store.tables import report_groups, reports


def _parcels(*entries) -> Parcels:
    return Packer().pack(unpack(pack(entries)))


def _file(core, parcels: Parcels) -> None:
    with core.database.begin_across() as connection:
        file(connection, parcels, core.clock())


def _counts(core) -> dict[str, int]:
    with core.database.read_across() as connection:
        return {row.host: row.count for row in connection.execute(select(report_groups))}


def test_what_a_stranger_calls_as_others_are_called_is_filed_with_them(
    any_core, field_, monkeypatch
) -> None:
    """Whether there is room for groups, or their group is there already, or not."""
    monkeypatch.setattr(filing, "MOST_GROUPS", 1)
    parcels = _parcels(*(field_.entry(host=host) for host in ("a.example", "b.example")))
    some = next(iter(parcels.reports.values()))
    parcels.reports[1, OTHERS] = [Arrival(one.report, one.at) for one in some]
    for _ in range(2):
        _file(any_core, parcels)
    assert _counts(any_core) == {"a.example": 2, "others.invalid": 4}
    with any_core.database.read_across() as connection:
        assert len(connection.execute(select(reports)).all()) == 6


def test_groups_that_are_there_grow_in_turn_and_are_judged_meanwhile(
    postgresql, make_core, field_, until_waiting
) -> None:
    """Two machines file reports of one group at once, while a third judges it."""
    core = make_core(postgresql)
    parcels = _parcels(field_.entry(host="a.example"))
    ours = parcels.by_application()[1]
    _file(core, parcels)
    with ThreadPoolExecutor(1) as pool:
        with postgresql.begin_across() as connection:
            drawer = filing.Drawer(connection, 1, 1, core.clock())
            filed = drawer.single(ours)
            with postgresql.begin_across() as other:
                assert judge._claim(other, core.clock(), 10) == [1]
            drawer.lock()
            task = pool.submit(_file, core, parcels)
            until_waiting(task)
            drawer.reports(ours, filed)
        task.result()
    assert _counts(core) == {"a.example": 3}
    with postgresql.read_across() as connection:
        assert len(connection.execute(select(reports)).all()) == 3


def test_who_files_and_who_judges_never_wait_for_each_other(
    postgresql, make_core, field_, until_waiting
) -> None:
    """Though the groups of the second application are older than those of the first."""
    core = make_core(postgresql)
    with postgresql.begin(1) as scope:
        applications.add(scope, Application(name="kiosk"), at=core.clock())
    parcels = [_parcels(field_.entry(application=one)) for one in (1, 2)]
    for one in reversed(parcels):
        _file(core, one)
    group_judge, at = judge.GroupJudge(core), core.clock()
    with postgresql.begin_across() as connection:
        claimed = judge._rows(connection, judge._claim(connection, at, 10))
        rows = [{**row, "leased_until": at + judge.LEASE} for row in claimed]
        judged = [group_judge._judge(connection, row, at) for row in rows]
    with ThreadPoolExecutor(1) as pool:
        with postgresql.begin_across() as connection:
            file(connection, parcels[0], at)
            task = pool.submit(group_judge._write, 1, judged, at)
            until_waiting(task)
            file(connection, parcels[1], at)
        task.result()
    with postgresql.read_across() as connection:
        assert list(connection.execute(select(report_groups.c.count)).scalars()) == [2, 2]


def test_an_application_is_removed_after_what_is_under_way(
    postgresql, make_core, field_, until_waiting
) -> None:
    """Also where that waits for its turn; its reports go with it, and no two block each other."""
    core = make_core(postgresql)

    def remove() -> None:
        with postgresql.begin(1) as scope:
            applications.remove(scope, "shop")

    with ThreadPoolExecutor(2) as pool:
        with postgresql.begin_across() as connection:
            filing.Drawer(connection, 1, 1, core.clock()).lock()
            filed = pool.submit(_file, core, _parcels(field_.entry(host="a.example")))
            until_waiting(filed)
            removed = pool.submit(remove)
            until_waiting(removed, many=2)
            assert not removed.done()
        filed.result()
        removed.result()
    assert _counts(core) == {}
