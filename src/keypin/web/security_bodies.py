"""How much a request may send: a table by path, held before and while the body is read."""

import re

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

_KIB = 1024
_MIB = 1024 * _KIB

# The first row that a path matches decides.
LIMITS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(path), limit)
    for path, limit in (
        # A release may be an app as it ships; keypin.audit has limits of its own for what is in it.
        (r"/api/v1/(.*/)?releases\b", 600 * _MIB),
        (r"/o/[^/]+/(.*/)?(releases|inventory)\b", 600 * _MIB),
        # 100,000 endpoints with owner and tags are 10 MB of keypin.toml, and more as JSON.
        (r"/api/v1/inventory\b", 64 * _MIB),
        (r"/api/v1/", 8 * _MIB),
        (r"/(sign-in|sign-out|join)\b", 16 * _KIB),
        (r"/", 2 * _MIB),
    )
)


def limit_of(path: str) -> int:
    """Return how many bytes a request to a path may send."""
    return next((limit for pattern, limit in LIMITS if pattern.match(path)), _KIB)


def limited(scope: Scope, receive: Receive) -> Receive:
    """Return what receives a request, and refuses the body that is too long.

    Raises:
        HTTPException: 413, when the body is asked for.
    """
    limit = limit_of(scope["path"])
    declared = _declared(scope)
    received = 0

    async def receiving() -> Message:
        nonlocal received
        if declared > limit:
            raise _too_large(limit)
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return receiving


def _declared(scope: Scope) -> int:
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(text) if text.isdigit() and len(text) < 20 else 0  # noqa: PLR2004 - of 64 bits


def _too_large(limit: int) -> HTTPException:
    return HTTPException(
        413, f"the request is too large; expected at most {limit:,} bytes", {"connection": "close"}
    )
