"""Wrong tries are answered by growing, bounded delays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from keypin.watch.people import lockout
from keypin.watch.store.tables import accounts


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 0), (4, 0), (5, 1), (6, 2), (8, 8), (9, 15), (10**6, 15)]
)
def test_the_delay_doubles_up_to_a_quarter_of_an_hour(failures, minutes) -> None:
    """So that who knows a mail cannot lock its owner out for long."""
    assert lockout.delay(failures) == timedelta(minutes=minutes)


def begin(people, account) -> bool:
    """Begin a try."""
    with people.database.begin_across() as connection:
        return lockout.begin_try(connection, account, people.at)


def test_five_tries_are_free_and_then_the_account_waits(any_people) -> None:
    """A try while it waits is not judged, and not counted."""
    account = any_people.account("Ada")
    assert [begin(any_people, account) for _ in range(7)] == [True] * 5 + [False] * 2
    any_people.later(minutes=1)
    assert begin(any_people, account)
    assert not begin(any_people, account)


def test_a_clock_that_was_ahead_locks_nobody_out(people) -> None:
    """Perhaps the only owner, and for a day."""
    account = people.account("Ada")
    people.later(days=1)
    assert [begin(people, account) for _ in range(6)] == [True] * 5 + [False]
    people.later(days=-1)
    assert begin(people, account)


def test_a_right_try_is_taken_back_and_earlier_ones_stay(people) -> None:
    """Else the password would reset the count of wrong codes."""
    account = people.account("Ada")
    for _ in range(3):
        begin(people, account)
    with people.database.begin_across() as connection:
        lockout.take_back(connection, account)
        query = select(accounts.c.failures)
        assert connection.execute(query).scalar_one() == 2
        lockout.forget(connection, account)
        assert connection.execute(query).scalar_one() == 0
