import pytest

from keypin.ct.cursor import Cursor, TornError


def test_a_cursor_moves_on_over_byte_strings() -> None:
    """Each stands behind its length; the last one read is remembered."""
    cursor = Cursor(b"\x00\x02ab\x01c\x00\x01d", 0)
    assert cursor.opaque(2) == b"ab"
    assert cursor.last == b"ab"
    assert cursor.take(1) == b"\x01"
    assert cursor.take(1) == b"c"
    assert list(cursor.opaques(2)) == [b"d"]
    cursor.end()


def test_a_cursor_never_passes_the_end() -> None:
    """What announces more than is there is torn."""
    with pytest.raises(TornError, match="3 bytes are announced, 2 are there"):
        Cursor(b"\x03ab").opaque(1)


def test_a_rest_is_too_much() -> None:
    """A structure that ends early is not what it says."""
    cursor = Cursor(b"xabc", 1)
    cursor.take(1)
    with pytest.raises(TornError, match="2 bytes too many"):
        cursor.end()
