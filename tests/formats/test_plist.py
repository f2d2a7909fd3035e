"""Property lists with lines; what their readers refuse stands in the tests of those."""

from keypin.formats.plist import PlistReader, comments, document, pin_line, string
from keypin.formats.xml import parse
from keypin.pins import Pin, PinSet, Policy, PolicyPin, Role
from keypin.pins.host import HostPattern

A, B = PolicyPin(Pin(b"a" * 32)), PolicyPin(Pin(b"b" * 32), Role.BACKUP, "in the safe")


def test_values() -> None:
    """Dictionaries, flags, arrays and texts are read, with defaults for what is missing."""
    reader = PlistReader("f")
    root = reader.root(
        "<!-- Pins of shop. -->\n<plist><dict>\n<key>a</key><true/>\n<key>b</key>"
        "<array><string>x</string></array>\n<key>c</key><string> y </string>\n"
        "<key>d</key><dict/></dict></plist>",
        "a list",
    )
    assert reader.title == "shop"
    assert reader.flag(root, "a", default=False)
    assert reader.flag(root, "z", default=True)
    assert [one.text for one in reader.array(root, "b", "string")] == ["x"]
    assert reader.array(root, "z", "string") == ()
    assert reader.text(root, "c") == "y"
    assert reader.text(root, "z") is None
    inner = reader.inner(root, "d")
    assert inner is not None
    assert inner.entries == {}
    assert reader.inner(root, "z") is None
    assert root.line_of("b") == 4


def test_writing() -> None:
    """Texts are escaped, notes are comments, and the whole is a property list."""
    pin_set = PinSet([Policy(host=HostPattern("a.example"), pins=(A, B))], "shop")
    text = document(pin_set, ["<dict>", *comments(["a note"], "  "), "</dict>"])
    assert parse(text, None, what="a list").tag == "plist"
    assert "<!-- Pins of shop. -->" in text
    assert "  <!-- a note -->" in text
    assert string("a & <b>") == "<string>a &amp; &lt;b&gt;</string>"
    assert pin_line(A)[1] == ""
    assert pin_line(B)[1] == " <!-- backup: in the safe -->"
