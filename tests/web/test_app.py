"""What one process answers, put together: its faces, and errors in the form of who asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from keypin.watch.service import Watch
from keypin.watch.settings import Part, Settings
from keypin.watch.store.tables import ct_lists
from keypin.web.app import create


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Return a process that does everything, and was not started."""
    with Watch(Settings(data=tmp_path_factory.mktemp("watch") / "data")) as watch:
        yield watch


@pytest.fixture(scope="module")
def client(opened: Watch) -> Iterator[TestClient]:
    """Return a client of it on this machine."""
    with TestClient(create(opened), client=("127.0.0.1", 1)) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 503),
        ("GET", "/metrics", 200),
        ("GET", "/api/v1/openapi.json", 200),
        ("GET", "/api/v1/endpoints", 401),
        ("GET", "/sign-in", 200),
        ("GET", "/o/acme/", 303),
        ("HEAD", "/healthz", 200),
        ("HEAD", "/readyz", 503),
        ("HEAD", "/metrics", 200),
        ("HEAD", "/api/v1/openapi.json", 200),
        ("HEAD", "/sign-in", 200),
        ("HEAD", "/static/keypin.js", 307),
        ("HEAD", "/api/v1/endpoints", 401),
        ("POST", "/report/unknown", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/healthz", 405),
    ],
)
def test_each_face_answers(client: TestClient, method: str, path: str, status: int) -> None:
    """The API, the pages, the collector, and what machines ask."""
    answer = client.request(method, path, follow_redirects=False)
    assert answer.status_code == status
    if status in {401, 404, 405} and method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_browser_gets_errors_as_pages(client: TestClient) -> None:
    """With the same status, and what a page must not be without."""
    answer = client.get("/nothing", headers={"accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    other = client.delete("/healthz", headers={"accept": "text/html"})
    assert other.status_code == 405
    assert set(other.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_what_is_the_matter_is_told_on_this_machine_alone(opened: Watch) -> None:
    """Others learn that it is not ready, and no more."""
    app = create(opened)
    here = TestClient(app, client=("127.0.0.1", 1)).get("/readyz").json()
    there = TestClient(app, client=("192.0.2.7", 1)).get("/readyz").json()
    assert here == {"ready": False, "problems": ["it has not been started"], "warnings": []}
    assert there == {"ready": False}


def test_what_no_restart_cures_is_a_warning(opened: Watch) -> None:
    """The process is as ready as before."""
    client = TestClient(create(opened), client=("127.0.0.1", 1))
    before = client.get("/readyz")
    with opened.core.database.begin_across() as connection:
        row = {"worker": "here", "source": "a.json", "problem": "it is gone"}
        since = opened.core.clock()
        row |= {"failing_since": since, "updated_at": since}
        connection.execute(ct_lists.insert().values(**row))
    after = client.get("/readyz")
    assert after.status_code == before.status_code
    [warning] = after.json()["warnings"]
    assert warning.startswith("no log is read: the list a.json cannot be had since 20")
    assert warning.endswith("UTC: it is gone")


def test_a_process_without_the_web_answers_machines_alone(tmp_path: Path) -> None:
    """A prober needs no pages, and takes no report."""
    settings = Settings(data=tmp_path / "data", parts=frozenset({Part.PROBER}))
    with Watch(settings) as watch:
        client = TestClient(create(watch), client=("127.0.0.1", 1))
        assert client.get("/healthz").status_code == 200
        for path in ("/api/v1/openapi.json", "/sign-in", "/report/a"):
            assert client.get(path).status_code == 404
