"""Odd input to every operation: refused with a reason, never a failure of ours, never a hang."""

import json
from typing import Any

import pytest

from keypin.web.api.operation import Body
from keypin.web.api.operations import OPERATIONS

pytestmark = pytest.mark.once

_JSON = {"content-type": "application/json"}
_DEEP = b"[" * 100_000
_HUGE = 2**64

BODIES = {
    "no JSON": b"{",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "half a surrogate": b'{"name": "\\ud800", "title": "\\ud800"}',
    "a NUL": b'{"name": "a\\u0000b", "title": "\\u0000"}',
    "deep": _DEEP,
    "a number of many digits": b'{"port": ' + b"9" * 5000 + b"}",
    "no number": b'{"share": NaN, "port": Infinity}',
    "a list": b"[1, 2, 3]",
    "a text": b'"name"',
    "null": b"null",
    "many": json.dumps({"tags": ["a"] * 100_000}).encode(),
    "unknown": b'{"nobody knows this": 1}',
}

HEADERS = {
    "accept": "x/y;q=7,,,;=\x01",
    "accept-encoding": "gzip;q=nothing",
    "range": "bytes=5-1,-",
    "if-match": '"' + "x" * 9000,
    "if-none-match": ",,,W/,\x80",
    "idempotency-key": "a b",
    "content-type": "multipart/form-data; boundary=",
    "content-length": "-7",
    "transfer-encoding": "gibberish",
    "cookie": "__Host-keypin=\xff; a=b=c;;;",
    "x-forwarded-for": "not an address,,,",
    "origin": "null",
    "host": "",
}

TOKENS = ("Bearer", "Bearer ", "Bearer kp_\xff", "Bearer kp_" + "x" * 9000, "Basic Zm9v", "\x80")

PARTS = ("%00", "%ff%fe", "0", "-1", str(_HUGE), "9" * 400, "..%2f..", "%20", "a" * 300, "é", "1e3")

QUERIES = ("limit=0", f"limit={_HUGE}", "limit=x", "cursor=%ff", "cursor=W10", "cursor=%00", "x=1")


def _refused(answer: Any) -> None:
    """Demand a refusal that says why."""
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def _path(kept: Any, operation: Any) -> str:
    return operation.path[1:].format(**kept.values)


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none_is_refused(kept, name) -> None:
    """Of every operation that takes JSON; where nothing of it is required, `{}` is the least."""
    for operation in OPERATIONS:
        if operation.changes and operation.body is Body.JSON:
            path, body = _path(kept, operation), BODIES[name]
            answer = kept.api.client.request(operation.method, path, content=body, headers=_JSON)
            if operation.example is not None or operation.method != "DELETE":
                _refused(answer)
            assert answer.status_code < 500


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_means_nothing_harms_nothing(kept, name) -> None:
    """It is passed over, or refused."""
    headers = {name: HEADERS[name].encode("latin-1")}
    for operation in OPERATIONS:
        if operation.method == "GET":
            assert kept.api.client.get(_path(kept, operation), headers=headers).status_code < 500


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_that_is_none_is_refused(kept, token) -> None:
    """As every other that opens nothing."""
    headers = {"authorization": token.encode("latin-1")}
    answer = kept.api.of().get("endpoints", headers=headers)
    assert answer.status_code == 401
    _refused(answer)


@pytest.mark.parametrize("part", PARTS)
def test_a_path_that_names_nothing_is_refused(kept, part) -> None:
    """404 or 422, whatever stands in it."""
    for operation in OPERATIONS:
        if "{" in operation.path:
            names = dict.fromkeys(kept.values, part)
            path = operation.path[1:].format(**names)
            _refused(kept.api.client.request(operation.method, path, json=operation.example))


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_is_none_is_refused(kept, query) -> None:
    """Also a parameter that nobody knows, which would be a misspelt one."""
    for operation in OPERATIONS:
        if operation.method == "GET":
            _refused(kept.api.client.get(f"{_path(kept, operation)}?{query}"))


def test_another_method_is_refused_with_those_that_are_there(kept) -> None:
    """405 with `Allow` (RFC 9110 section 15.5.6)."""
    answer = kept.api.client.request("PROPFIND", "endpoints")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    _refused(answer)


def test_another_path_is_refused_with_where_to_look(kept) -> None:
    """404."""
    answer = kept.api.client.get("endpoint")
    _refused(answer)
    assert "/api/v1/openapi.json lists all" in answer.json()["detail"]


def test_a_body_that_is_too_large_is_refused(kept) -> None:
    """413, whether it says its length before or not."""
    body = b"x" * (8 * 1024 * 1024 + 1)
    for content in (body, iter([body])):
        answer = kept.api.client.post("owners", content=content, headers=_JSON)
        assert answer.status_code == 413
        _refused(answer)


def test_a_body_in_another_form_is_refused(kept) -> None:
    """415, and never passed over."""
    _refused(kept.api.client.post("owners", data={"name": "a"}))
    answer = kept.api.client.post("owners", content=b"{}", headers={"content-type": "text/json"})
    assert answer.status_code == 415
    probe = f"endpoints/{kept.values['endpoint']}/probe"
    assert kept.api.client.post(probe, json={}).status_code == 415
