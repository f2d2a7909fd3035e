"""A log list with the laboratory's logs, in the form in which browsers publish theirs.

Version 3 of https://www.gstatic.com/ct/log_list/v3/log_list_schema.json: logs with pages of entries
are `logs`, those with tiles `tiled_logs`; a log with both is in both.
"""

from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from keypin.lab.ct_api import GET_ENTRIES, TILES
from keypin.lab.ct_server import CtServer


def log_list(
    servers: Iterable[CtServer],
    at: datetime,
    *,
    operator: str = "keypin lab",
    state: str = "usable",
) -> dict[str, Any]:
    """Return a log list with logs that are served.

    Args:
        servers: the logs, running.
        at: the time of the list, and since when the logs are in their state.
        operator: who runs them.
        state: what browsers say of them, as `usable` or `readonly`.
    """
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    logs: list[dict[str, Any]] = []
    tiled: list[dict[str, Any]] = []
    for server in servers:
        log, url = server.api.log, server.url
        common = {
            "description": log.name,
            "log_id": b64encode(log.signer.log_id).decode(),
            "key": b64encode(log.signer.spki).decode(),
            "mmd": log.mmd,
            "state": {state: {"timestamp": stamp}},
        }
        if GET_ENTRIES in server.api.parts:
            logs.append({**common, "url": url})
        if TILES in server.api.parts:
            tiled.append({**common, "submission_url": url, "monitoring_url": url})
    row = {"name": operator, "email": ["lab@keypin.test"], "logs": logs, "tiled_logs": tiled}
    return {"version": "1.0", "log_list_timestamp": stamp, "operators": [row]}
