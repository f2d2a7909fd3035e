"""Errors as answers: which status each means, and that none repeats what cannot be shown."""

import json

import pytest
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from keypin.errors import InputError
from keypin.watch.guarding import InternalError
from keypin.watch.inventory import TakenError, UnknownError
from keypin.watch.store import SealError
from keypin.web import problems

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
