"""What logs hold, over HTTP: told with its words, acknowledged, and found by that."""

from typing import Any

NOTE = {"note": "Ordered for the move"}


def test_words_read_the_same_at_any_time(filled: Any) -> None:
    """So that the entity tag is of what was found, and not of the hour."""
    api = filled.api
    before = api.get("ct/findings/1")
    assert before.json()["words"].startswith("a certificate for ")
    assert " was issued on 2026-11-29 12:00 UTC; " in before.json()["words"]
    api.later(days=3)
    after = api.get("ct/findings/1", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 304


def test_a_finding_is_acknowledged(filled: Any) -> None:
    """By whom, when and why is told; a filter finds it, and its undoing is as easy."""
    api, path = filled.api, "ct/findings/1/acknowledgement"
    assert api.get("ct/findings/1").json()["acknowledged"] is None
    said = api.client.put(path, json=NOTE)
    assert (said.status_code, said.json()["note"]) == (200, NOTE["note"])
    assert api.get("ct/findings/1").json()["acknowledged"] == said.json()
    assert len(api.get("ct/findings?acknowledged=true").json()["items"]) == 1
    assert api.get("ct/findings?acknowledged=false").json()["items"] == []
    assert api.client.delete(path).status_code == 204
    assert len(api.get("ct/findings?acknowledged=false").json()["items"]) == 1
    assert api.audited()[-2:] == ["ct-finding.acknowledge", "ct-finding.take-back"]


def test_what_is_not_there_is_not_acknowledged(filled: Any) -> None:
    """Nor taken back; a note is asked for."""
    api, path = filled.api, "ct/findings/1/acknowledgement"
    assert api.client.delete(path).status_code == 404
    assert api.client.put("ct/findings/99/acknowledgement", json=NOTE).status_code == 404
    assert api.client.put(path, json={"note": " "}).status_code == 422
    assert api.client.put(path, json={}).status_code == 422
