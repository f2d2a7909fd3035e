"""What an entry of the audit log says, as people read it: names, days and words.

The entry itself stays as it was written: numbers of other rows, moments of ISO 8601, lists. What a
number stands for is looked up when it is read; where that is gone, the number is all there is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, owners, pin_sets
from keypin.web.words import utc

# Of one value in an entry that a page shows, and of a digest.
_LONGEST = 120
_OF_DIGEST = 12

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DIGEST = re.compile(r"[0-9a-f]{64}")

# What is called by its name where an entry has its number.
_CALLED = {
    "application": (applications, applications.c.name),
    "owner": (owners, owners.c.name),
    "pin_set": (pin_sets, pin_sets.c.digest),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What numbers stand for, by the key that they stand under."""

    found: Mapping[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])

    @classmethod
    def of(cls, scope: Scope, details: Iterable[Mapping[str, object]]) -> "Names":
        """Look up what the numbers of entries stand for."""
        wanted = {
            one for detail in details for values in _sides(detail) for one in _numbers(values)
        }
        found: dict[tuple[str, int], str] = {}
        for key, (table, column) in _CALLED.items():
            numbers = [number for name, number in wanted if name == key]
            query = scope.select(table.c.id, column).where(table.c.id.in_(numbers))
            for number, name in scope.execute(query) if numbers else ():
                found[key, number] = name.hex() if isinstance(name, bytes) else str(name)
        return cls(found)

    def said(self, key: str, value: object) -> str:
        """Return a value as people read it."""
        called = self.found.get((key, value)) if isinstance(value, int) else None
        text = _text(value if called is None else called)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def lines(detail: Mapping[str, object], names: Names) -> Iterator[str]:
    """Yield what an entry says: what changed, a line each; what came or went, in one line."""
    before, after = detail.get("before"), detail.get("after")
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield from _together(detail, names)
        return
    old, new = cast("dict[str, object]", before), cast("dict[str, object]", after)
    if old and new:
        for key in dict.fromkeys((*old, *new)):
            was, now = names.said(key, old.get(key)), names.said(key, new.get(key))
            yield f"{_title(key)}: {was} → {now}"
    else:
        yield from _together(new or old, names)


def _together(values: Mapping[str, object], names: Names) -> Iterator[str]:
    told = [
        f"{_title(key)}: {names.said(key, value)}"
        for key, value in values.items()
        if not _is_nothing(value)
    ]
    if told:
        yield " · ".join(told)


def _title(key: str) -> str:
    return key.replace("_", " ")


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case _ if _is_nothing(value):
            return "nothing"
        case str():
            return _line(value)
        case Mapping():
            items = cast("Mapping[str, object]", value).items()
            return ", ".join(f"{_title(key)} {_text(one)}" for key, one in items)
        case Sequence():
            return ", ".join(map(_text, cast("Sequence[object]", value)))
        case _:
            return str(value)


def _line(text: str) -> str:
    if _MOMENT.fullmatch(text):
        return utc(datetime.fromisoformat(text))
    return text[:_OF_DIGEST] if _DIGEST.fullmatch(text) else text


def _is_nothing(value: object) -> bool:
    return value is None or value in ("", [], {})


def _sides(detail: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    yield detail
    for side in ("before", "after"):
        if isinstance(values := detail.get(side), dict):
            yield cast("dict[str, object]", values)


def _numbers(values: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    for key, value in values.items():
        if key in _CALLED and isinstance(value, int) and not isinstance(value, bool):
            yield key, value
