"""One process of bench_watch_workers: does one kind of work until there is none left.

    python bench/watch_workers/worker.py fill|due|probe|judge|sort '{"url": …, "port": …, …}'

Prints a line when it is ready, waits for a line, works, and prints what it took.
"""

import json
import ssl
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import delete, func, insert, select, update

from keypin.certs import Endpoint
from keypin.inventory.entries import Application
from keypin.lab.cast import Cast
from keypin.probe import Dial, Options
from keypin.reports import skim
from keypin.trust import public_roots, trust_from_file
from keypin.watch.collecting.batch import Entry, Kind, pack
from keypin.watch.collecting.batches_table import TableOfBatches
from keypin.watch.collecting.sorter import Sorter
from keypin.watch.core import Core
from keypin.watch.inventory import applications, endpoints, read_upload, releases
from keypin.watch.probing import prober
from keypin.watch.probing.claims import Claims
from keypin.watch.probing.judging import Judge
from keypin.watch.probing.pace import Pace
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store import tables as t
from keypin.watch.work.inline import Inline

ENDPOINTS, RELEASES = 200, 20
PROBED, AT_ONCE = 200, 8
BATCHES, IN_BATCH = 50, 100


def fill(database: Database, given: dict[str, Any]) -> None:
    """Make an inventory whose endpoints have all been probed once."""
    at = datetime.now(UTC)
    database.migrate()
    with database.begin_across() as connection:
        values = {"name": "bench", "title": "Bench", "created_at": at}
        connection.execute(insert(t.organisations).values(**values))
    with database.begin(1) as scope:
        applications.add(scope, Application(name="shop"), at=at)
        for number in range(RELEASES):
            upload = read_upload(BytesIO(pins(number, given)), "pins.toml", at=at)
            releases.add(scope, "shop", f"1.{number}", upload, at=at, share=1 / RELEASES)
        ours = [Endpoint(f"h{n}.bench.example", given["port"]) for n in range(ENDPOINTS)]
        endpoints.add_all(scope, ours, at=at, origin=endpoints.Origin.CODE)
    Claims(database, "here").heal(at)
    probe(database, given, at_once=150)()


def pins(number: int, given: dict[str, Any]) -> bytes:
    """Return the pins of a release: the CA for all hosts."""
    other = f"sha256/{number:042}A="
    return (
        f'version = 1\n[[policy]]\nhost = "**.bench.example"\n'
        f'pins = ["{given["issuer"]}", "{other}"]\n'
    ).encode()


def due(database: Database, given: dict[str, Any]) -> None:
    """Make work for a round."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    with database.begin_across() as connection:
        if given["what"] == "probe":
            some = select(t.endpoints.c.id).order_by(t.endpoints.c.id).limit(PROBED)
            ours = t.schedules.c.endpoint.in_(some)
            connection.execute(update(t.schedules).where(ours).values(due_at=past))
        elif given["what"] == "judge":
            connection.execute(update(t.endpoints).values(judge_at=past))
        else:
            connection.execute(delete(t.intake))
            rows = [{"count": IN_BATCH, "batch": batch(number)} for number in range(BATCHES)]
            connection.execute(insert(t.intake), rows)


def batch(number: int) -> bytes:
    """Return a batch of reports from many sources about 50 hosts."""
    at = int(time.time() * 1_000_000)
    texts = [report(host) for host in range(50)]
    return pack(
        [
            Entry(
                kind=Kind.REPORT,
                application=1,
                at=at,
                source=(number * IN_BATCH + each).to_bytes(16, "big"),
                network=f"10.{number}.{each}.0/24",
                country="DE",
                fingerprint=texts[each % 50][0],
                body=texts[each % 50][1],
            )
            for each in range(IN_BATCH)
        ]
    )


AUTHORITY = Cast(datetime.now(UTC)).authority("intermediate")


def report(host: int) -> tuple[str, bytes]:
    """Return the group of a report of TrustKit's, and what is kept of it."""
    document = {
        "app-bundle-id": "com.example.shop",
        "app-version": f"3.{host % 7}",
        "app-platform": "IOS",
        "hostname": f"h{host}.bench.example",
        "known-pins": [],
        "validated-certificate-chain": [ssl.DER_cert_to_PEM_cert(AUTHORITY.der)],
    }
    seen = skim(json.dumps(document).encode())
    return seen.fingerprint, seen.kept


def probe(
    database: Database, given: dict[str, Any], *, at_once: int = AT_ONCE
) -> Callable[[], int]:
    """Return what probes as the service does, with fewer endpoints under way."""
    prober.MOST = at_once
    trust = trust_from_file(str(Path(given["folder"]) / "ca.pem"))
    options = Options(trust=trust, connect=(Dial("localhost"),))
    pace = Pace()
    pace.set(1e6)
    one = prober.Prober(database, "here", options, pace, lambda: datetime.now(UTC))
    return lambda: until_none(lambda: one.turn(threading.Event()))


def judge(database: Database, given: dict[str, Any]) -> Callable[[], int]:
    """Return what judges as the service does."""
    trust = trust_from_file(str(Path(given["folder"]) / "ca.pem"))
    one = Judge(database, Trust(anchors=trust, public=public_roots(), own=trust))
    one.find(
        range(1, ENDPOINTS + 1), datetime.now(UTC)
    )  # reads pin sets and chains, once a process
    return lambda: until_none(lambda: one.turn(datetime.now(UTC), 20))


def sort(database: Database, given: dict[str, Any]) -> Callable[[], int]:
    """Return what sorts as the service does."""
    core = Core(
        settings=Settings(data=Path(given["folder"]), database=given["url"]),
        database=database,
        sealer=Sealer([Fernet.generate_key().decode()]),
        work=Inline(),
    )
    one = Sorter(core, TableOfBatches(database))
    return lambda: until_none(lambda: one.turn(1000) * IN_BATCH)


def until_none(turn: Callable[[], int]) -> int:
    """Take turns until one finds nothing; return how many units were done."""
    done = 0
    while count := turn():
        done += count
    return done


def main(what: str, given: dict[str, Any]) -> None:
    """Do it."""
    database = Database(given["url"])
    if what in ("fill", "due"):
        {"fill": fill, "due": due}[what](database, given)
        print("{}", flush=True)
        return
    work = {"probe": probe, "judge": judge, "sort": sort}[what](database, given)
    with database.read_across() as connection:
        connection.execute(select(func.count()).select_from(t.organisations))
    print("{}", flush=True)
    sys.stdin.readline()
    begun, spent = time.time(), time.process_time()
    units = work()
    found = {"units": units, "begun": begun, "ended": time.time()}
    print(json.dumps({**found, "cpu": time.process_time() - spent}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
