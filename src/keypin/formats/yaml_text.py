"""YAML with the line of every value, for readers of configurations; JSON is read as well.

https://yaml.org/spec/1.2.2/ as PyYAML's parser reads it: only its events are used, so that no tag
makes an object. What is nested deeper than any configuration, or grows by aliases beyond its size,
is refused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, cast

from keypin.errors import FormatError, Place

# Envoy's own examples are nested some twenty deep.
MAX_DEPTH = 64
# A configuration of 10,000 clusters has 300,000 values; a "billion laughs" passes any number.
MAX_VALUES = 3_000_000


@dataclass(slots=True)
class Scalar:
    """A text, and where it ends in its line."""

    text: str
    line: int
    end: int


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: "list[Node]" = field(default_factory=list["Node"])


@dataclass(slots=True)
class Mapping:
    """Keys and values, in the file's order."""

    line: int
    pairs: "list[tuple[str, Node]]" = field(default_factory=list[tuple[str, "Node"]])


Node = Scalar | Sequence | Mapping


class _Mark(Protocol):
    """A place in the text, counted from 0."""

    line: int
    column: int


class _Event(Protocol):
    """What events of some kinds have; PyYAML's own types do not tell."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    value: str


def documents(text: str, name: str | None = None) -> list[Node]:
    """Return the documents of a text.

    Raises:
        FormatError: it is no YAML, or too deeply nested; says where.
    """
    import yaml  # noqa: PLC0415 - for one form in many, and not for start-up

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(name)
    try:
        for event in cast("Iterable[_Event]", yaml.parse(text, Loader=loader)):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise FormatError(
            f"no YAML: {problem}", expected="a YAML or JSON file", place=Place(name, line)
        ) from error
    return builder.found


class _Builder:
    """Makes nodes of a parser's events."""

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.found: list[Node] = []
        self.stack: list[Sequence | Mapping] = []
        self.keys: list[str | None] = []
        self.anchors: dict[str, Node] = {}

    def take(self, event: _Event) -> None:
        """Take an event; the kinds are told by name, as no class is imported here."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            mark = event.start_mark
            self.add(Scalar(event.value, mark.line + 1, event.end_mark.column), event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            line = event.start_mark.line + 1
            node = Mapping(line) if kind == "MappingStartEvent" else Sequence(line)
            self.add(node, event)
            if len(self.stack) == MAX_DEPTH:
                raise self.refused(f"nested {MAX_DEPTH} deep", "a configuration", line)
            self.stack.append(node)
            self.keys.append(None)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self.stack.pop()
            self.keys.pop()
        elif kind == "AliasEvent":
            self.alias(event)

    def alias(self, event: _Event) -> None:
        """Put what an alias names in its place."""
        line = event.start_mark.line + 1
        node = self.anchors.get(event.anchor or "")
        if node is None:
            raise self.refused(f"the alias *{event.anchor}", f"an anchor &{event.anchor}", line)
        self.put(node, line)

    def add(self, node: Node, event: _Event) -> None:
        """Put a value into its place, and note its anchor."""
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self.put(node, node.line)

    def put(self, node: Node, line: int) -> None:
        """Put a value into the list or mapping that is open."""
        if not self.stack:
            self.found.append(node)
            return
        parent, key = self.stack[-1], self.keys[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif key is not None:
            parent.pairs.append((key, node))
            self.keys[-1] = None
        elif isinstance(node, Scalar):
            self.keys[-1] = node.text
        else:
            raise self.refused("a key that is no text", "a text as key", line)

    def refused(self, seen: str, expected: str, line: int) -> FormatError:
        """Return the error of a line."""
        return FormatError(seen, expected=expected, place=Place(self.name, line))


def mappings(
    nodes: list[Node], name: str | None = None
) -> Iterator[tuple[Mapping, tuple[Mapping, ...]]]:
    """Yield every mapping, with those around it from the outside in; aliases where they stand.

    Raises:
        FormatError: aliases make it endless, or larger than any configuration.
    """
    left = MAX_VALUES
    stack: list[tuple[Node, tuple[Mapping, ...], int]] = [(node, (), 0) for node in nodes[::-1]]
    while stack:
        node, around, depth = stack.pop()
        left -= 1
        if left < 0 or depth > MAX_DEPTH:
            raise FormatError(
                "aliases that grow without end",
                expected="a configuration without them",
                place=Place(name, node.line),
            )
        if isinstance(node, Mapping):
            yield node, around
            inner = (*around, node)
            stack += [(value, inner, depth + 1) for _, value in reversed(node.pairs)]
        elif isinstance(node, Sequence):
            stack += [(item, around, depth + 1) for item in reversed(node.items)]
