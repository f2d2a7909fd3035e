"""Logs are documents where programs read them, and lines where people do."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from keypin.watch.log_lines import set_up


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


def test_a_document_holds_the_message_its_fields_and_the_traceback() -> None:
    """On one line, whatever is in it."""
    stream = io.StringIO()
    set_up(stream, as_json=True)
    try:
        Path("/dev/full/no\nfile").read_text()
    except OSError:
        logging.getLogger("keypin").exception("not %s", "written", extra={"table": "reports"})
    (line,) = stream.getvalue().splitlines()
    document = json.loads(line)
    assert document["time"].endswith("+00:00")
    assert document["error"].startswith("Traceback")
    known = {name: document[name] for name in ("level", "logger", "message", "table")}
    assert known == {
        "level": "error",
        "logger": "keypin",
        "message": "not written",
        "table": "reports",
    }
    assert len(document) == 6


def test_a_line_is_for_people() -> None:
    """Libraries that tell too much are quiet."""
    stream = io.StringIO()
    set_up(stream, as_json=False)
    logging.getLogger("alembic").info("Context impl SQLiteImpl.")
    logging.getLogger("httpx2").info("HTTP Request: POST https://hooks.example/secret")
    logging.getLogger("keypin").info("ready")
    assert stream.getvalue().endswith(" INFO    keypin: ready\n")
    assert len(stream.getvalue().splitlines()) == 1
