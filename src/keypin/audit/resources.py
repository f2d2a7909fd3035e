"""Which file or text a resource number stands for, whichever form the table had.

An APK's `resources.arsc` and a bundle's `resources.pb` both become a `ResourceTable`. A resource
may refer to another one; a circle of such references is refused by name.
"""

from dataclasses import dataclass, field

from keypin.errors import InputError

# A chain of references longer than this is no app's.
MAX_REFERENCES = 64


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is another resource."""

    number: int


@dataclass(slots=True)
class ResourceTable:
    """Values by resource number, one for each configuration; and names, as `xml/pins`."""

    values: dict[int, list["str | Reference"]] = field(
        default_factory=dict[int, list["str | Reference"]]
    )
    names: dict[int, str] = field(default_factory=dict[int, str])

    def add(self, number: int, name: str, value: "str | Reference | None") -> None:
        """Note a value of a resource, in some configuration."""
        self.names[number] = name
        if value is not None:
            self.values.setdefault(number, []).append(value)

    def number(self, reference: int | str) -> int | None:
        """Return the number of a reference, which may be a name, as `xml/pins`."""
        if isinstance(reference, int):
            return reference
        wanted = reference.rpartition(":")[2]
        return next((number for number, name in self.names.items() if name == wanted), None)

    def texts(self, reference: int | str) -> tuple[str, ...]:
        """Return what a reference comes to: texts and file names, one for each configuration.

        Raises:
            InputError: it refers to itself, by whatever way.
        """
        found: dict[str, None] = {}
        number = self.number(reference)
        if number is not None:
            self._follow(number, (), found, set())
        return tuple(found)

    def name(self, reference: int | str) -> str | None:
        """Return how a developer writes the reference, as `@raw/ca`."""
        number = self.number(reference)
        name = self.names.get(number) if number is not None else None
        return f"@{name}" if name else None

    def _follow(
        self, number: int, way: tuple[int, ...], found: dict[str, None], done: set[int]
    ) -> None:
        if number in way or len(way) > MAX_REFERENCES:
            circle = " -> ".join(f"0x{one:08x}" for one in (*way[-4:], number))
            raise InputError(
                f"refused: cyclic resources: {circle}", expected="resources that come to an end"
            )
        if number in done:
            return
        for value in self.values.get(number, ()):
            if isinstance(value, Reference):
                self._follow(value.number, (*way, number), found, done)
            else:
                found[value] = None
        done.add(number)
