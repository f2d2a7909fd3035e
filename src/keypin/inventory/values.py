"""Values of TOML on one line, as a table of `keypin.toml` is written."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from keypin.pins.toml_write import string

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(value: object) -> str:
    """Return a text, number, truth value, list or table as TOML."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, cast('list[object]', value)))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(lines(cast('Mapping[str, object]', value)))} }}"
    return str(value)


def lines(table: Mapping[str, object]) -> Iterator[str]:
    """Yield `key = value` for each key of a table."""
    for key, value in table.items():
        yield f"{key if _BARE.fullmatch(key) else string(key)} = {written(value)}"
