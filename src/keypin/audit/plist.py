"""Property lists of apps, binary and XML, as values that no reader can be hurt by.

`plistlib` reads them. Its values may hold themselves, or share a part so often that writing it out
takes for ever: those are refused by name, as are entities of XML (the billion laughs).
"""

import plistlib
from typing import cast
from xml.parsers.expat import ExpatError

from keypin.audit.unreadable import UnreadableError
from keypin.errors import InputError
from keypin.formats.property_list import tame

# Info.plist of the largest apps is some 200 kB.
MAX_PLIST = 16 * 1024 * 1024

Values = dict[str, object]


def read_plist(data: bytes) -> Values:
    """Return the dictionary that a property list is.

    Raises:
        InputError: it is built to exhaust its reader.
        UnreadableError: it is no property list, or no dictionary.
    """
    if len(data) > MAX_PLIST:
        raise UnreadableError(f"{len(data)} bytes", expected=f"at most {MAX_PLIST}")
    if b"<!ENTITY" in data:
        raise _laughs("XML entities")
    try:
        value = plistlib.loads(data)
    except (ExpatError, ValueError, TypeError, LookupError, OverflowError, MemoryError) as error:
        raise UnreadableError(f"is no property list: {error}") from error
    except RecursionError as error:
        raise _laughs("values inside values without end") from error
    if not isinstance(value, dict):
        raise UnreadableError("is no dictionary", expected="a dictionary of settings")
    return _tamed(cast("Values", value))


def to_xml(values: Values) -> str:
    """Return values as the XML form, which the readers of `keypin.formats` take."""
    return plistlib.dumps(values, sort_keys=False).decode()


def dictionary(value: object) -> Values:
    """Return a value that is a dictionary, or an empty one."""
    return cast("Values", value) if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """Return a value that is a text, or None."""
    return value if isinstance(value, str) else None


def _tamed(values: Values) -> Values:
    """Return values that are no more than they seem."""
    try:
        tame(values)
    except ValueError as error:
        raise _laughs(str(error)) from error
    return values


def _laughs(what: str) -> InputError:
    return InputError(f"refused: a billion laughs: {what}", expected="settings of an app")
