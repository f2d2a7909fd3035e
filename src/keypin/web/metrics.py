"""`/metrics`: what Prometheus reads of an installation, and of this process.

What the installation holds is counted in the database when somebody asks: the same from whichever
process, so that a dashboard needs no sum over machines. What this process answered is counted in
memory. It tells of all organisations, so it is shown to this machine alone, or to whoever has the
token of the settings. Names follow prometheus.io/docs/practices/naming.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector as MetricsCollector
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from keypin._version import __version__
from keypin.watch.collecting.sorter import UNREAD
from keypin.watch.core import Core
from keypin.web.collector import Collector
from keypin.web.health import is_local
from keypin.web.metrics_kept import KEPT
from keypin.web.metrics_requests import Requests


@dataclass(frozen=True, eq=False)
class Metrics(MetricsCollector):
    """The metrics of one process.

    Attributes:
        core: the installation.
        problems: what keeps the process from its work.
        requests: what it answered.
        collector: takes reports, where this process does.
    """

    core: Core
    problems: Callable[[], list[str]]
    requests: Requests = field(default_factory=Requests)
    collector: Collector | None = None

    def routes(self) -> list[Route]:
        """Return the route."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(self)

        def metrics(request: Request) -> Response:
            self._check(request)
            encode, form = choose_encoder(request.headers.get("accept", ""))
            return Response(encode(registry), headers={"content-type": form})

        return [Route("/metrics", metrics)]

    def describe(self) -> Iterable[Metric]:
        """Name nothing before it is asked for: the database may not be there yet."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield everything, as it is now."""
        build = GaugeMetricFamily("keypin_build_info", "The version that runs.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        problems = self.problems()
        yield _gauge("keypin_ready", "Whether this process can do its work.", not problems)
        yield _gauge("keypin_problems", "What keeps this process from its work.", len(problems))
        yield from self.requests.collect()
        yield from self._reports()
        yield from self._kept()

    def _kept(self) -> Iterator[Metric]:
        """Yield what is counted in the database; where it does not answer, that alone."""
        at = self.core.clock()
        reached = 1.0
        try:
            with self.core.database.read_across() as connection:
                yield from [metric for count in KEPT for metric in count(connection, at)]
        except SQLAlchemyError:
            reached = 0.0
        yield _gauge("keypin_database_reached", "Whether the database answers.", reached)

    def _reports(self) -> Iterator[Metric]:
        if self.collector is None:
            return
        taken = CounterMetricFamily(
            "keypin_reports_answered", "Requests of the collector, by answer.", labels=["status"]
        )
        for status, count in sorted(self.collector.answered.items()):
            taken.add_metric([str(status)], count)
        yield taken
        waiting = self.collector.intake.waiting
        yield _gauge("keypin_reports_waiting", "Reports that are not on the disk yet.", waiting)
        unread = CounterMetricFamily(
            "keypin_reports_unread", "Reports filed without a member of theirs.", labels=["member"]
        )
        for member, count in sorted(UNREAD.items()):
            unread.add_metric([member], count)
        yield unread

    def _check(self, request: Request) -> None:
        """Refuse whoever may not see it.

        Raises:
            HTTPException: 401 or 403.
        """
        token = self.core.settings.metrics_token
        if not token:
            if not is_local(request):
                raise HTTPException(
                    403, "metrics are for this machine alone; set KEYPIN_METRICS_TOKEN for others"
                )
            return
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(sent.encode(), token.encode()):
            raise HTTPException(
                401, "expected the token of KEYPIN_METRICS_TOKEN", {"www-authenticate": "Bearer"}
            )


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=float(value))
