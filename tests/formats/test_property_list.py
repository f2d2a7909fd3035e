"""Binary property lists: what apps ship, and what is made to harm their readers."""

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError
from keypin.formats import read
from keypin.formats.property_list import is_binary, to_xml

A, B = ("B" * 42 + "A=", "C" * 42 + "A=")
PINNED = {
    "NSAppTransportSecurity": {
        "NSPinnedDomains": {
            "example.com": {
                "NSIncludesSubdomains": True,
                "NSPinnedCAIdentities": [{"SPKI-SHA256-BASE64": A}, {"SPKI-SHA256-BASE64": B}],
            }
        }
    }
}


def test_an_apps_list_is_read() -> None:
    """What an app ships in binary is read as the XML that it stands for."""
    data = plistlib.dumps(PINNED, fmt=plistlib.FMT_BINARY)
    assert is_binary(data)
    form, reading = read(data, name="Info.plist")
    assert form.id == "apple"
    assert str(reading.pin_set.policies[0].host) == "**.example.com"


def nested(depth: int) -> bytes:
    """Return a list in a list, and so on."""
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)


def laughing() -> bytes:
    """Return a list of thirty parts, each of which holds the one before it twice."""
    value: list[object] = []
    for _ in range(30):
        value = [value, value]
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize(
    "data",
    [b"bplist00", b"bplist00" + bytes(40), nested(70), laughing()],
    ids=["empty", "zeros", "deep", "laughing"],
)
def test_what_is_refused(data: bytes) -> None:
    """Broken lists, deep ones, and a billion laughs are refused by name."""
    with pytest.raises(FormatError, match=r"^f: no valid binary property list; expected what"):
        to_xml(data, "f")


@given(st.binary(max_size=200))
def test_nothing_else_is_raised(data: bytes) -> None:
    """Whatever follows the magic, it is a list or refused."""
    try:
        assert to_xml(b"bplist00" + data).startswith(b"<?xml")
    except FormatError as error:
        assert "property list" in str(error)  # noqa: PT017 - most inputs are refused, some are read
