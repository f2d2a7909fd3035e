"""Logs as documents: one JSON object a line, as collectors of logs read them.

On a terminal a line is for people. Fields that a call gives as `extra` stand beside the message.
"""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import TextIO

# What every record has; whatever else it has was given as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# Libraries that tell more than anybody wants to know; httpx2 the secret addresses of routes.
_QUIET = {
    "uvicorn.error": logging.WARNING,
    "alembic": logging.WARNING,
    "dbos": logging.ERROR,
    "httpx2": logging.WARNING,
}

# Who logs what a stranger can cause as often as he likes.
_STRANGERS = ("uvicorn.error", "keypin.watch.collecting.sorter", "keypin.web.serve_bounds")

_MINUTE = 60.0


class Seldom(logging.Filter):
    """Lets a line that strangers can cause through once a minute, with how often it was left out.

    Args:
        clock: tells seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lines: dict[object, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is logged."""
        if record.name not in _STRANGERS or record.levelno >= logging.ERROR:
            return True
        line, now = record.msg, self._clock()  # as the source has it, so there are few
        until, left_out = self._lines.get(line, (now, 0))
        if now < until:
            self._lines[line] = until, left_out + 1
            return False
        self._lines[line] = now + _MINUTE, 0
        if left_out:
            record.msg = f"{line} (and {left_out} times more since it was last told)"
        return True


class JsonFormatter(logging.Formatter):
    """Makes a document of a record: time, level, logger, message, fields, and a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the document, on one line."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            document["error"] = self.formatException(record.exc_info)
        return json.dumps(document, default=str, ensure_ascii=False)


def set_up(stream: TextIO, *, as_json: bool, level: str = "INFO") -> None:
    """Log to a stream, instead of to whatever was logged to before.

    Args:
        stream: where to.
        as_json: documents, or lines for people.
        level: the mildest level that is logged.
    """
    handler = logging.StreamHandler(stream)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(JsonFormatter() if as_json else text)
    handler.addFilter(Seldom())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, mildest in _QUIET.items():
        logging.getLogger(name).setLevel(mildest)
