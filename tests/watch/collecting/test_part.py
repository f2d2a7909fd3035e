"""The collector's loops, as the service runs them."""

from sqlalchemy import select

from keypin.watch.collecting.batch import pack
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.part import declare, empty
from keypin.watch.store.tables import report_groups
from keypin.watch.supervisor import Supervisor


def _put(core, field) -> None:
    batches = open_batches(core)
    batches.append(pack([field.entry()]), 1)
    batches.close()


def test_what_comes_in_is_sorted_and_judged(any_core, field_) -> None:
    """Within seconds, by the loops alone; and they end when they are told to."""
    supervisor = Supervisor(declare(any_core))
    _put(any_core, field_)
    supervisor.start()
    query = select(report_groups.c.classification)
    found = None
    while found in {None, "unjudged"}:
        with any_core.database.read_across() as connection:
            found = connection.execute(query).scalar()
    assert supervisor.problems() == []
    supervisor.stop()
    assert found == "unknown"


def test_shares_and_hours_have_their_schedule(any_core) -> None:
    """Every hour, by one of all machines."""
    declare(any_core)
    assert set(any_core.work.declared.schedules) == {"measure shares", "fold counts of reports"}
    assert any_core.work.run_due() == 2


def test_all_that_waits_is_sorted_before_a_move(any_core, field_) -> None:
    """A report that was acknowledged moves with the rest."""
    _put(any_core, field_)
    _put(any_core, field_)
    empty(any_core)
    with any_core.database.read_across() as connection:
        assert connection.execute(select(report_groups.c.count)).scalar() == 2
