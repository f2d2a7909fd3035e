"""The prober as a part: loops that probe and judge, and end when they are told to."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from keypin.errors import InputError
from keypin.probe import Options
from keypin.trust import public_roots
from keypin.watch.core import Core
from keypin.watch.probing.claims import Claims
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import LEAST, Pace
from keypin.watch.probing.part import KEEP, LANES, declare, guard, keeping
from keypin.watch.probing.prober import Prober
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.store import Sealer
from keypin.watch.store.tables import schedules
from keypin.watch.work.inline import Inline


@pytest.fixture
def core(watched, tmp_path: Path) -> Callable[..., Core]:
    """Return a function that makes the core of an installation."""
    (tmp_path / "ca.pem").write_bytes(watched.cast.trusted_pem())

    def make(**changes: object) -> Core:
        given = {"trust": tmp_path / "ca.pem", "internal": (ip_network("127.0.0.0/8"),), **changes}
        settings = Settings(data=tmp_path, **given)
        return Core(
            settings=settings,
            database=watched.database,
            sealer=Sealer.at(tmp_path / "keys"),
            work=Inline(watched.clock),
            clock=watched.clock,
        )

    return make


def test_the_loops_probe_and_judge_until_they_are_stopped(core, watched, server, chain) -> None:
    """What the loops do in the end is what is told."""
    watched.push("1.0", watched.pin("active", "backup"))
    number = watched.endpoint(server(*chain("renewed")))
    loops, stop = declare(core()), threading.Event()
    assert len(loops) == LANES + 2
    threads = [threading.Thread(target=loop.run, args=(stop,)) for loop in loops]
    for thread in threads:
        thread.start()
    waiting = threading.Event()
    for _ in range(100):
        if "chain-refused" in watched.told():
            break
        waiting.wait(0.1)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert watched.standing(number)["state"] == "refused"


def test_what_a_database_that_failed_left_is_taken_up_at_once(core, watched, server, chain) -> None:
    """And not when its lease has run out."""
    watched.push("1.0", watched.pin("active", "backup"))
    watched.endpoint(server(*chain()))
    options = Options(trust=watched.trust, forbid=guard(core().settings))
    prober = Prober(watched.database, "here", options, Pace(), watched.clock)
    judge, stop = watched.judge(), threading.Event()
    for turn, table in (
        (lambda: prober.turn(stop), "observations"),
        (lambda: judge.turn(watched.now), "verdicts"),
    ):
        _rename(watched, table, "away")
        with pytest.raises(OperationalError):
            turn()
        _rename(watched, "away", table)
        assert turn() > 0
        assert turn() == 0


def _rename(watched, table: str, name: str) -> None:
    with watched.database.begin_across() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}")


def test_schedules_are_put_right_as_soon_as_the_clock_is(watched, server, chain) -> None:
    """And not when they are looked through the next time: a minute is thirty probes of this one."""
    watched.endpoint(server(*chain()))
    claims, ahead, stop = Claims(watched.database, "here"), timedelta(days=1), threading.Event()
    offsets = [ahead]

    def clock() -> datetime:
        return datetime.now(UTC) + offsets[-1]

    assert len(claims.claim(clock(), 9)) == 1
    thread = threading.Thread(target=keeping, args=(claims, Pace(), clock, stop))
    thread.start()
    offsets.append(timedelta())
    waiting, begun = threading.Event(), monotonic()
    while _due(watched) > clock() + ahead / 2 and monotonic() - begun < KEEP / 2:
        waiting.wait(0.1)
    stop.set()
    thread.join()
    assert _due(watched) < clock() + ahead / 2


def _due(watched) -> datetime:
    with watched.database.read_across() as connection:
        return connection.execute(select(schedules.c.due_at)).scalar_one()


def test_internal_addresses_are_not_probed_unless_allowed(core, watched, server, chain) -> None:
    """A name in an inventory is no way into the network of the service."""
    running = server(*chain())
    watched.endpoint(running)
    options = Options(trust=watched.trust, forbid=guard(core(internal=()).settings))
    prober = Prober(watched.database, "here", options, Pace(), watched.clock)
    assert prober.turn(threading.Event()) == 1
    (row,) = watched.rows()
    assert (row["failure"], row["address"]) == ("forbidden", "")
    assert "can allow its network by KEYPIN_INTERNAL" in row["detail"]["words"]


def test_that_an_own_ca_is_private_is_no_news(core, watched, server, chain) -> None:
    """Whoever names its roots in the settings knows."""
    settings = core().settings
    number = watched.endpoint(server(*chain(days=398)))
    watched.probe()
    foreign = Trust(anchors=watched.trust, public=public_roots())
    Judge(watched.database, foreign).judge([number], watched.now)
    assert "private-root" in watched.told()
    Judge(watched.database, Trust.of(settings)).judge([number], watched.now)
    assert "private-root" not in watched.told()


def test_roots_that_cannot_be_read_stop_the_start(core, tmp_path) -> None:
    """Every endpoint of that CA would be an alert."""
    with pytest.raises(InputError, match="trust store cannot be read"):
        declare(core(trust=tmp_path / "none.pem"))


def test_without_roots_of_its_own_the_platform_decides(core) -> None:
    """As for any client."""
    assert len(declare(core(trust=None))) == LANES + 2


def test_a_pause_is_caught_up_with_at_a_bounded_rate() -> None:
    """What is not needed is given back."""
    pace = Pace()
    assert pace.take(1000) == LEAST
    assert pace.take(1000) < LEAST
    pace.give_back(5)
    assert pace.take(5) == 5
    pace.set(1000)
    assert pace.take(0) == 0


def test_what_was_seen_before_a_stop_is_written(core, watched, server, chain) -> None:
    """And what was not probed stays due, for whoever comes after."""
    for host in ("127.0.0.1", "127.0.0.3"):
        watched.endpoint(server(*chain(), address=host))
    options = Options(trust=watched.trust, forbid=guard(core().settings))
    stop = threading.Event()
    stop.set()
    prober = Prober(watched.database, "here", options, Pace(), watched.clock)
    assert prober.turn(stop) == 2
    assert 1 <= len(watched.rows()) <= 2
    prober.run(stop)
