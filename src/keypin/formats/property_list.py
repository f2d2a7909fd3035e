"""Apple's binary property lists, as the XML that they stand for.

Apps ship their `Info.plist` in binary; the readers of property lists take XML, whose lines they can
name. The standard library's reader does the work; how deep a list is nested is looked at here.
"""

import plistlib
from typing import cast

from keypin.errors import FormatError, Place

_MAGIC = b"bplist00"

# Apple's own lists are nested a dozen deep; a list that holds itself is endless.
MAX_DEPTH = 64

# The pins of 10,000 hosts are 120,000 values; parts that are shared grow beyond all measure.
MAX_VALUES = 200_000


def is_binary(data: bytes) -> bool:
    """Tell whether bytes are a binary property list."""
    return data.startswith(_MAGIC)


def to_xml(data: bytes, name: str | None = None) -> bytes:
    """Return a binary property list as XML.

    Raises:
        FormatError: it is malformed, nested too deeply, holds itself, or grows beyond `MAX_VALUES`.
    """
    try:
        value = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
        tame(value)
        return plistlib.dumps(value, sort_keys=False)
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise FormatError(
            "no valid binary property list",
            expected="what plutil accepts",
            place=Place(file=name),
        ) from error


def tame(value: object) -> None:
    """Refuse values that are harmless as they stand, and endless when they are written out.

    A part that is shared counts as often as it is met.

    Raises:
        ValueError: there are more than `MAX_VALUES`, or they are nested deeper than `MAX_DEPTH`.
    """
    waiting: list[tuple[object, int]] = [(value, 0)]
    met = 0
    while waiting:
        one, depth = waiting.pop()
        met += 1
        if met > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values, written out")
        if depth > MAX_DEPTH:
            raise ValueError(f"values nested more than {MAX_DEPTH} deep, or inside themselves")
        if isinstance(one, dict):
            waiting += [(inner, depth + 1) for inner in cast("dict[str, object]", one).values()]
        elif isinstance(one, list):
            waiting += [(inner, depth + 1) for inner in cast("list[object]", one)]
