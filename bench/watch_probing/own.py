"""Probes and judges, as the service does, and prints what that costs as JSON.

    python bench/watch_probing/own.py '{"url": …, "ca": …, "port": …, …}'

Of all endpoints in the inventory some have the server behind them, and are due; the others only
make tables and indexes as large as they would be.
"""

import base64
import hashlib
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from keypin.certs import Endpoint
from keypin.inventory.entries import Application
from keypin.probe import Dial, Options
from keypin.trust import public_roots, trust_from_file
from keypin.watch.inventory import applications, endpoints, read_upload, releases
from keypin.watch.probing.claims import Claims
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import Pace
from keypin.watch.probing.part import judging
from keypin.watch.probing.prober import Prober
from keypin.watch.probing.trust import Trust
from keypin.watch.store import Database
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.store.tables import observations, organisations, schedules, signals

WEEK = 7 * 86400
PATIENCE = 60.0

_TICKS = os.sysconf("SC_CLK_TCK")


class Clock:
    """Tells the time, and can be moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.ahead


def fill(database: Database, given: dict[str, Any], at: datetime) -> None:
    """Make the inventory: its last endpoints are the ones that are probed."""
    database.migrate()
    with database.begin_across() as connection:
        values = {"name": "bench", "title": "Bench", "created_at": at}
        connection.execute(organisations.insert().values(**values))
    count, shipped = given["count"], given["releases"]
    with database.begin(1) as scope:
        applications.add(scope, Application(name="shop"), at=at)
        for number in range(shipped):
            upload = read_upload(BytesIO(pins(number, given).encode()), "pins.toml", at=at)
            releases.add(scope, "shop", f"1.{number}", upload, at=at, share=1 / shipped)
        others = (Endpoint(f"o{number}.bench.example") for number in range(given["all"] - count))
        ours = [Endpoint(f"h{number}.bench.example", given["port"]) for number in range(count)]
        endpoints.add_all(scope, (*others, *ours), at=at, origin=endpoints.Origin.CODE)
    idle = endpoint_table.c.host.startswith("o")
    with database.begin_across() as connection:
        connection.execute(update(endpoint_table).where(idle).values(interval=WEEK))
    Claims(database, "here").heal(at)
    later = schedules.c.endpoint.in_(select(endpoint_table.c.id).where(idle))
    with database.begin_across() as connection:
        due = at + timedelta(days=5)
        connection.execute(update(schedules).where(later).values(due_at=due))


def pins(number: int, given: dict[str, Any]) -> str:
    """Return the pins of a release: a hundred hosts, the CA for all others, and one key."""
    noise = base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode()
    hosts = "".join(
        f'[[policy]]\nhost = "p{host}.bench.example"\npins = ["sha256/{noise}"]\n'
        'no_backup = "bench"\n'
        for host in range(100)
    )
    both = f'"sha256/{noise}"'
    return (
        f"version = 1\n{hosts}"
        f'[[policy]]\nhost = "**.bench.example"\npins = ["{given["issuer"]}", {both}]\n'
        f'[[policy]]\nhost = "h0.bench.example"\npins = ["{given["leaf"]}", {both}]\n'
    )


def family_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and its children, those that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = sum(map(int, fields[11:15])) / _TICKS
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(family_cpu(int(child)) for child in children)


def spent(given: dict[str, Any]) -> float:
    """Return the CPU seconds of this process, and of PostgreSQL where that is the database."""
    pid = given.get("postgresql")
    return time.process_time() + (family_cpu(pid) if pid else 0)


def cost(given: dict[str, Any], work: Callable[[], None]) -> dict[str, float]:
    """Return what a piece of work takes."""
    cpu, wall = spent(given), time.monotonic()
    work()
    return {"cpu": spent(given) - cpu, "wall": time.monotonic() - wall}


def alerted(
    database: Database, probers: list[Prober], judge: Judge, clock: Clock, pid: int
) -> float:
    """Return how long after it is due to be probed a change is told, with all loops running."""
    stop = threading.Event()
    loops = [threading.Thread(target=one.run, args=(stop,)) for one in probers]
    loops.append(threading.Thread(target=judging, args=(judge, clock, stop)))
    for loop in loops:
        loop.start()
    os.kill(pid, signal.SIGHUP)
    host = select(endpoint_table.c.id).where(endpoint_table.c.host == "h0.bench.example")
    with database.begin_across() as connection:
        this = schedules.c.endpoint == connection.execute(host).scalar_one()
        connection.execute(update(schedules).where(this).values(due_at=clock()))
    began = time.monotonic()
    told = select(func.count()).select_from(signals).where(signals.c.rule == "chain-refused")
    while time.monotonic() - began < PATIENCE:
        with database.read_across() as connection:
            if connection.execute(told).scalar():
                break
        time.sleep(0.02)
    seconds = time.monotonic() - began
    stop.set()
    for loop in loops:
        loop.join()
    return seconds


def main() -> None:
    """Fill, probe, judge, count and print."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    database, clock = Database(given["url"]), Clock()
    trust = trust_from_file(given["ca"])
    options = Options(trust=trust, connect=(Dial("localhost"),))
    fill(database, given, clock())
    pace, stop = Pace(), threading.Event()
    probers = [Prober(database, "here", options, pace, clock) for _ in range(3)]
    judge = Judge(database, Trust(anchors=trust, public=public_roots(), own=trust))

    def probe_all() -> None:
        pace.set(1e6)
        while probers[0].turn(stop):
            pace.set(1e6)

    def judge_all() -> None:
        while judge.turn(clock()):
            pass

    found: dict[str, Any] = {"first": cost(given, probe_all), "judging": cost(given, judge_all)}
    clock.ahead += timedelta(hours=2)
    found["steady"] = cost(given, probe_all)
    found["steady judging"] = cost(given, judge_all)
    claims = Claims(database, "here")
    found["keeping"] = cost(given, lambda: claims.heal(clock()))
    found["seconds to alert"] = alerted(database, probers, judge, clock, given["pid"])
    with database.read_across() as connection:
        found["rows"] = connection.execute(select(func.count()).select_from(observations)).scalar()
        query = select(endpoint_table.c.state, func.count()).group_by(endpoint_table.c.state)
        found["states"] = dict(connection.execute(query).all())
        query = select(signals.c.rule, func.count()).where(signals.c.holds)
        found["told"] = dict(connection.execute(query.group_by(signals.c.rule)).all())
    found["peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(found))


if __name__ == "__main__":
    main()
