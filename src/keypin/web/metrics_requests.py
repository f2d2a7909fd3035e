"""How many requests were answered, how, and how long that took: what `/metrics` has in memory."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from time import perf_counter

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Seconds; a page is promised in 0.15.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)

# What a path begins with says which face of the service it is of; all others are pages.
_FACES = (("/api/", "api"), ("/static/", "static"), ("/healthz", "health"), ("/readyz", "health"))
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """What was answered; stands around an application."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered: Counter[tuple[str, str, str]] = Counter()
        self._slower = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return an application whose answers are counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began, status = perf_counter(), 500

            async def sending(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, sending)
            finally:
                self._count(scope, status, perf_counter() - began)

        return counted

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted."""
        with self._lock:
            answered, slower = dict(self._answered), list(self._slower)
            seconds = self._seconds
        total = CounterMetricFamily(
            "keypin_http_requests", "Answers.", labels=["face", "method", "status"]
        )
        for labels, count in sorted(answered.items()):
            total.add_metric(labels, count)
        yield total
        bounds = [*map(str, BOUNDS), "+Inf"]
        buckets = list(zip(bounds, map(float, accumulate(slower)), strict=True))
        yield HistogramMetricFamily(
            "keypin_http_request_seconds", "How long answers took.", buckets, seconds
        )

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        path, method = scope["path"], scope["method"]
        face = next((name for start, name in _FACES if path.startswith(start)), "page")
        # A method that nobody knows must not make a new series each time.
        known = method if method in _METHODS else "other"
        with self._lock:
            self._answered[face, known, str(status)] += 1
            self._slower[bisect_left(BOUNDS, seconds)] += 1
            self._seconds += seconds
