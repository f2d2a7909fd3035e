"""Groups of reports over HTTP: listed, and marked as known."""

import pytest

AS_SEEN = {"classification": "intercepting-proxy", "severity": "warning"}


@pytest.fixture
def path(filled) -> str:
    """Return the address of the group."""
    return f"report-groups/{filled.values['group']}"


def test_a_group_is_marked_as_known_and_unmarked(filled, path: str) -> None:
    """With a note, by a token that may, and both are written down."""
    api = filled.api
    editor = api.of(api.token("alerts:write", "reports:read"))
    assert editor.get(path).json()["known"] is None
    made = editor.put(f"{path}/known", json={"note": "the pilot", **AS_SEEN})
    assert made.status_code == 200
    known = editor.get(path).json()["known"]
    assert known == made.json()
    assert (known["note"], known["by"], known["until"]) == ("the pilot", "token pipeline", None)
    assert (known["classification"], known["holds"]) == ("intercepting-proxy", True)
    assert editor.delete(f"{path}/known").status_code == 204
    assert editor.get(path).json()["known"] is None
    assert editor.delete(f"{path}/known").status_code == 404
    assert api.audited()[-2:] == ["report-group.mark", "report-group.unmark"]


def test_a_list_has_what_is_known_or_what_is_not(filled, path: str) -> None:
    """And both, unless it is said; a mark that has ended counts no more."""
    api = filled.api
    until = "2026-11-29T13:00:00Z"
    api.client.put(f"{path}/known", json={"note": "x", "until": until, **AS_SEEN})

    def listed(query: str) -> int:
        return len(api.get(f"report-groups{query}").json()["items"])

    assert [listed(query) for query in ("", "?known=true", "?known=false")] == [1, 1, 0]
    api.later(hours=1)
    assert [listed(query) for query in ("", "?known=true", "?known=false")] == [1, 0, 1]
    assert api.get(path).json()["known"]["holds"] is False


def test_what_became_something_else_is_not_marked(filled, path: str) -> None:
    """409: whoever marks it has not seen what it is."""
    body = {"note": "x", "classification": "one-client", "severity": "note"}
    answer = filled.api.client.put(f"{path}/known", json=body)
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "the group is intercepting-proxy (warning) by now; look at it again before you mark it"
    )


def test_who_only_reads_marks_nothing(filled, path: str) -> None:
    """403, for what a token may not do."""
    reader = filled.api.of(filled.api.token("read"))
    body = {"note": "x", **AS_SEEN}
    assert reader.put(f"{path}/known", json=body).status_code == 403
    assert reader.delete(f"{path}/known").status_code == 403
