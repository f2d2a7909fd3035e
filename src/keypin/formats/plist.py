"""Apple's XML property lists, with lines and comments.

https://developer.apple.com/library/archive/documentation/Cocoa/Conceptual/PropertyLists. Values
keep the element that they were written as, so that an error or a finding can name a line. Written
by hand rather than by `plistlib`, which keeps no comments.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from keypin.errors import FormatError, Place
from keypin.formats.abilities import XML_FORBIDS
from keypin.formats.notes import heading, pin_note, read_heading
from keypin.formats.xml import Element, escape, parse
from keypin.pins import PinSet, PolicyPin, Spelling

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
    '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
)


@dataclass(frozen=True, slots=True)
class Dict:
    """A dictionary: its entries by key, each with the element of its key and of its value."""

    element: Element
    entries: dict[str, tuple[Element, Element]]

    def line_of(self, key: str) -> int:
        """Return the line of a key."""
        return self.entries[key][0].line


class PlistReader:
    """Reads values, and refuses those of a wrong kind with their place.

    Attributes:
        name: the file's name.
        title: the name of the pin set, once the root is read.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.title: str | None = None

    def root(self, text: str, what: str) -> Dict:
        """Return the dictionary of a property list."""
        root = parse(text, self.name, what=what)
        if root.tag != "plist" or len(root.children) != 1:
            self.fail(root, f"the element <{root.tag}>", "a <plist> with one <dict>")
        self.title = next(filter(None, map(read_heading, root.above)), None)
        return self.dict(root.children[0])

    def dict(self, element: Element) -> Dict:
        """Return a dictionary's entries; a key that stands twice is refused."""
        if element.tag != "dict":
            self.fail(element, f"<{element.tag}>", "<dict>")
        entries: dict[str, tuple[Element, Element]] = {}
        for key, value in self.pairs(element):
            name = key.text.strip()
            if name in entries:
                self.fail(key, f"the key {name!r} for the second time", "each key once")
            entries[name] = key, value
        return Dict(element, entries)

    def pairs(self, element: Element) -> Iterator[tuple[Element, Element]]:
        """Yield keys with their values."""
        children = element.children
        for index in range(0, len(children), 2):
            key = children[index]
            if key.tag != "key" or index + 1 == len(children):
                self.fail(key, f"<{key.tag}> without its pair", "<key> and a value")
            yield key, children[index + 1]

    def inner(self, outer: Dict, key: str) -> Dict | None:
        """Return a dictionary in a dictionary."""
        return self.dict(outer.entries[key][1]) if key in outer.entries else None

    def flag(self, outer: Dict, key: str, *, default: bool) -> bool:
        """Return a boolean."""
        if key not in outer.entries:
            return default
        value = outer.entries[key][1]
        if value.tag not in ("true", "false"):
            self.fail(value, f"<{value.tag}> for {key}", "<true/> or <false/>")
        return value.tag == "true"

    def array(self, outer: Dict, key: str, tag: str) -> Sequence[Element]:
        """Return an array's elements, all of one kind."""
        if key not in outer.entries:
            return ()
        value = outer.entries[key][1]
        if value.tag != "array":
            self.fail(value, f"<{value.tag}> for {key}", "<array>")
        for child in value.children:
            if child.tag != tag:
                self.fail(child, f"<{child.tag}> in {key}", f"<{tag}>")
        return value.children

    def text(self, outer: Dict, key: str) -> str | None:
        """Return a string, or a date as text."""
        if key not in outer.entries:
            return None
        value = outer.entries[key][1]
        if value.tag not in ("string", "date"):
            self.fail(value, f"<{value.tag}> for {key}", "<string>")
        return value.text.strip()

    def place(self, element: Element) -> Place:
        """Return an element's place."""
        return Place(self.name, element.line)

    def fail(self, element: Element, seen: str, expected: str) -> NoReturn:
        """Refuse the file because of an element."""
        raise FormatError(seen, expected=expected, place=self.place(element))


def document(pin_set: PinSet, lines: Iterable[str]) -> str:
    """Return a property list of these lines."""
    inside = "\n".join(lines)
    return f'{HEAD}<!-- {heading(pin_set.name)} -->\n<plist version="1.0">\n{inside}\n</plist>\n'


def comments(notes: Iterable[str], indent: str) -> Iterator[str]:
    """Yield comment lines."""
    for note in notes:
        yield f"{indent}<!-- {note} -->"


def pin_line(entry: PolicyPin) -> tuple[str, str]:
    """Return a pin in base64 as a `<string>`, and the comment behind it."""
    note = pin_note(entry, XML_FORBIDS)
    behind = f" <!-- {note} -->" if note else ""
    return f"<string>{entry.pin.spell(Spelling.BASE64)}</string>", behind


def string(text: str) -> str:
    """Return a text as a `<string>`."""
    return f"<string>{escape(text)}</string>"
