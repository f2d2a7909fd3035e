"""XML with lines and comments, for the configurations of Android and the property lists of Apple.

The standard library's Expat reads; whatever a configuration has no use for and an attacker has is
refused by name: entities ("billion laughs"), deep nesting. Nothing outside the text is ever read.
"""

from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from keypin.errors import FormatError, Place

MAX_DEPTH = 64

__all__ = ["MAX_DEPTH", "Element", "attribute", "escape", "parse"]


@dataclass(slots=True)
class Element:
    """An element.

    Attributes:
        tag: its name, with its prefix.
        attributes: by name.
        line: where it begins, from 1.
        end: where it ends.
        children: the elements in it.
        text: its own text, comments left out.
        above: the comments that stand alone, directly above it.
        behind: the comment that follows on the line where it ends.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    end: int = 0
    children: "list[Element] | tuple[()]" = ()
    text: str = ""
    above: tuple[str, ...] = ()
    behind: str = ""

    def all(self, tag: str) -> "list[Element]":
        """Return the children of a name."""
        return [child for child in self.children if child.tag == tag]


def parse(text: str, name: str | None, *, what: str) -> Element:
    """Return the root element of a document.

    Args:
        text: the document.
        name: the file's name.
        what: what it should be, for errors.

    Raises:
        FormatError: it is not well-formed, declares an entity, or is nested too deeply; says where.
    """
    builder = _Builder(name)
    try:
        builder.parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise FormatError(
            f"not well-formed XML: {expat.ErrorString(error.code)}",
            expected=what,
            place=Place(name, error.lineno),
        ) from error
    assert builder.root is not None  # noqa: S101 - Expat refuses a document without a root
    return builder.root


_NONE: dict[str, str] = {}  # shared, for most elements have no attributes


class _Builder:
    """Builds elements out of what Expat sees."""

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.root: Element | None = None
        self.open: list[Element] = []
        self.above: list[tuple[int, str]] = []
        self.last: Element | None = None  # the element that ended last, until something follows
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.CommentHandler = self.comment
        self.parser.EntityDeclHandler = self.entity

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if len(self.open) >= MAX_DEPTH:
            self.fail("elements nested too deeply", f"{MAX_DEPTH} levels at most")
        element = Element(tag, attributes or _NONE, line, above=self.comments_above(line))
        if not self.open:
            self.root = element
        elif isinstance(children := self.open[-1].children, list):
            children.append(element)
        else:
            self.open[-1].children = [element]
        self.open.append(element)
        self.last = None

    def comments_above(self, line: int) -> tuple[str, ...]:
        """Return the comments on the lines right above, and forget the others."""
        if not self.above:
            return ()
        found: list[str] = []
        for at, text in reversed(self.above):
            if at != line - len(found) - 1:
                break
            found.insert(0, text)
        self.above.clear()
        return tuple(found)

    def end(self, _tag: str) -> None:
        self.last = self.open.pop()
        self.last.end = self.parser.CurrentLineNumber

    def text(self, text: str) -> None:
        self.open[-1].text += text

    def comment(self, text: str) -> None:
        line = self.parser.CurrentLineNumber
        if self.last is not None and self.last.end == line:
            self.last.behind = text.strip()
        else:
            self.above.append((line + text.count("\n"), text.strip()))

    def entity(self, entity: str, *_: object) -> None:
        self.fail(f"the document declares the entity {entity!r}", "a document without entities")

    def fail(self, seen: str, expected: str) -> None:
        place = Place(self.name, self.parser.CurrentLineNumber)
        raise FormatError(seen, expected=expected, place=place)


def attribute(text: str) -> str:
    """Return a text as an attribute's value with its quotes."""
    return quoteattr(text)
