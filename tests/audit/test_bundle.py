"""An app bundle's XML and resources, in protobuf."""

import pytest

from keypin.audit import bundle
from keypin.audit.bundle import read_proto_table, read_proto_xml
from keypin.audit.tree import ANDROID, Attribute, Element
from keypin.audit.unreadable import UnreadableError


def test_what_was_written_is_read(make_proto, make_config, make_manifest) -> None:
    """Elements, attributes, texts, references and lines come back."""
    for root in (make_config(), make_manifest(0x7F010000)):
        read = read_proto_xml(make_proto(root))
        assert read.to_text(str) == root.to_text(str)


def test_references_by_name(make_proto) -> None:
    """A reference without a number has the name of what it refers to."""
    element = Element("a", (Attribute("b", "@xml/net", ANDROID, "xml/net"),))
    assert read_proto_xml(make_proto(element)).attributes == element.attributes


def test_elements_without_a_source(make_message) -> None:
    """A line is told where there is one."""
    root = read_proto_xml(make_message((1, make_message((3, "a")))))
    assert (root.name, root.line) == ("a", None)


def test_no_document(make_message, make_proto, monkeypatch) -> None:
    """A text alone, too many levels and too many bytes are refused."""
    with pytest.raises(UnreadableError, match="has no element"):
        read_proto_xml(make_message((2, "text")))
    deep = Element("a")
    for _ in range(201):
        deep = Element("a", (), 1, [deep])
    with pytest.raises(UnreadableError, match="has more than 200 levels"):
        read_proto_xml(make_proto(deep))
    monkeypatch.setattr(bundle, "MAX_PROTO_XML", 1)
    with pytest.raises(UnreadableError, match="expected at most 1"):
        read_proto_xml(b"ab")
    monkeypatch.setattr(bundle, "MAX_PROTO_TABLE", 1)
    with pytest.raises(UnreadableError, match="expected at most 1"):
        read_proto_table(b"ab")


def test_a_table(make_message) -> None:
    """Files, texts and references are found by number and name; other values are none."""

    def entry(number: int, name: str, *items: bytes) -> bytes:
        values = [(6, make_message((2, make_message((4, item))))) for item in items]
        return make_message((1, make_message((1, number))), (2, name), *values)

    file = make_message((5, make_message((1, "res/xml/net.xml"))))
    text = make_message((2, make_message((1, "1.2.3"))))
    raw = make_message((3, make_message((1, "raw"))))
    reference = make_message((1, make_message((2, 0x7F010000))))
    number = make_message((7, b""))
    entries = [
        (3, entry(index, name, item))
        for index, (name, item) in enumerate(
            [("net", file), ("v", text), ("r", raw), ("alias", reference), ("n", number)]
        )
    ]
    bag = make_message((2, "bag"), (6, make_message((2, make_message((5, b""))))), (6, b""))
    kind = make_message((1, make_message((1, 1))), (2, "xml"), *entries)
    other = make_message((2, "style"), (3, bag))
    package = make_message((1, make_message((1, 0x7F))), (3, kind), (3, other))
    table = read_proto_table(make_message((2, package)))
    assert table.texts(0x7F010000) == table.texts("xml/alias") == ("res/xml/net.xml",)
    assert (table.texts("xml/v"), table.texts("xml/r")) == (("1.2.3",), ("raw",))
    assert table.texts("xml/n") == table.texts("style/bag") == ()
