"""Texts that a database keeps: what servers and clients send may hold what PostgreSQL refuses.

PostgreSQL has no NUL in texts, and neither database has half a character (a lone surrogate). Both
become U+FFFD, the replacement character, so that nobody's certificate stops the service.
"""

import json
import re

from psycopg.types.string import StrDumper

_REPLACEMENT = "\ufffd"

# An escaped NUL: after an even number of backslashes, for of two one is text.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def to_json(value: object) -> str:
    """Return a document as JSON that both databases keep."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return _NUL.sub(rf"\1{_REPLACEMENT}", text) if "\\u0000" in text else text


class Dumper(StrDumper):
    """Hands texts to PostgreSQL."""

    def dump(self, obj: str) -> bytes:
        """Return a text as PostgreSQL keeps it."""
        return obj.replace("\0", _REPLACEMENT).encode("utf-8", "replace")
