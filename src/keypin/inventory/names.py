"""The small words of an inventory: names, tags, paths and spans of time, each spelled in one way.

A name is lower case words joined by hyphens, as `shop-ios`: it goes into addresses, alerts and
commands as it stands. A span is a number with a unit, as `90s`, `15m`, `6h` or `7d`. An error says
in its place which key it is about, so that a reader of a file can find its line.
"""

import re
from collections.abc import Iterable, Sized
from datetime import timedelta

from keypin.errors import InventoryError, Place

MAX_NAME = 64
# What a person reads at a glance; titles are shown in tables.
MAX_TITLE = 200
MAX_TAGS = 50
MAX_ISSUERS = 50
MAX_PATH = 1024

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TAG = re.compile(r"[a-z0-9][a-z0-9._:/=-]*")
_SPAN = re.compile(r"([1-9][0-9]{0,6})([smhd])")
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
# A local part and a host (RFC 5321 section 4.1.2); what a server makes of it is its own matter.
_MAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,253}")


def check_name(text: str, what: str, key: str = "name") -> None:
    """Refuse what is no name.

    Args:
        text: the name.
        what: what it is of, for the error, as `name of an owner`.
        key: the key that it stands at.

    Raises:
        InventoryError: it is none.
    """
    if len(text) > MAX_NAME or not _NAME.fullmatch(text):
        raise InventoryError(
            f"the {what} {text[:MAX_NAME]!r}",
            expected=f"lower case words joined by hyphens, {MAX_NAME} characters at most",
            place=Place(key=key),
        )


def check_title(text: str | None, what: str) -> None:
    """Refuse a title that no table could show: empty, of several lines, or endless.

    Raises:
        InventoryError: it is none; None is the absence of one.
    """
    if text is not None and not (text.strip() and text.isprintable() and len(text) <= MAX_TITLE):
        raise InventoryError(
            f"the {what} {text[:MAX_NAME]!r}",
            expected=f"one line of 1 to {MAX_TITLE} characters",
            place=Place(key="title"),
        )


def check_tags(tags: tuple[str, ...]) -> None:
    """Refuse tags that are too many, twice there, or malformed.

    Raises:
        InventoryError: they are.
    """
    check_count(tags, MAX_TAGS, "tags")
    for tag in tags:
        if len(tag) > MAX_NAME or not _TAG.fullmatch(tag):
            raise InventoryError(
                f"the tag {tag[:MAX_NAME]!r}",
                expected=f"lower case letters, digits and . _ : / = -, {MAX_NAME} at most",
                place=Place(key="tags"),
            )
    refuse_twice(tags, "tag", "tags")


def check_issuers(issuers: tuple[str, ...]) -> None:
    """Refuse issuers that are too many, twice there, or called as no CA could be.

    Raises:
        InventoryError: they are.
    """
    check_count(issuers, MAX_ISSUERS, "expected_issuers")
    for one in issuers:
        if not any(map(str.isalnum, one)) or not one.isprintable() or len(one) > MAX_TITLE:
            raise InventoryError(
                f"the issuer {one[:MAX_NAME]!r}",
                expected=f"a CA's name on one line of {MAX_TITLE} characters at most",
                place=Place(key="expected_issuers"),
            )
    refuse_twice(issuers, "issuer", "expected_issuers")


def check_mail(address: str) -> None:
    """Refuse what no mail can be sent to.

    Raises:
        InventoryError: it is no address.
    """
    if not _MAIL.fullmatch(address):
        seen = f"the mail address {address[:MAX_NAME]!r}"
        expected = "an address as platform@example.com"
        raise InventoryError(seen, expected=expected, place=Place(key="mail"))


def check_path(path: str) -> None:
    """Refuse a path that leads out of the folder of the inventory.

    Raises:
        InventoryError: it is absolute, climbs, or is none at all.
    """
    parts = path.split("/")
    strange = "\\" in path or ":" in path or not path.isprintable() or len(path) > MAX_PATH
    if strange or any(part in {"", ".."} for part in parts):
        raise InventoryError(
            f"the path {path[:MAX_NAME]!r}",
            expected="a path below the folder of this file, as pins/3.2.toml",
            place=Place(key="pins"),
        )


def check_count(found: Sized, limit: int, key: str) -> None:
    """Refuse more of something than anybody needs.

    Raises:
        InventoryError: there is more.
    """
    if len(found) > limit:
        seen = f"{len(found)} of {key}"
        raise InventoryError(seen, expected=f"{limit} at most", place=Place(key=key))


def refuse_twice(names: Iterable[str], what: str, key: str) -> None:
    """Refuse a name that stands twice in a list.

    Raises:
        InventoryError: one does.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InventoryError(
                f"the {what} {name!r} stands twice",
                next_step="take one out",
                place=Place(key=key),
            )
        seen.add(name)


def span_of(text: str, key: str) -> timedelta:
    """Return the span of time that a text spells.

    Raises:
        InventoryError: it spells none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        expected = "a span of time as 90s, 15m, 6h or 7d"
        raise InventoryError(f"{text[:MAX_NAME]!r}", expected=expected, place=Place(key=key))
    return int(found[1]) * _UNITS[found[2]]


def spell(span: timedelta) -> str:
    """Return a span of whole seconds in the largest unit that divides it."""
    unit = next(unit for unit, one in _UNITS.items() if not span % one)
    return f"{span // _UNITS[unit]}{unit}"
