"""Alerting as a whole: told within seconds, and nothing lost when its process is killed."""

import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import delete

from keypin.watch.alerting import part
from keypin.watch.store.tables import signals
from keypin.watch.supervisor import Supervisor

PROCESS = Path(__file__).with_name("deliverer.py")


def test_what_a_part_tells_arrives_within_seconds(alerted, receiver, signal) -> None:
    """From the signal to the webhook by the part's own loops, on this machine's clock."""
    allowed = replace(alerted.core.settings, internal=alerted.post.guard.allowed)
    core = replace(alerted.core, settings=allowed, clock=lambda: datetime.now(UTC))
    alerted.now = core.clock()
    alerted.route(to=receiver.address)
    alerted.rule(group_by=())
    supervisor = Supervisor(part.declare(core))
    supervisor.start()
    began = monotonic()
    alerted.tell(signal("a"))
    arrived = receiver.arrived.acquire(timeout=10)
    took = monotonic() - began
    supervisor.stop()
    assert arrived
    assert took < 5
    assert supervisor.problems() == []


def test_what_an_alert_was_about_is_looked_for(alerted, signal) -> None:
    """Every minute: an alert whose signal went with its endpoint is over."""
    part.declare(alerted.core)
    alerted.see(signal("a"))
    alerted.execute(delete(signals))
    alerted.core.work.run_due()
    alerted.engine.turn(alerted.now)
    assert alerted.alerts()[0]["state"] == "resolved"


@pytest.mark.slow
@pytest.mark.once
def test_a_killed_process_loses_nothing(alerted, receiver, signal) -> None:
    """Killed while it sends, three times: every message arrives, and again only under its key."""
    rounds, messages = 3, 6
    alerted.route(to=receiver.address)
    alerted.rule(group_by=(), window=timedelta(0))
    alerted.see(*(signal(f"host{number}") for number in range(messages)))
    for _ in range(rounds):
        receiver.hanging = threading.Event()
        with _process(alerted) as process:
            assert receiver.arrived.acquire(timeout=30)
            process.kill()
        receiver.hanging.set()
    receiver.hanging = None
    alerted.deliverer.take_over()
    alerted.deliver()
    assert [row["state"] for row in alerted.deliveries()] == ["delivered"] * messages
    sent = Counter(receiver.keys)
    assert len(sent) == messages
    assert sum(sent.values()) <= messages + rounds
    assert (
        len({(headers["Idempotency-Key"], body) for headers, body in receiver.requests}) == messages
    )


def _process(alerted) -> subprocess.Popen[bytes]:
    url = f"sqlite:///{alerted.database.path}"
    key = alerted.key
    return subprocess.Popen([sys.executable, PROCESS, url, key, alerted.now.isoformat()])
