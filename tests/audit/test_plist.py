"""Property lists: binary and XML, and what is built to exhaust a reader."""

import plistlib

import pytest

from keypin.audit.plist import MAX_PLIST, dictionary, read_plist, text, to_xml
from keypin.audit.unreadable import UnreadableError
from keypin.errors import InputError

VALUES = {"a": "text", "b": [1, True, {"c": b"data"}]}


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_values(form) -> None:
    """Both forms give the same."""
    assert read_plist(plistlib.dumps(VALUES, fmt=form)) == VALUES
    assert plistlib.loads(to_xml({"a": "text"}).encode()) == {"a": "text"}


def test_kinds_of_values() -> None:
    """What is of another kind than expected is not there."""
    assert dictionary({"a": 1}) == {"a": 1}
    assert dictionary([1]) == {}
    assert text("a") == "a"
    assert text(1) is None


@pytest.mark.parametrize("data", [b"", b"text", b"bplist00", b"<?xml version='1.0'?><plist>"])
def test_no_property_list(data) -> None:
    """What is none is told so."""
    with pytest.raises(UnreadableError, match="is no property list"):
        read_plist(data)


def test_no_dictionary() -> None:
    """Settings are a dictionary, of a certain size."""
    with pytest.raises(UnreadableError, match="is no dictionary"):
        read_plist(plistlib.dumps([1]))
    with pytest.raises(UnreadableError, match="expected at most"):
        read_plist(bytes(MAX_PLIST + 1))


def test_a_billion_laughs_in_xml() -> None:
    """Entities are refused by name, before any parser sees them."""
    data = b'<!DOCTYPE plist [<!ENTITY a "ha">]><plist><dict/></plist>'
    with pytest.raises(InputError) as error:
        read_plist(data)
    assert str(error.value) == (
        "refused: a billion laughs: XML entities; expected settings of an app"
    )


def binary(*objects: bytes) -> bytes:
    """Return a binary property list of objects, the first of which is the top."""
    data, offsets = b"bplist00", b""
    for one in objects:
        offsets += bytes([len(data)])
        data += one
    trailer = bytes(6) + bytes([1, 1]) + len(objects).to_bytes(8, "big") + bytes(8)
    return data + offsets + trailer + len(data).to_bytes(8, "big")


def test_values_inside_themselves() -> None:
    """A list that holds itself is refused by name."""
    circle = binary(b"\xd1\x01\x02", b"\x51a", b"\xa1\x02")
    with pytest.raises(InputError, match="refused: a billion laughs: values nested more than 64"):
        read_plist(circle)


def test_a_billion_laughs_in_binary() -> None:
    """A list of lists of lists that share their parts is refused by what it comes to."""
    levels = [b"\xaa" + bytes([index + 3]) * 10 for index in range(9)]
    with pytest.raises(InputError, match="refused: a billion laughs: more than 200000 values"):
        read_plist(binary(b"\xd1\x01\x02", b"\x51a", *levels, b"\x51b"))


def test_nesting_too_deep_for_the_library() -> None:
    """Where the library gives up, the reason is told."""
    deep = b"<plist><dict><key>a</key>" + b"<array>" * 100 + b"</array>" * 100 + b"</dict></plist>"
    with pytest.raises(InputError, match="refused: a billion laughs: values nested more than 64"):
        read_plist(deep)
    levels = [b"\xa1" + (index + 3).to_bytes(2, "big") for index in range(5_000)]
    objects = [b"\xd1\0\1\0\2", b"\x51a", *levels, b"\x51b"]
    data, offsets = b"bplist00", b""
    for one in objects:
        offsets += len(data).to_bytes(2, "big")
        data += one
    trailer = bytes(6) + bytes([2, 2]) + len(objects).to_bytes(8, "big") + bytes(8)
    with pytest.raises(InputError, match="refused: a billion laughs: values inside values"):
        read_plist(data + offsets + trailer + len(data).to_bytes(8, "big"))
