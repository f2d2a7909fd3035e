"""XML with lines and comments, and what hostile documents are refused for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError
from keypin.formats.xml import attribute, parse


def test_lines_and_comments() -> None:
    """An element knows its line, the comments above it, and the one behind it."""
    root = parse(
        "<!-- top -->\n<a x='1'>\n<!-- far -->\n\n<!-- one -->\n<!-- two -->\n<b>t&amp;u</b>"
        " <!-- behind -->\n<c/>\n</a>\n<!-- end -->",
        None,
        what="a document",
    )
    assert root.above == ("top",)
    b, c = root.children
    assert (b.text, b.line, b.above, b.behind) == ("t&u", 7, ("one", "two"), "behind")
    assert (c.above, c.behind, c.line) == ((), "", 8)
    assert root.attributes == {"x": "1"}
    assert root.all("b") == [b]
    assert attribute('a "b"') == "'a \"b\"'"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<a>\n<b></a>", "f:2: not well-formed XML: mismatched tag; expected a document"),
        ("", "f:1: not well-formed XML: no element found; expected a document"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a/>', "f:1: the document declares the entity 'x'; "
         "expected a document without entities"),
        ("<a>" * 65, "f:1: elements nested too deeply; expected 64 levels at most"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, complaint: str) -> None:
    """Entities and depth are refused by name, the rest with its line."""
    with pytest.raises(FormatError) as caught:
        parse(text, "f", what="a document")
    assert str(caught.value) == complaint


@given(st.text(alphabet="<>/!-ab&;\"'[]\n x", max_size=60))
def test_nothing_else_is_raised(text: str) -> None:
    """Whatever the text is, it is a document or refused."""
    try:
        parse(text, None, what="a document")
    except FormatError as error:
        assert error.seen  # noqa: PT017 - most inputs are refused, some are read


@pytest.mark.parametrize("encoding", ["utf-6", "utf-16", "idna", "latin-1"])
def test_what_a_document_says_of_its_encoding_does_not_matter(encoding: str) -> None:
    """It was decoded before, and is UTF-8 now."""
    text = f"<?xml version='1.0' encoding='{encoding}'?>\n<a>\u00fc</a>"
    assert parse(text, None, what="a document").text == "\u00fc"
