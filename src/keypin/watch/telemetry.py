"""OpenTelemetry, where the extra `otel` is installed and the environment names a collector.

The variables are OpenTelemetry's own: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`,
`OTEL_EXPORTER_OTLP_HEADERS`. Told are a span and a duration for each request.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from time import monotonic
from typing import Any

from keypin.errors import InputError

_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)

# ASGI's own types: a scope and a message are documents.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether the environment names a collector."""
    return any(environment.get(name) for name in _ENDPOINTS)


def begin() -> Callable[[], None]:
    """Begin to tell the collector.

    Returns:
        What sends the rest, and ends it.

    Raises:
        InputError: the extra `otel` is not installed.
    """
    try:
        from opentelemetry import metrics, trace  # noqa: PLC0415 - an extra
        from opentelemetry.exporter.otlp.proto.http import (  # noqa: PLC0415
            metric_exporter,
            trace_exporter,
        )
        from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            f"a collector of telemetry is named, but {error.name} is not installed",
            next_step="pip install 'keypin[otel]'",
        ) from error
    resource = Resource.create({"service.name": "keypin"})
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(BatchSpanProcessor(trace_exporter.OTLPSpanExporter()))
    reader = PeriodicExportingMetricReader(metric_exporter.OTLPMetricExporter())
    measuring = MeterProvider([reader], resource=resource)
    trace.set_tracer_provider(tracing)
    metrics.set_meter_provider(measuring)

    def end() -> None:
        tracing.shutdown()
        measuring.shutdown()

    return end


def told(app: App) -> App:
    """Return an ASGI application whose requests are told.

    Until `begin` was called, telling is nothing.
    """
    from opentelemetry import metrics, trace  # noqa: PLC0415 - an extra

    tracer = trace.get_tracer("keypin")
    duration = metrics.get_meter("keypin").create_histogram("http.server.request.duration", "s")

    async def telling(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        status = {"http.response.status_code": 500}

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                status["http.response.status_code"] = message["status"]
            await send(message)

        begun, method = monotonic(), scope["method"]
        with tracer.start_as_current_span(f"{method}", kind=trace.SpanKind.SERVER) as span:
            await app(scope, receive, noting)
            known: dict[str, str | int] = {"http.request.method": method, **status}
            route = getattr(scope.get("route"), "path", None)
            if route is not None:  # the route, not the path: paths hold the keys of applications
                span.update_name(f"{method} {route}")
                known["http.route"] = route
            span.set_attributes(known)
            duration.record(monotonic() - begun, known)

    return telling
