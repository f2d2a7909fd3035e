"""Logs are documents where programs read them, and lines where people do."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from keypin.watch.log_lines import Seldom, set_up


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


def test_what_strangers_cause_is_told_once_a_minute() -> None:
    """With how often it was left out; another line, and an error, whenever it comes."""
    now = [0.0]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Seldom(lambda: now[0]))
    logger = logging.getLogger("keypin.watch.collecting.sorter")
    logger.addHandler(handler)
    for number in range(5):
        logger.warning("refused %d", number)
    logger.warning("another")
    logger.error("failed")
    logger.error("failed")
    for now[0] in (59.0, 61.0):
        logger.warning("refused %d", 9)
    logger.removeHandler(handler)
    again = "refused 9 (and 5 times more since it was last told)"
    assert stream.getvalue().splitlines() == ["refused 0", "another", "failed", "failed", again]


def test_strangers_do_not_fill_the_log() -> None:
    """What others cause is told each time."""
    stream = io.StringIO()
    set_up(stream, as_json=False)
    for name in ("keypin.web.serve_bounds", "keypin.watch.service"):
        for _ in range(3):
            logging.getLogger(name).warning("told of %s", name)
    assert stream.getvalue().count("told of keypin.web.serve_bounds") == 1
    assert stream.getvalue().count("told of keypin.watch.service") == 3
