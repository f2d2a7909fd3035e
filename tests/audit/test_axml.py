"""Binary XML, as aapt compiles it and as obfuscators and attackers leave it."""

import struct

import pytest

from keypin.audit.axml import MAX_AXML, read_axml
from keypin.audit.tree import ANDROID, MAX_LEVELS, Attribute, Element
from keypin.audit.unreadable import UnreadableError


@pytest.mark.parametrize("wide", [False, True])
def test_what_was_written_is_read(make_axml, make_config, make_manifest, wide) -> None:
    """Elements, attributes, texts, references and lines come back."""
    for root in (make_config(), make_manifest(0x7F010000)):
        read = read_axml(make_axml(root, wide=wide))
        expected = root.to_text({0x7F010000: "@0x7f010000"}.get)
        assert read.to_text() == expected


def document(make_chunk, make_pool, attribute: bytes, *, ids: bytes = b"") -> bytes:
    """Return a document of one element with one attribute of 20 bytes."""
    node = struct.pack("<II", 1, 0xFFFFFFFF)
    head = struct.pack("<IIHHHHHH", 0xFFFFFFFF, 1, 20, 20, 1, 0, 0, 0)
    end = struct.pack("<II", 0xFFFFFFFF, 1)
    body = make_pool(["", "x", "text"]) + (make_chunk(0x0180, b"", ids) if ids else b"")
    body += make_chunk(0x0102, node, head + attribute) + make_chunk(0x0103, node, end)
    return make_chunk(0x0003, b"", body)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (0x03, 2, "text"),
        (0x12, 0xFFFFFFFF, "true"),
        (0x12, 0, "false"),
        (0x10, 0xFFFFFFFF, "-1"),
        (0x10, 7, "7"),
        (0x11, 0x10, "0x10"),
        (0x01, 0x7F010000, "@0x7f010000"),
    ],
)
def test_typed_values(make_chunk, make_pool, kind, value, text) -> None:
    """A value without its text is written as a developer would."""
    row = struct.pack("<IIIHBBI", 0xFFFFFFFF, 1, 0xFFFFFFFF, 8, 0, kind, value)
    (attribute,) = read_axml(document(make_chunk, make_pool, row)).attributes
    assert attribute.value == text
    assert (attribute.reference is not None) is (kind == 0x01)


def test_names_that_were_taken_away(make_chunk, make_pool) -> None:
    """An attribute without a name is known by the platform's number for it."""
    row = struct.pack("<IIIHBBI", 0xFFFFFFFF, 0, 2, 8, 0, 3, 2)
    ids = struct.pack("<I", 0x01010527)
    (attribute,) = read_axml(document(make_chunk, make_pool, row, ids=ids)).attributes
    assert attribute == Attribute("networkSecurityConfig", "text")


def text_node(make_chunk, index: int, kind: int) -> bytes:
    """Return a text node."""
    node = struct.pack("<II", 1, 0xFFFFFFFF)
    return make_chunk(0x0104, node, struct.pack("<IHBBI", index, 8, 0, kind, 5))


def test_texts(make_chunk, make_pool) -> None:
    """A text is its string or its typed value; one outside of all elements is nobody's."""
    node = struct.pack("<II", 1, 0xFFFFFFFF)
    start = make_chunk(0x0102, node, struct.pack("<IIHHHHHH", 0xFFFFFFFF, 0, 20, 20, 0, 0, 0, 0))
    body = make_pool(["x"]) + text_node(make_chunk, 0, 3) + start
    body += text_node(make_chunk, 0, 3) + text_node(make_chunk, 0xFFFFFFFF, 0x10)
    body += make_chunk(0x0999, b"", b"")  # of a kind that is not known
    assert read_axml(make_chunk(0x0003, b"", body)).children == ["x", "5"]


def test_no_document(make_chunk, make_pool) -> None:
    """Bytes that are no document are told so."""
    for data in (b"", b"<xml/>....", make_chunk(0x0002, b"", b"")):
        with pytest.raises(UnreadableError, match=r"is no binary XML|the chunk at byte"):
            read_axml(data)
    with pytest.raises(UnreadableError, match="has no element"):
        read_axml(make_chunk(0x0003, b"", make_pool([])))
    with pytest.raises(UnreadableError, match="expected at most"):
        read_axml(bytes(MAX_AXML + 1))


def test_broken_documents(make_chunk, make_axml) -> None:
    """Two roots, too many levels and strings that come too late are refused."""
    one = make_axml(Element("a"))[8:]
    with pytest.raises(UnreadableError, match="has two roots"):
        read_axml(make_chunk(0x0003, b"", one + one))
    deep = Element("a")
    for _ in range(MAX_LEVELS):
        deep = Element("a", (), 1, [deep])
    with pytest.raises(UnreadableError, match="has more than 200 levels"):
        read_axml(make_axml(deep))
    node = struct.pack("<II", 1, 0xFFFFFFFF)
    start = make_chunk(0x0102, node, struct.pack("<IIHHHHHH", 0xFFFFFFFF, 0, 20, 20, 0, 0, 0, 0))
    with pytest.raises(UnreadableError, match="has an element before its strings"):
        read_axml(make_chunk(0x0003, b"", start))
    assert Attribute("a", "b", ANDROID).reference is None
