"""A message in three forms, in none of which a stranger's name means anything."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.alerts.message import Item, Message, Part, line
from keypin.alerts.rendering import marked, render
from keypin.findings import Severity

PART = Part(
    heading="It broke",
    severity=Severity.ERROR,
    lines=("Since today",),
    evidence=("pin a", "pin b"),
    items=(Item("Look", "https://k.example/a"), Item("More", "https://k.example/(b)", "a note")),
)


def test_plain_text() -> None:
    """Indented evidence, addresses as they are, an empty line between parts."""
    part = (
        "It broke\nSince today\n    pin a\n    pin b\nLook: https://k.example/a\n"
        "- More\n  a note\n  https://k.example/(b)\n"
    )
    assert render(Message("Broken", (PART, PART))).plain == f"{part}\n{part}"


def test_markdown() -> None:
    """Evidence in a block, links whose addresses cannot end early."""
    assert render(Message("Broken", (PART,))).markdown == (
        "**It broke**\n\nSince today\n\n```\npin a\npin b\n```\n\n"
        "[Look](https://k.example/a)\n- [More](https://k.example/%28b%29) (a note)\n"
    )


def test_html() -> None:
    """A whole document, in light and dark."""
    words = render(Message("Broken & more", (PART, Part(heading="Nothing"))))
    assert words.subject == "Broken & more"
    assert "<title>Broken &amp; more</title>" in words.html
    assert '<meta name="color-scheme" content="light dark">' in words.html
    assert "#c62828" in words.html
    assert '<p><a href="https://k.example/a">Look</a></p>' in words.html
    assert "<br><small>a note</small>" in words.html


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[x](https://evil.example)", r"\[x\](https://evil.example)"),
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("*a* _b_ `c` ~d~ |e| \\f", r"\*a\* \_b\_ \`c\` \~d\~ \|e\| \\f"),
        ("ada@example.com", "ada@example.com"),
        ("@Everyone @here", "@\u2060Everyone @\u2060here"),
    ],
)
def test_markdown_of_a_stranger_means_itself(text, written) -> None:
    """No link, no emphasis, and nobody is called."""
    assert marked(text) == written


class _Elements(HTMLParser):
    """The elements and texts of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.elements, self.text = set[str](), ""

    def handle_starttag(self, tag, attrs) -> None:  # noqa: ARG002 - HTMLParser's signature
        """Note an element."""
        self.elements.add(tag)

    def handle_data(self, data) -> None:
        """Note a text."""
        self.text += data


@given(text=st.text().map(line).filter(bool))
def test_html_of_a_stranger_is_text(text) -> None:
    """Whatever a name holds, the document has our elements alone, and shows it."""
    item = Item(text, "https://k.example/?q=" + text, text)
    part = Part(heading=text, lines=(text,), evidence=(text,), items=(item,))
    reader = _Elements()
    reader.feed(render(Message(text, (part,))).html)
    assert reader.elements <= {
        *("html", "head", "meta", "title", "body", "h2", "p", "pre", "a", "br", "small")
    }
    assert reader.text.count(text) >= 5


@given(text=st.text().map(line).filter(bool))
def test_a_block_of_evidence_ends_where_we_end_it(text) -> None:
    """No line of it is a fence."""
    words = render(Message("a", (Part(heading="a", evidence=(text,)),)))
    assert len(re.findall("```", words.markdown)) == 2
