"""OpenTelemetry, told of real requests and asked what it was told."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from keypin.errors import InputError
from keypin.watch import telemetry
from keypin.watch.telemetry import begin, told, wanted

# Providers are set once for a process, so each test that sets them has one of its own.
TOLD = """
import asyncio
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from keypin.watch.telemetry import told

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)

class Route:
    path = "/report/{key}"

async def app(scope, receive, send):
    scope["route"] = Route
    await send({"type": "http.response.start", "status": 202})

async def send(message):
    pass

asyncio.run(told(app)({"type": "http", "method": "POST"}, None, send))
(span,) = spans.get_finished_spans()
print(span.name, dict(span.attributes)["http.response.status_code"])
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, False), ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True)],
    ids=["no collector", "a collector"],
)
def test_it_is_wanted_where_a_collector_is_named(
    environment: dict[str, str], *, expected: bool
) -> None:
    """By OpenTelemetry's own variables."""
    assert wanted(environment) is expected


def test_a_request_is_told_by_its_route_not_its_path() -> None:
    """Paths hold the keys of applications."""
    ran = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True)
    assert ran.stdout == "POST /report/{key} 202\n"


def test_what_is_no_request_is_passed_on() -> None:
    """As the start of the application."""
    seen: list[str] = []

    async def app(scope: dict[str, Any], _receive: object, _send: object) -> None:
        seen.append(scope["type"])

    asyncio.run(told(app)({"type": "lifespan"}, lambda: None, lambda _: None))
    assert seen == ["lifespan"]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.metrics", None)
    with pytest.raises(InputError, match=r"pip install 'keypin\[otel\]'"):
        begin()
    assert telemetry.wanted({}) is False


def test_telling_begins_and_ends() -> None:
    """A collector that is not there delays the end by little."""
    code = (
        "import os; os.environ['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:9';"
        "os.environ['OTEL_EXPORTER_OTLP_TIMEOUT'] = '1';"
        "from keypin.watch.telemetry import begin; begin()(); print('ended')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert ran.stdout == "ended\n"
