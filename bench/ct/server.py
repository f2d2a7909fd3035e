"""The laboratory's logs for the benchmark, in a process of their own.

    python bench/ct/server.py KIND LOGS ENTRIES

KIND is `static`, `packed` (the same, its tiles packed by gzip) or `rfc6962`. Writes a line of JSON:
of each log the URL and, in base64, the key. Then, for each line with a number that it reads, it
adds so many entries to every log, and answers with a line when their heads are signed. It ends with
its input.
"""

import json
import sys
from base64 import b64encode
from contextlib import ExitStack
from datetime import UTC, datetime

from cores import SERVER, stay_on
from entries import Bench

from keypin.lab.ct_api import RFC6962, STATIC, Ask, CtApi
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer
from keypin.lab.ct_view import Client

TILE = 256


def ready(api: CtApi, entries: int) -> CtApi:
    """Return a log that has its tiles at hand, as real ones do in files."""
    for number in range(entries // TILE):
        below = f"{number % 1000:03}"
        path = f"x{number // 1000:03}/{below}" if number >= 1000 else below  # noqa: PLR2004
        api.answer(Ask(f"/tile/data/{path}", Client(0)))
    return api


def main() -> None:
    """Serve."""
    stay_on(SERVER)
    kind, count, entries = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    bench = Bench(datetime.now(UTC))
    with ExitStack() as stack:
        servers = list[CtServer]()
        for number in range(count):
            log = CtLog(f"log {number}", static=kind != "rfc6962")
            bench.fill(log, entries, datetime.now(UTC))
            api = CtApi(log, RFC6962 if kind == "rfc6962" else STATIC)
            server = CtServer(ready(api, entries), packs=kind == "packed")
            servers.append(stack.enter_context(server))
        logs = [
            {"url": one.url, "key": b64encode(one.api.log.signer.spki).decode()} for one in servers
        ]
        print(json.dumps(logs), flush=True)
        for line in sys.stdin:
            for one in servers:
                bench.fill(one.api.log, int(line), datetime.now(UTC))
            print("grown", flush=True)


if __name__ == "__main__":
    main()
