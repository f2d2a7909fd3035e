"""Which logs there are: of a file that may change, or of the public list."""

import json
import os

import httpx2
import pytest

from keypin.lab.ct_list import log_list
from keypin.watch.transparency import listing as module
from keypin.watch.transparency.listing import Listing


@pytest.fixture
def listing(watching, monkeypatch):
    """Return a function that makes a listing, which looks anew each time."""
    monkeypatch.setattr(module, "_GLANCE", 0)
    monkeypatch.setattr(module, "_AGAIN", 0)
    with httpx2.Client(trust_env=False) as http:
        yield lambda file: Listing(file, watching.folder / "cache", http, watching.clock)


def test_a_file_that_changes_is_read_again(watching, listing) -> None:
    """One that breaks leaves the list as it was, and the reason."""
    file = watching.folder / "log_list.json"
    logs = listing(str(file))
    assert [one.description for one in logs.logs()] == ["lab log"]
    watching.log.name = "renamed"
    file.write_text(json.dumps(log_list([watching.server], watching.clock.at)))
    os.utime(file, (1, 1))
    assert [one.description for one in logs.logs()] == ["renamed"]
    file.write_text("{")
    assert [one.description for one in logs.logs()] == ["renamed"]
    assert logs.problem.startswith("the list of logs stays as it was: ")


def test_the_public_list_is_tried_again(listing, watching, monkeypatch) -> None:
    """Where it cannot be had, that is a problem, which passes; a copy of today serves."""
    monkeypatch.setattr("keypin.monitor.lists.CHROME_URL", f"{watching.server.url}nothing.json")
    logs = listing("")
    assert logs.logs() == []
    assert logs.problem.startswith("there is no list of logs: ")
    assert "nothing.json" in logs.problem
    (watching.folder / "cache").mkdir()
    (watching.folder / "log_list.json").rename(watching.folder / "cache" / "log_list.json")
    assert len(logs.logs()) == 1
    assert logs.problem == ""
    asked = len(watching.server.seen)
    assert len(logs.logs()) == 1
    assert len(watching.server.seen) == asked


def test_why_is_said_in_words(listing, monkeypatch) -> None:
    """Neither by the number of an error, nor with the address twice."""
    monkeypatch.setattr(module, "_PATIENCE", 0)
    monkeypatch.setattr(module, "CHROME_URL", "https://nowhere.invalid/list.json")
    monkeypatch.setattr("keypin.monitor.lists.CHROME_URL", "https://nowhere.invalid/list.json")
    logs = listing("")
    assert logs.logs() == []
    assert logs.source == "https://nowhere.invalid/list.json"
    assert "Errno" not in logs.why
    assert "nowhere.invalid" not in logs.why
    assert logs.why
