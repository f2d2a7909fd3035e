"""Odd input to every operation: refused with a reason, never a failure of ours, never a hang."""

import json
from collections.abc import Iterator
from inspect import signature
from types import NoneType
from typing import Any, get_args
from urllib.parse import quote

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

# What stands in the place of each value of a body that is accepted, and of each parameter.
TEXTS = (
    str(2**63),
    "9" * 5000,
    "-1",
    "1e400",
    "NaN",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "99999-01-01T00:00:00Z",
    "a\0b",
    "\ud800",
)
NUMBERS = (str(2**63), "9" * 5000, "-1", "1e400", "NaN", "-Infinity")

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
            if name != "null" or not _may_be_null(operation):
                _refused(answer)
            assert answer.status_code < 500


def _may_be_null(operation: Any) -> bool:
    """Tell whether an operation asks for nothing: its body may be left out, or be null."""
    given = signature(operation.answer).parameters.values()
    return any(NoneType in get_args(one.annotation) for one in given)


def _replaced(value: Any, by: str) -> Iterator[Any]:
    """Yield a value as often as it has others in it, each time with another one replaced."""
    yield by
    if isinstance(value, dict):
        for name, one in value.items():
            yield from ({**value, name: other} for other in _replaced(one, by))
    if isinstance(value, list):
        for place, one in enumerate(value):
            for other in _replaced(one, by):
                yield [*value[:place], other, *value[place + 1 :]]


@pytest.mark.slow
def test_an_odd_value_in_each_place_of_each_body(filled) -> None:
    """Taken or refused, and what was taken is shown."""
    filled.api.throttle.most = 1_000_000
    literals, count = [*map(json.dumps, TEXTS), *NUMBERS], 0
    for operation in OPERATIONS:
        if operation.body is Body.JSON and operation.example is not None:
            for body in _replaced(operation.example, "here"):
                for literal in literals:
                    text = json.dumps(body).replace('"here"', literal)
                    path = _path(filled, operation)
                    client = filled.api.client
                    answer = client.request(operation.method, path, content=text, headers=_JSON)
                    assert answer.status_code < 500, (operation.id, text[:500])
                    count += 1
    assert count > 1000
    for operation in OPERATIONS:
        if operation.method == "GET":
            assert filled.api.client.get(_path(filled, operation)).status_code < 500


def test_an_odd_value_of_each_parameter(filled) -> None:
    """Of reading and of changing, where the address says more than what it is about."""
    filled.api.throttle.most = 1_000_000
    described, count = filled.api.get("openapi.json").json()["paths"], 0
    for operation in OPERATIONS:
        known = described[operation.path][operation.method.lower()]
        for one in known.get("parameters", ()):
            if one["in"] != "query":
                continue
            for text in TEXTS:
                value = quote(text, errors="surrogatepass")
                path = f"{_path(filled, operation)}?{one['name']}={value}"
                answer = filled.api.client.request(operation.method, path)
                assert answer.status_code < 500, path
                count += 1
    assert count > 100


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
