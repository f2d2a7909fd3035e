"""Which keys are known, without a query for each report."""

import asyncio

from keypin.inventory.entries import Application
from keypin.watch.collecting.register import Register
from keypin.watch.inventory import applications
from keypin.watch.store.tables import applications as table


def _key(core, name: str) -> str:
    with core.database.read(1) as scope:
        return applications.find(scope, name).report_key


def test_a_key_is_found_and_another_is_not(any_core) -> None:
    """By the number of its application."""
    register = Register(any_core)
    key, at = _key(any_core, "shop"), any_core.clock()

    async def go() -> None:
        assert await register.find(key, at) == 1
        assert await register.find("nobody", at) is None

    asyncio.run(go())


def test_many_who_ask_at_once_are_one_query(core) -> None:
    """As in the first moment after a start, and none of them is turned away."""
    register = Register(core)
    key, at = _key(core, "shop"), core.clock()
    looks = []
    look = register._look
    register._look = lambda moment: looks.append(moment) or look(moment)

    async def go() -> None:
        found = await asyncio.gather(*(register.find(key, at) for _ in range(50)))
        assert found == [1] * 50

    asyncio.run(go())
    assert looks == [at]


def test_what_is_known_is_used_while_it_is_read_anew(core, clock) -> None:
    """Nobody waits; a key that is gone is gone a moment later."""
    register = Register(core)
    key = _key(core, "shop")

    async def go() -> None:
        assert await register.find(key, clock.at) == 1
        with core.database.begin(1) as scope:
            applications.remove(scope, "shop")
        clock.move(seconds=5)
        assert await register.find(key, clock.at) == 1
        await register._reading
        assert await register.find(key, clock.at) is None

    asyncio.run(go())


def test_a_new_key_is_looked_for_once_a_second(core, clock) -> None:
    """However many wrong ones are tried in between."""
    register = Register(core)

    async def go() -> None:
        await register.find("wrong", clock.at)
        with core.database.begin(1) as scope:
            applications.add(scope, Application(name="bank"), at=clock.at)
        key = _key(core, "bank")
        assert await register.find(key, clock.at) is None
        clock.move(seconds=1)
        assert await register.find(key, clock.at) == 2

    asyncio.run(go())


def test_a_clock_that_is_set_back_stops_nothing(core, clock) -> None:
    """Keys are read anew as before."""
    register = Register(core)

    async def go() -> None:
        await register.find("wrong", clock.at)
        with core.database.begin(1) as scope:
            applications.add(scope, Application(name="bank"), at=clock.at)
        clock.move(days=-1)
        assert await register.find(_key(core, "bank"), clock.at) == 2

    asyncio.run(go())


def test_where_the_database_is_away_known_keys_stay(core, clock, caplog) -> None:
    """Reports are taken on, as long as the intake takes them."""
    register = Register(core)
    key = _key(core, "shop")

    async def go() -> None:
        assert await register.find(key, clock.at) == 1
        with core.database.begin_across() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} RENAME TO away")
        clock.move(seconds=9)
        assert await register.find(key, clock.at) == 1
        await register._reading
        assert await register.find(key, clock.at) == 1

    asyncio.run(go())
    assert "the keys of applications cannot be read: OperationalError" in caplog.text
