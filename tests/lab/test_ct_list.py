"""The lab's log list has what a client needs to find a log, under the names of version 3."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from keypin.lab.ct_api import BOTH, MIXED, RFC6962, STATIC, CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_server import CtServer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_row(ct_log) -> None:
    """A log has its key, its ID, its delay, its state and its address."""
    with CtServer(CtApi(ct_log, RFC6962)) as server:
        listed = log_list([server], NOW, operator="we", state="readonly")
    (operator,) = listed["operators"]
    assert listed["log_list_timestamp"] == "2026-11-23T12:00:00Z"
    assert operator["name"] == "we"
    assert operator["logs"] == [
        {
            "description": "the lab's log",
            "log_id": b64encode(ct_log.signer.log_id).decode(),
            "key": b64encode(ct_log.signer.spki).decode(),
            "mmd": 86400,
            "state": {"readonly": {"timestamp": "2026-11-23T12:00:00Z"}},
            "url": server.url,
        }
    ]


@pytest.mark.parametrize(
    ("parts", "logs", "tiled"), [(RFC6962, 1, 0), (STATIC, 0, 1), (MIXED, 0, 1), (BOTH, 1, 1)]
)
def test_where_a_log_stands(ct_log, parts: frozenset[str], logs: int, tiled: int) -> None:
    """Logs with tiles are listed apart, with an address to write to and one to read from."""
    with CtServer(CtApi(ct_log, parts)) as server:
        (operator,) = log_list([server], NOW)["operators"]
    assert (len(operator["logs"]), len(operator["tiled_logs"])) == (logs, tiled)
    for row in operator["tiled_logs"]:
        assert row["submission_url"] == row["monitoring_url"] == server.url
