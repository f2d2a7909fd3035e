"""The logs as a part of the service."""

import threading

from keypin.watch.transparency.part import declare

HOST = "api.example.com"


def test_the_part_reads_until_it_is_stopped(watching) -> None:
    """And looks again every minute; what it knows is left to whoever comes next."""
    watching.endpoint()
    core = watching.core()
    [loop] = declare(core)
    stop = threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,), name=loop.name)
    thread.start()
    watching.level()
    stop.set()
    thread.join()
    core.work.run_due()
    watching.issue(HOST)
    [loop] = declare(watching.core())
    stop.clear()
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    watching.until(watching.found)
    stop.set()
    thread.join()
    assert [row["rule"] for row in watching.found()] == ["ct-issued"]
