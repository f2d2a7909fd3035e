"""Logs as documents: one JSON object a line, as collectors of logs read them.

On a terminal a line is for people. Fields that a call gives as `extra` stand beside the message.
"""

import json
import logging
from datetime import UTC, datetime
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
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, mildest in _QUIET.items():
        logging.getLogger(name).setLevel(mildest)
