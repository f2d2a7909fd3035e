"""CSV (RFC 4180) that a spreadsheet shows and does not run.

A cell that begins as a formula does (= + - @, or a tab or line end before one) gets an apostrophe
in front, as OWASP's page on CSV injection has it: names in certificates and reports are written by
strangers. Numbers are ours, and stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

# Characters that are sent at once.
_BLOCK = 16_384


def sheet(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the text of a sheet, some kilobytes at a time.

    Args:
        header: the titles of its columns.
        rows: its cells, as they are.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow([cell(one) for one in row])
        if text.tell() > _BLOCK:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def cell(value: object) -> str | int | float:
    """Return what stands for a value: moments in ISO 8601, sets of words by commas."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case tuple():
            return cell(", ".join(map(str, cast("tuple[object, ...]", value))))
        case _:
            said = str(value)
            return f"'{said}" if said.startswith(_FORMULA) else said
