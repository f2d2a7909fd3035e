"""A part of a log read anew, and compared with what the log signed; the rest is in tests/cli."""

import json
from datetime import UTC, datetime

import pytest

from keypin.ct.log_list import Api, ListedLog, LogList
from keypin.ct.tile import Range
from keypin.errors import InputError
from keypin.lab.ct_list import log_list
from keypin.monitor import audit as module
from keypin.monitor.audit import PART, AuditError, audit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def listed(log, serve, source):
    """Return the log as a list has it, and what reads it, by one of its interfaces."""
    server = serve(log)
    reads = source(server)
    api = Api.STATIC if type(reads).__name__ == "Tiles" else Api.RFC6962
    logs = LogList.loads(json.dumps(log_list([server], NOW))).logs
    return next(one for one in logs if one.api is api), reads


def test_a_part_is_what_the_log_signed(listed: tuple, log) -> None:
    """It is read by processes, and an end beyond the log is the log's end."""
    told = list[tuple[int, int]]()
    found = audit(*listed, Range(300, 1000), on_progress=lambda *done: told.append(done))
    assert (found.entries, found.malformed, found.flaws) == (Range(300, 700), (), 0)
    assert (found.head.size, found.head.root) == (700, log.tree.root(700))
    assert told == [(400, 400)]


@pytest.mark.parametrize("wanted", [Range(700, 800), Range(-1, 5), Range(9, 9)])
def test_entries_that_are_not_there(listed: tuple, wanted: Range) -> None:
    """They are refused before anything is read."""
    with pytest.raises(InputError, match=f"no entry {wanted.begin}; expected one of the 700"):
        audit(*listed, wanted)


def test_what_is_before_must_be_proved(listed: tuple, log) -> None:
    """Entries are compared on top of the tree before them."""
    log.misbehave("wrong-proof")
    log.misbehave("wrong-hash-tile")
    with pytest.raises(AuditError, match="what is before entry 300 is not proved"):
        audit(*listed, Range(300, 600))


@pytest.mark.parametrize(
    ("span", "parts"),
    [
        (Range(0, 1), [Range(0, 1)]),
        (Range(0, PART), [Range(0, PART)]),
        (Range(5, PART + 7), [Range(5, PART), Range(PART, PART + 7)]),
    ],
)
def test_parts_end_where_subtrees_do(span: Range, parts: list[Range]) -> None:
    """So that few nodes come back of each."""
    assert list(module._split(span)) == parts


@pytest.mark.parametrize("span", [Range(0, 700), Range(256, 512), Range(301, 699)])
def test_a_process_returns_subtrees(listed: tuple, log, monkeypatch, span: Range) -> None:
    """Joined to the tree before the part, they are the tree up to its end."""
    monkeypatch.setattr(module, "_source", [listed[1]])
    part = module._read(span, 700)
    tree = module.tree_at(listed[1], span.begin, listed[1].head())
    assert len(part.nodes) <= 20
    for level, node in part.nodes:
        tree.join(node, level)
    assert (tree.size, tree.root, part.malformed) == (span.end, log.tree.root(span.end), [])


def test_flawed_entries_are_counted(listed: tuple, log, monkeypatch) -> None:
    """They are read past, and named."""
    log.misbehave("malformed-entry", index=350)
    one: ListedLog = listed[0]
    monkeypatch.setattr(module, "_source", [listed[1]])
    part = module._read(Range(256, 512), 700)
    assert 350 in part.malformed
    assert part.malformed == [350] or one.api is Api.STATIC  # whose tile is torn from there on
