"""Where logs stand: their heads, what is wrong with them, and how far a monitor has read."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.log_list import ListedLog, LogList
from keypin.ct.merkle import Tree
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.monitor.store import Store
from keypin.monitor.survey import Read, read_of, survey

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def listed(serve, log):
    """Return the log as a list has it, by pages and by tiles."""
    server = serve(log)

    def rows(**changes: object) -> tuple[ListedLog, ...]:
        value = log_list([server], MOMENT)
        for operator in value["operators"]:
            for row in (*operator["logs"], *operator["tiled_logs"]):
                row.update(changes)
        return LogList.loads(json.dumps(value)).logs

    return rows


def test_heads(listed, http) -> None:
    """Each log is asked, and the head that it signed is told."""
    pages, tiles = survey(listed(), http, MOMENT)
    assert (pages.listed.api, tiles.listed.api) == ("rfc6962", "static")
    for one in (pages, tiles):
        assert one.head is not None
        assert (one.head.size, one.head.timestamp, one.alarms, one.trouble) == (700, MOMENT, (), "")


def test_a_stalled_head(listed, http) -> None:
    """A head older than the maximum merge delay is told; of a log that has ended it is not."""
    later = MOMENT + timedelta(days=3)
    found = survey(listed(), http, later)
    assert [alarm.kind.id for one in found for alarm in one.alarms] == ["ct-stalled-head"] * 2
    assert found[0].alarms[0].message == (
        "the newest tree head is 3 days old, where 24 hours is the maximum merge delay"
    )
    final = {"tree_size": 700, "sha256_root_hash": "A" * 43 + "="}
    state = {"readonly": {"timestamp": "2026-11-01T00:00:00Z", "final_tree_head": final}}
    assert [one.alarms for one in survey(listed(state=state), http, later)] == [(), ()]


@pytest.mark.parametrize(
    ("fault", "kind"), [("bad-signature", "ct-bad-signature"), ("future", "ct-future-head")]
)
def test_bad_heads(listed, log, http, fault: str, kind: str) -> None:
    """A head that the log did not sign, or signed for a time to come, is an alarm."""
    log.misbehave(fault)
    found = survey(listed(), http, MOMENT)
    assert [[alarm.kind.id for alarm in one.alarms] for one in found] == [[kind], [kind]]


def test_no_answer(listed, log: CtLog, http) -> None:
    """A log that gives no answer is no fault of it yet: trouble, and why."""
    log.misbehave("server-error")
    for one in survey(listed(), http, MOMENT, patience=0.05):
        assert (one.head, one.alarms) == (None, ())
        assert one.trouble.endswith("answered 503 Service Unavailable; no answer within 0.05 s")


def test_how_far_it_is_read(store: Store, log: CtLog, listed, http) -> None:
    """What is read live, and how much of a backlog is left, is in the state of a monitor."""
    [one, _] = survey(listed(), http, MOMENT)
    assert read_of(store, b"L" * 32) is None
    live, behind = Tree(), Tree()
    live.extend([log.tree.leaf(n) for n in range(700)])
    behind.extend([log.tree.leaf(n) for n in range(100)])
    store.open_live(b"L" * 32, live, behind, one.head)
    assert read_of(store, b"L" * 32) == Read(position=700, backlog=600)
