"""Verdicts are counted where a program uses OpenTelemetry, and logged without drowning the log."""

import logging
import ssl
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from keypin import HostPattern, MismatchError, Pin, Policy, VerifiedChain
from keypin.pins import MismatchReason, Mode, PolicyPin
from keypin.tls import events
from keypin.tls.events import Hooks
from keypin.tls.refusal import readable

COUNTING = """
import socket, sys
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
import keypin
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
good, bad, ca, first, second = sys.argv[1:]
context = keypin.create_default_context({"localhost": [first, second]}, cafile=ca)
for port in (good, good, bad):
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as plain:
        try:
            context.wrap_socket(plain, server_hostname="localhost").close()
        except keypin.PinMismatchError:
            pass
found = reader.get_metrics_data().resource_metrics[0].scope_metrics[0]
metric = found.metrics[0]
print(found.scope.name, metric.name)
for point in sorted(metric.data.data_points, key=lambda point: point.value):
    print(point.value, point.attributes["outcome"], point.attributes["refused"])
"""


def test_opentelemetry(serve, good, attacker, ca_file, cast) -> None:
    """Matches and refusals are counted, with what became of each."""
    arguments = [
        serve(*good).port,
        serve(*attacker).port,
        ca_file,
        cast.pin("active"),
        cast.pin("backup"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", COUNTING, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.splitlines() == [
        "keypin keypin.verdicts",
        "1 mismatch True",
        "2 matched False",
    ], done.stderr


def test_it_is_not_brought_in() -> None:
    """A program without it stays without."""
    script = (
        "import keypin, sys; keypin.SSLContext(pins={'a.test': ['sha256/' + 'A' * 43 + '=']}, "
        "no_backup='x'); print([n for n in sys.modules if n.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_the_log_of_a_storm(cast, caplog, monkeypatch) -> None:
    """What is let pass is logged once for each host and certificate, in bounded memory."""
    policy = Policy(
        host=HostPattern("a.test"),
        pins=(PolicyPin(Pin.parse(cast.pin("backup"))),),
        mode=Mode.REPORT,
        no_backup="a test",
    )

    def mismatch(key: str) -> MismatchError:
        der = ssl.PEM_cert_to_DER_cert(cast.leaf(key).pem.decode())
        return MismatchError(
            host="a.test",
            policy=policy,
            chain=VerifiedChain.from_verifier(readable([der])),
            at=datetime.now(UTC),
            reason=MismatchReason.NO_MATCH,
        )

    monkeypatch.setattr(events, "_LOGGED", 2)
    hooks = Hooks()
    storm = [mismatch("active"), mismatch("renewed"), mismatch("attacker")]
    with caplog.at_level(logging.WARNING):
        for one in (*storm[:2], *storm[:2], storm[2], storm[0]):
            hooks.report(one, port=1, presented=())
    assert caplog.text.count("no pin matches the verified chain") == 4


@pytest.mark.parametrize("listens", [True, False])
def test_who_listens(listens) -> None:
    """Nobody is told of matches unless somebody wants to hear."""
    hooks = Hooks(on_event=(lambda _: None) if listens else None)
    assert hooks.listening is listens or "opentelemetry.metrics" in sys.modules
