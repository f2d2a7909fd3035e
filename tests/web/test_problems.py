"""Errors as answers: which status each means, and that none repeats what cannot be shown."""

import json
import re
from datetime import UTC, datetime

import pytest
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from keypin.errors import InputError
from keypin.watch.guarding import InternalError
from keypin.watch.inventory import TakenError, UnknownError
from keypin.watch.store import SealError
from keypin.watch.store.tables import accounts, organisations
from keypin.web import problems

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
REQUEST = Request({"type": "http", "method": "GET", "path": "/x", "headers": [], "server": None})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownError.of("owner", "a"), 404),
        (TakenError.of("owner", "a"), 409),
        (InputError("a"), 422),
        (InternalError("a", host="a", port=1), 422),
        (LookupError("no account 7"), 404),
        (OperationalError("a", {}, Exception("locked")), 503),
        (SealError("a"), 503),
        (KeyError("a"), 500),
        (IndexError("a"), 500),
        (ValueError("a"), 500),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else str(one),
)
def test_each_error_has_its_status(error: Exception, status: int) -> None:
    """What is a mistake of ours is told with a number alone, under which the log has it."""
    answer = problems.of_known(REQUEST, error)
    said = json.loads(bytes(answer.body))
    assert (answer.status_code, said["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert status != 500 or "as " in said["detail"]


@pytest.mark.parametrize("known", [True, False])
def test_a_statement_that_fails_tells_none_of_its_values(any_database, caplog, known) -> None:
    """Neither to whoever asked nor to the log: there are hashes, seals and mails among them."""
    once = problems.of_known if known else problems.of_unforeseen
    stop = "PRAGMA query_only = ON" if any_database.sqlite else "SET TRANSACTION READ ONLY"
    statement = accounts.insert().values(mail="ada@example.com", name="Zanzibar", created_at=NOON)
    with pytest.raises(DBAPIError) as caught, any_database.begin_across() as connection:  # noqa: PT012
        connection.exec_driver_sql(stop)
        connection.execute(statement)
    said = bytes(once(REQUEST, caught.value).body).decode() + caplog.text
    assert "INSERT INTO accounts" in said
    assert not {"ada@example.com", "Zanzibar"} & set(re.findall(r"[\w@.]+", said))


def test_the_log_has_the_route_and_never_the_path(caplog) -> None:
    """Paths hold invitations, tokens of feeds and keys of applications."""

    def fail(_: Request) -> None:
        raise ValueError("nobody foresaw it")

    routes = [Route("/join/{link}", fail)]
    app = Starlette(routes=routes, exception_handlers={Exception: problems.of_unforeseen})
    answer = TestClient(app, raise_server_exceptions=False).get("/join/Zanzibar")
    assert answer.status_code == 500
    assert "GET /join/{link} failed" in caplog.text
    assert "Zanzibar" not in caplog.text


def test_what_has_a_status_keeps_it() -> None:
    """With its headers."""
    answer = problems.of_http(REQUEST, HTTPException(401, "no", {"www-authenticate": "Bearer"}))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    wrong = problems.of_http(REQUEST, problems.WrongError(429, "later", retry_after="5"))
    assert (wrong.status_code, wrong.headers["retry-after"]) == (429, "5")
    assert problems.of_http(REQUEST, ValueError()).status_code == 500
    assert problems.of_invalid(REQUEST, ValueError()).status_code == 500


def test_what_cannot_be_shown_is_not() -> None:
    """No control character, no half of a pair, and nothing without an end."""
    said = json.loads(bytes(problems.problem(422, "a\x00\x1b[1m\ud800b" + "c" * 9999).body))
    assert said["detail"].startswith("a  [1m b")
    assert len(said["detail"]) == 2000
    many = [{"loc": ("body", number), "msg": "x", "type": "y"} for number in range(99)]
    found = json.loads(bytes(problems.of_invalid(REQUEST, RequestValidationError(many)).body))
    assert (found["detail"], len(found["errors"])) == ("body.0: x", 20)


@pytest.mark.parametrize(
    ("name", "status"), [("acme", 409), (None, 500)], ids=["taken", "of no name"]
)
def test_requests_that_meet_are_told_to_try_again(name, status, postgresql) -> None:
    """What breaks another rule of the database is a mistake of ours."""
    statement = organisations.insert().values(name=name, title="Acme", created_at=NOON)
    with pytest.raises(IntegrityError) as caught, postgresql.begin_across() as connection:
        connection.execute(statement)
    answer = problems.of_known(REQUEST, caught.value)
    assert answer.status_code == status
    met = "another request changed this at the same time; try again"
    assert (json.loads(bytes(answer.body))["detail"] == met) is (status == 409)
    assert answer.headers.get("retry-after") == ("1" if status == 409 else None)
