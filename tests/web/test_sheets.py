"""CSV that a spreadsheet shows and does not run."""

import csv
import io
from datetime import UTC, datetime

import pytest

from keypin.web.sheets import cell, sheet


@pytest.mark.parametrize("sign", list("=+-@\t\r\n"), ids=lambda sign: f"{ord(sign):02x}")
def test_what_begins_as_a_formula_does_is_text(sign: str) -> None:
    """Names in certificates and reports are written by strangers."""
    assert cell(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"
    assert cell((f"{sign}x", "y")) == f"'{sign}x, y"


def test_numbers_moments_and_nothing_are_themselves() -> None:
    """A share that is less than nothing would be ours."""
    moment = datetime(2026, 11, 29, 12, tzinfo=UTC)
    values = [-1.5, 3, True, False, None, moment]
    expected = [-1.5, 3, "yes", "no", "", "2026-11-29T12:00:00+00:00"]
    assert [cell(value) for value in values] == expected


def test_a_long_sheet_comes_in_blocks_and_is_read_back_whole() -> None:
    """Commas, quotes and line ends within cells are kept (RFC 4180)."""
    rows = [(number, 'a "quoted", line\nof text') for number in range(2000)]
    blocks = list(sheet(("n", "text"), rows))
    assert len(blocks) > 1
    found = list(csv.reader(io.StringIO("".join(blocks), newline="")))
    assert found[1:] == [[str(number), text] for number, text in rows]
