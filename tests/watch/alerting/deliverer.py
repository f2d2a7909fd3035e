"""A process that tells routes, until it is killed: `deliverer.py DATABASE KEY TIME`."""

import sys
from datetime import datetime
from ipaddress import ip_network

from keypin.watch.alerting.delivering import Deliverer
from keypin.watch.alerting.sending import Post
from keypin.watch.core import Core
from keypin.watch.guarding import Guard
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.work.inline import Inline


def main(url: str, key: str, time: str) -> None:
    """Tell all that is to be told at a time, again and again."""
    now = datetime.fromisoformat(time)
    core = Core(
        settings=Settings(public_url="https://keypin.example"),
        database=Database(url),
        sealer=Sealer([key]),
        work=Inline(),
        clock=lambda: now,
    )
    deliverer = Deliverer(core, Post(Guard((ip_network("127.0.0.0/8"),))))
    deliverer.take_over()
    while True:
        deliverer.turn()
        deliverer.wait(60)


main(*sys.argv[1:])
