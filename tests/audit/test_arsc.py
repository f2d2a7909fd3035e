"""Resource tables of APKs, in each way in which aapt2 indexes them."""

import struct

import pytest

from keypin.audit import arsc as module
from keypin.audit.arsc import MAX_ARSC, read_arsc
from keypin.audit.unreadable import UnreadableError

RESOURCES: dict[str, list[str | int]] = {
    "drawable/icon": ["res/icon.png"],
    "xml/net": ["res/aB.xml", "res/xml-v24/net.xml"],
    "xml/alias": [0x7F020000],
    "string/bag": [-1],
    "string/number": [-2],
}


@pytest.mark.parametrize("offsets", ["plain", "sparse", "short"])
def test_values(make_arsc, offsets) -> None:
    """Files and references are found by number and by name, whatever the file's own name."""
    table = read_arsc(make_arsc(RESOURCES, offsets=offsets))
    assert table.texts(0x7F020000) == ("res/aB.xml", "res/xml-v24/net.xml")
    assert table.texts("xml/alias") == ("res/aB.xml", "res/xml-v24/net.xml")
    assert table.texts("string/bag") == table.texts("string/number") == ()
    assert "drawable/icon" not in table.names.values()


def test_compact_entries(make_arsc) -> None:
    """The short entries of newer aapt2 are read too."""
    table = read_arsc(make_arsc({"xml/net": ["res/aB.xml"]}, compact=True))
    assert table.texts("xml/net") == ("res/aB.xml",)


def test_no_table(make_chunk) -> None:
    """Bytes that are no table are told so."""
    for data in (b"", make_chunk(0x0003, b"", b"")):
        with pytest.raises(UnreadableError, match="is no resource table"):
            read_arsc(data)
    with pytest.raises(UnreadableError, match="expected at most"):
        read_arsc(bytes(MAX_ARSC + 1))


def test_too_many_resources(make_arsc, monkeypatch) -> None:
    """A package has a largest number of them."""
    monkeypatch.setattr(module, "MAX_RESOURCES", 1)
    with pytest.raises(UnreadableError, match="more than 1 resources in one package"):
        read_arsc(make_arsc({"xml/a": ["a"], "xml/b": ["b"]}))


def test_a_package_without_names(make_chunk, make_pool) -> None:
    """Names are where the package says, or it cannot be read."""
    package = make_chunk(0x0200, struct.pack("<I256xIIIII", 0x7F, 288, 0, 288, 0, 0), b"")
    with pytest.raises(UnreadableError, match="without the names of its types or keys"):
        read_arsc(make_chunk(0x0002, struct.pack("<I", 1), make_pool([]) + package))
    other = make_chunk(0x0999, b"", b"")
    package = make_chunk(0x0200, struct.pack("<I256xIIIII", 0x7F, 288, 0, 288, 0, 0), other)
    with pytest.raises(UnreadableError, match="without the names of its types or keys"):
        read_arsc(make_chunk(0x0002, struct.pack("<I", 1), make_pool([]) + package))


def test_a_package_before_the_strings(make_chunk) -> None:
    """Without strings there are no values, and other chunks are passed over."""
    package = make_chunk(0x0200, bytes(280), b"")
    table = read_arsc(make_chunk(0x0002, bytes(4), package + make_chunk(0x0999, b"", b"")))
    assert table.names == {}
