"""How Dalvik code refers to methods and fields, and what a method's code is.

Names are as descriptors write them, `Lokhttp3/Call;`; people read `okhttp3.Call`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """A method as code refers to it: names as Java writes descriptors, `Lokhttp3/Call;`."""

    owner: str
    name: str
    parameters: tuple[str, ...]
    returns: str

    def __str__(self) -> str:
        return f"{readable(self.owner)}.{self.name}"


@dataclass(frozen=True, slots=True)
class Field:
    """A field as code refers to it."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{readable(self.owner)}.{self.name}"


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a method: its registers, and its instructions as 16-bit units."""

    method: int
    registers: int
    arguments: int
    units: memoryview


def readable(descriptor: str) -> str:
    """Return `com.example.Net` for `Lcom/example/Net;`."""
    return descriptor.removeprefix("L").removesuffix(";").replace("/", ".")
