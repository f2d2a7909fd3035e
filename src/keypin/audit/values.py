"""What a walk through code knows of values: texts, numbers, groups of texts, string builders.

A value that is not one of these is unknown, and `None`. The few methods of Java's and Kotlin's
libraries that build such values are known by their names.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from keypin.audit.names import Method

# The longest array of texts that is followed; pin sets of one host have a handful.
MAX_ITEMS = 10_000
_LONGEST_TEXT = 100_000

_BUILDERS = {"Ljava/lang/StringBuilder;", "Ljava/lang/StringBuffer;"}
_COLLECTIONS = ("Ljava/util/", "Lkotlin/collections/", "Lcom/google/common/collect/")
_DECODERS = ("Landroid/util/Base64;", "Ljava/util/Base64$Decoder;", "Lokio/ByteString;")


@dataclass(slots=True)
class Group:
    """An array or collection of texts, as far as they are known."""

    items: dict[int, "Value"] = field(default_factory=dict[int, "Value"])

    def add(self, value: "Value") -> None:
        """Append a value, as a collection does."""
        if len(self.items) < MAX_ITEMS:
            self.items[MAX_ITEMS + len(self.items)] = value  # behind all that have an index

    def texts(self) -> Iterator[str]:
        """Yield the texts in it, those of groups inside included."""
        seen: set[int] = set()
        waiting: list[Value] = [self]
        while waiting:
            value = waiting.pop()
            if isinstance(value, str):
                yield value
            elif isinstance(value, Group) and id(value) not in seen:
                seen.add(id(value))
                waiting += [value.items[index] for index in sorted(value.items, reverse=True)]


@dataclass(slots=True)
class Builder:
    """A `StringBuilder`, with its text as long as that is known."""

    text: str | None = ""

    def append(self, value: "Value") -> None:
        """Add a value's text, or forget the text where it is not known."""
        known = self.text is not None and isinstance(value, (str, int))
        self.text = f"{self.text}{value}"[:_LONGEST_TEXT] if known else None


Value = str | int | Group | Builder | None
"""What a register may hold, as far as it is known."""


def new(kind: str) -> Value:
    """Return a new object of a type."""
    if kind in _BUILDERS:
        return Builder()
    return Group() if kind.startswith(_COLLECTIONS) else None


def result_of(method: Method, arguments: tuple[Value, ...]) -> Value:
    """Return what a method of the libraries gives, or None where it is not one that is known."""
    receiver = arguments[0] if arguments else None
    if isinstance(receiver, Builder) and method.owner in _BUILDERS:
        return _built(receiver, method, arguments)
    if method.owner.startswith(_DECODERS):
        return next((one for one in arguments if isinstance(one, (str, Group))), None)
    return _collected(method, arguments) if method.owner.startswith(_COLLECTIONS) else None


def _built(builder: Builder, method: Method, arguments: tuple[Value, ...]) -> Value:
    """Return what a method of a string builder gives: the builder again, or its text."""
    if method.name == "toString":
        return builder.text
    for value in arguments[1:2]:
        builder.append(value)
    return builder


def _collected(method: Method, arguments: tuple[Value, ...]) -> Value:
    """Return what a method of a collection, or a function that makes one, gives."""
    receiver = arguments[0] if arguments else None
    if isinstance(receiver, Group):
        if method.name in {"add", "addAll", "addLast", "<init>"}:
            for value in arguments[1:]:
                receiver.add(value)
        return receiver  # of toArray, iterator, get: any of them
    if isinstance(receiver, str):
        return Group(dict(enumerate(arguments)))  # listOf("a"), List.of("a", "b")
    return next((one for one in arguments if isinstance(one, Group)), None)
