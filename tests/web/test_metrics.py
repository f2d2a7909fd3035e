"""`/metrics`: what Prometheus reads, for whom, and that rules and dashboard read what is there."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from keypin.certs import Endpoint
from keypin.inventory.entries import WatchedEndpoint
from keypin.watch.collecting.sorter import UNREAD
from keypin.watch.core import Core
from keypin.watch.inventory import endpoints
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.store.tables import ct_lists, ct_logs, workers
from keypin.watch.work.inline import Inline
from keypin.web.collector import Collector
from keypin.web.metrics import Metrics
from keypin.web.metrics_kept import KEPT
from keypin.web.security import Security

DEPLOY = Path(__file__).parents[2] / "deploy"
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def scrape(database: Database, tmp_path: Path):
    """Return a function that asks for the metrics of an installation with one endpoint."""
    with database.begin(1) as scope:
        endpoints.add(scope, WatchedEndpoint(endpoint=Endpoint("api.example.com")), at=NOON)
        endpoints.judge_again(scope, [1], NOON - timedelta(seconds=90))
    with database.begin_across() as connection:
        log = {"log": "aa", "name": "alpha", "operator": "A", "url": "https://a", "state": "usable"}
        far = {"position": 60, "size": 100, "lag": 7, "updated_at": NOON}
        connection.execute(ct_logs.insert().values(**log, **far))

    def ask(
        settings: Settings | None = None,
        *,
        source: str = "127.0.0.1",
        problems: Callable[[], list[str]] = list,
        **headers: str | bytes,
    ):
        core = Core(
            settings=settings or Settings(data=tmp_path),
            database=database,
            sealer=Sealer(["0" * 43 + "="]),
            work=Inline(),
            clock=lambda: NOON,
        )
        metrics = Metrics(core, problems, collector=Collector(core))
        assert metrics.collector is not None
        metrics.collector.answered[202] += 3
        routes = [Route("/api/v1/x", lambda _: PlainTextResponse("")), *metrics.routes()]
        app = metrics.requests.around(Security(Starlette(routes=routes), core))
        client = TestClient(app, client=(source, 1))
        client.get("/api/v1/x")
        client.request("BREW", "/nothing")
        return client.get("/metrics", headers=headers)

    return ask


def _samples(text: str) -> dict[str, float]:
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_tells_what_the_installation_holds_and_the_process_did(scrape) -> None:
    """The states of endpoints, delays, lags, reports, answers, and the process itself."""
    found = _samples(scrape().text)
    expected = {
        "keypin_ready": 1,
        "keypin_database_reached": 1,
        "keypin_endpoints unknown": 1,
        "keypin_endpoints refused": 0,
        "keypin_judge_delay_seconds": 90,
        "keypin_ct_log_lag_seconds alpha": 7,
        "keypin_ct_log_entries_behind alpha": 40,
        "keypin_alerts error open": 0,
        "keypin_reports_answered_total 202": 3,
        "keypin_http_requests_total api GET 200": 1,
        "keypin_http_requests_total page other 404": 1,
        "keypin_http_request_seconds_count": 2,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["process_resident_memory_bytes"] > 0


def test_it_tells_by_which_list_logs_are_read(scrape, database) -> None:
    """How many, how old the list is, and that it cannot be had."""
    assert _samples(scrape().text)["keypin_ct_logs_read"] == 1
    with database.begin_across() as connection:
        connection.execute(ct_logs.delete())
        times = {"listed_at": NOON - timedelta(days=2), "updated_at": NOON}
        row = {"worker": "here", "source": "a.json", "problem": "gone", "failing_since": NOON}
        connection.execute(ct_lists.insert().values(**row, **times))
    found = _samples(scrape().text)
    expected = {
        "keypin_ct_logs_read": 0,
        "keypin_ct_list_failing": 1,
        "keypin_ct_list_age_seconds": 2 * 86_400,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_it_tells_what_could_not_be_read_in_reports(scrape, monkeypatch) -> None:
    """By member."""
    monkeypatch.setitem(UNREAD, "date-time", 3)
    assert _samples(scrape().text)["keypin_reports_unread_total date-time"] == 3


def test_what_is_the_matter_is_a_number(scrape, database) -> None:
    """And a database that does not answer is told, in place of what is in it."""
    database.engine.dispose()
    assert database.path is not None
    database.path.write_bytes(b"no database" * 1000)
    found = _samples(scrape(problems=lambda: ["nothing works"]).text)
    assert (found["keypin_ready"], found["keypin_problems"]) == (0, 1)
    assert found["keypin_database_reached"] == 0
    assert "keypin_endpoints refused" not in found


def test_it_is_for_this_machine_alone(scrape) -> None:
    """For it tells of all organisations; also not through a proxy on this machine."""
    assert scrape(source="192.0.2.7").status_code == 403
    assert scrape(**{"x-forwarded-for": "192.0.2.7"}).status_code == 403


def test_or_for_whoever_has_the_token(scrape, tmp_path: Path) -> None:
    """Then from wherever it comes."""
    settings = Settings(data=tmp_path, metrics_token="s3cret")
    right = {"authorization": "Bearer s3cret"}
    assert scrape(settings, source="192.0.2.7", **right).status_code == 200
    assert scrape(settings).status_code == 401
    odd = b"Bearer s3cre\xe9"
    assert scrape(settings, authorization=odd).status_code == 401


@pytest.mark.parametrize("accept", ["", "*/*", "application/openmetrics-text", "x;q=,;version=;"])
def test_whatever_is_accepted_it_answers(scrape, accept: str) -> None:
    """In the form of Prometheus, or of OpenMetrics where that is asked for."""
    assert scrape(accept=accept).status_code == 200


def _names(*texts: str) -> set[str]:
    return {name for text in texts for name in re.findall(r"\b(?:keypin|process)_\w+", text)}


def test_rules_and_dashboard_read_what_is_there(scrape) -> None:
    """Each name in them is a metric; each rule says what is the matter and what to do."""
    text = scrape().text
    there = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    there |= {f"{name}_total" for name in there} | {f"{name}_bucket" for name in there}
    rules = yaml.safe_load((DEPLOY / "prometheus" / "keypin.rules.yml").read_text())
    dashboard = json.loads((DEPLOY / "grafana" / "keypin.json").read_text())
    ruled = [rule for group in rules["groups"] for rule in group["rules"]]
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert _names(*(rule["expr"] for rule in ruled), *shown) <= there
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in ruled)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_a_process_counts_for_as_long_as_it_may_be_quiet(any_database: Database) -> None:
    """The one of SQLite beats once a minute, those that share PostgreSQL every two seconds."""
    with any_database.begin_across() as connection:
        seen = {"started_at": NOON, "seen_at": NOON - timedelta(seconds=50)}
        row = {"id": "one", "host": "h", "process": 1, "vantage": "here", "parts": []}
        connection.execute(workers.insert().values(**row, **seen))
    with any_database.read_across() as connection:
        found = {metric.name: metric for count in KEPT for metric in count(connection, NOON)}
    assert found["keypin_workers"].samples[0].value == any_database.sqlite
