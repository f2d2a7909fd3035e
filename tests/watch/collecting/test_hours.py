"""Old minutes become hours, and no report is lost or counted twice by it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from keypin.watch.collecting.batch import pack
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.hours import fold_hours
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.store.tables import report_counts


@pytest.mark.parametrize("times", [1, 2])
def test_minutes_that_are_long_past_become_hours(any_core, field_, clock, times) -> None:
    """Those of the last two days stay; folding again changes nothing."""
    begin = clock.at - timedelta(days=3)
    entries = [
        field_.entry(begin + timedelta(minutes=minute), host=host)
        for minute in (0, 1, 59, 60, 61)
        for host in ("a.example.com", "b.example.com")
    ]
    entries += [field_.entry(clock.at - timedelta(minutes=7))]
    batches = open_batches(any_core)
    batches.append(pack(entries), len(entries))
    Sorter(any_core, batches).turn()
    batches.close()
    assert [fold_hours(any_core) for _ in range(times)] == [2, 0][:times]
    with any_core.database.read_across() as connection:
        query = select(report_counts.c.minute, func.sum(report_counts.c.count))
        rows = connection.execute(
            query.group_by(report_counts.c.minute).order_by(report_counts.c.minute)
        )
        counts = [(row[0], int(row[1])) for row in rows]
    hour = begin + timedelta(hours=1)
    assert counts == [(begin, 6), (hour, 4), (clock.at - timedelta(minutes=7), 1)]
