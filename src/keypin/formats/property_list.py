"""Apple's binary property lists, as the XML that they stand for.

Apps ship their `Info.plist` in binary; the readers of property lists take XML, whose lines they can
name. The standard library's reader does the work; how deep a list is nested is looked at here.
"""

import plistlib
from typing import Any, cast

from keypin.errors import FormatError, Place

_MAGIC = b"bplist00"

# Apple's own lists are nested a dozen deep; a list that holds itself is endless.
MAX_DEPTH = 64


def is_binary(data: bytes) -> bool:
    """Tell whether bytes are a binary property list."""
    return data.startswith(_MAGIC)


def to_xml(data: bytes, name: str | None = None) -> bytes:
    """Return a binary property list as XML.

    Raises:
        FormatError: it is malformed, nested too deeply, or holds itself.
    """
    try:
        value = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
        _check_depth(value, MAX_DEPTH)
        return plistlib.dumps(value, sort_keys=False)
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise FormatError(
            "no valid binary property list",
            expected="what plutil accepts",
            place=Place(file=name),
        ) from error


def _check_depth(value: Any, left: int) -> None:  # noqa: ANN401 - a property list holds anything
    if left == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        children = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        children = cast("list[object]", value)
    else:
        return
    for child in children:
        _check_depth(child, left - 1)
