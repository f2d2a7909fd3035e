"""XML as both of Android's binary forms give it: elements, attributes, text, and lines.

Binary XML (`keypin.audit.axml`) and the bundles' protobuf (`keypin.audit.bundle`) become this one
tree, and the tree becomes the text that the platform's developers wrote.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

# The deepest document that Android itself writes has some 20 levels.
MAX_LEVELS = 200

# Behind this line elements stand on one line: a line number costs as many line ends.
MAX_LINES = 100_000

ANDROID = "http://schemas.android.com/apk/res/android"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute: its value as text, and the resource that it refers to, if it does."""

    name: str
    value: str
    namespace: str = ""
    reference: int | str | None = None


@dataclass(slots=True)
class Element:
    """An element; built from the top down while a document is read."""

    name: str
    attributes: tuple[Attribute, ...] = ()
    line: int | None = None
    children: list["Element | str"] = field(default_factory=list["Element | str"])

    def attribute(self, name: str, namespace: str = "") -> Attribute | None:
        """Return an attribute by its name and namespace."""
        found = (one for one in self.attributes if (one.name, one.namespace) == (name, namespace))
        return next(found, None)

    def elements(self) -> Iterator["Element"]:
        """Yield this element and every one below it, in the order of the document."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += [one for one in reversed(element.children) if isinstance(one, Element)]

    def to_text(self, resolve: Callable[[int | str], str | None] = lambda _: None) -> str:
        """Return the document as text, each element on the line that it had in its source.

        So a place in it is a place in the developer's own file. Namespaces are left out: the forms
        that are read from apps use none.

        Args:
            resolve: gives the name of a referred resource, as `@raw/ca`.
        """
        writer = _Writer(resolve)
        writer.write(self)
        return "".join(writer.parts) + "\n"


class _Writer:
    def __init__(self, resolve: Callable[[int | str], str | None]) -> None:
        self.parts: list[str] = []
        self._resolve = resolve
        self._line = 1

    def write(self, element: Element) -> None:
        line = min(element.line or 0, MAX_LINES)
        self.parts.append("\n" * (line - self._line))
        self._line = max(line, self._line)
        attributes = "".join(
            f" {one.name}={quoteattr(_plain(self._value(one)))}" for one in element.attributes
        )
        self.parts.append(f"<{element.name}{attributes}>")
        for child in element.children:
            if isinstance(child, Element):
                self.write(child)
            else:
                self.parts.append(escape(_plain(" ".join(child.split()))))
        self.parts.append(f"</{element.name}>")

    def _value(self, attribute: Attribute) -> str:
        if attribute.reference is None:
            return attribute.value
        return self._resolve(attribute.reference) or attribute.value


def _plain(text: str) -> str:
    """Return text of one line without the characters that XML 1.0 cannot hold (section 2.2)."""
    return "".join(char if char.isprintable() else " " for char in text)
