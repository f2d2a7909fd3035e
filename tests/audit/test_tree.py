"""The tree of XML, and its text, whose lines are the source's."""

from keypin.audit.tree import ANDROID, MAX_LINES, Attribute, Element


def test_the_text_has_the_lines_of_the_source() -> None:
    """An element stands on the line that it had, with its references by name."""
    pin = Element("pin", (Attribute("digest", "SHA-256"),), 4, ["  <text>\x00 & more\n "])
    ca = Element("certificates", (Attribute("src", "@0x7f010000", "", 0x7F010000),), 2)
    root = Element("root", (), None, [ca, pin])
    assert root.to_text({0x7F010000: "@raw/ca"}.get) == (
        '<root>\n<certificates src="@raw/ca"></certificates>\n\n'
        '<pin digest="SHA-256">&lt;text&gt;  &amp; more</pin></root>\n'
    )
    assert 'src="@0x7f010000"' in root.to_text()


def test_a_line_that_no_source_has() -> None:
    """A number of lines cannot make a small document a large one."""
    assert Element("a", (), 2**31).to_text().count("\n") == MAX_LINES


def test_attributes_by_name_and_namespace() -> None:
    """The same name in another namespace is another attribute."""
    own, theirs = Attribute("name", "a"), Attribute("name", "b", ANDROID)
    element = Element("x", (own, theirs))
    assert element.attribute("name") is own
    assert element.attribute("name", ANDROID) is theirs
    assert element.attribute("other") is None


def test_elements_in_the_order_of_the_document() -> None:
    """Every element comes once, those below before those behind."""
    root = Element("a", (), 1, [Element("b", (), 2, ["t", Element("c")]), Element("d")])
    assert [one.name for one in root.elements()] == ["a", "b", "c", "d"]
