"""Who is told: a webhook of the demonstration, which verifies each message and writes it down."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from keypin.alerts.signature import HEADER, verify
from keypin.errors import InputError

_LONGEST = 1 << 20


class Mailbox:
    """A webhook on loopback, as a context manager.

    Args:
        file: where each message is written, one a line.
        key: what signs them.

    Attributes:
        url: its address.
    """

    def __init__(self, file: Path, key: str) -> None:
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(min(int(self.headers["Content-Length"] or 0), _LONGEST))
                try:
                    verify(self.headers[HEADER] or "", body, key.encode(), datetime.now(UTC))
                    message = json.loads(body)
                except (InputError, ValueError):
                    self.send_error(400)
                    return
                with lock, file.open("a") as lines:
                    lines.write(json.dumps(message) + "\n")
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/told#{key}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
