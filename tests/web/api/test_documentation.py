"""The reference has every operation and every scope, as the code says them, and no other."""

import re
from pathlib import Path
from typing import Any

from keypin.watch.people.roles import SCOPES
from keypin.web.api.operation import Operation
from keypin.web.api.operations import OPERATIONS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "http-api.md"


def _row(one: Operation) -> str:
    said = (one.answer.__doc__ or "").strip().partition("\n")[0].removesuffix(".")
    return f"| `{one.method} {one.path}` | {said} | {one.action} |"


def test_the_page_has_each_operation() -> None:
    """With what it does, and what its caller must be allowed to do."""
    text = PAGE.read_text(encoding="utf-8")
    written = re.findall(r"^\| `[A-Z]+ /.*$", text, re.MULTILINE)
    assert sorted(written) == sorted(map(_row, OPERATIONS))


def test_the_page_has_each_scope() -> None:
    """With what a token may do that has it."""
    text = PAGE.read_text(encoding="utf-8")
    for name, actions in SCOPES.items():
        if name != "admin":
            assert f"| `{name}` | {', '.join(sorted(actions))} |" in text


def test_the_document_says_all_of_each_operation(kept: Any) -> None:
    """A name, a summary, a group, who may, and a problem document for each error."""
    document = kept.api.get("openapi.json").json()
    found = [one for path in document["paths"].values() for one in path.values()]
    assert {one["operationId"] for one in found} == {one.id for one in OPERATIONS}
    for one in found:
        assert one["summary"]
        assert one["tags"]
        assert one["security"] == [{"token": []}]
        errors = {code: said for code, said in one["responses"].items() if code >= "400"}
        assert {"401", "403", "422", "429"} <= errors.keys()
        forms = [set(said["content"]) for said in errors.values()]
        assert forms == [{"application/problem+json"}] * len(errors)
        body = one.get("requestBody")
        assert body is None or all(said["example"] for said in body["content"].values())
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_each_example_is_taken_as_it_is_written(kept: Any) -> None:
    """None of them is refused for its shape."""
    for one in OPERATIONS:
        if one.example is not None:
            answer = kept.ask(one, kept.api.client, b"")
            wrong = answer.status_code == 422 and "errors" in answer.json()
            assert not wrong, (one.id, answer.text)
