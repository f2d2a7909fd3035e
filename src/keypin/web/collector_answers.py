"""What the collector answers: few messages, made once, each open to pages of any origin (CORS)."""

import json
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

from starlette.types import Send

_Headers = tuple[tuple[bytes, bytes], ...]

# Fetch, "CORS protocol": whoever has a key may report, from any page; nothing is told in return.
_OPEN: _Headers = ((b"access-control-allow-origin", b"*"),)

CLOSE = (b"connection", b"close")
"""The header of an answer after which the connection ends."""

_PREFLIGHT: _Headers = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)


@dataclass(frozen=True)
class Answer:
    """A response.

    Attributes:
        status: its status.
        headers: whole.
        body: may be empty.
    """

    status: int
    headers: _Headers
    body: bytes = b""

    @classmethod
    def of(cls, status: int, *headers: tuple[bytes, bytes], body: bytes = b"") -> "Answer":
        """Return a response that says how long it is."""
        length = (b"content-length", str(len(body)).encode())
        return cls(status, (*_OPEN, *headers, length), body)

    @cached_property
    def closes(self) -> bool:
        """Whether the connection ends after it."""
        return CLOSE in self.headers

    @cached_property
    def head(self) -> bytes:
        """Its status and headers as HTTP/1.1 has them, without the blank line (RFC 9112)."""
        status = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}".encode()
        return b"\r\n".join((status, *(b"%b: %b" % each for each in self.headers), b""))

    async def send(self, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Refusal(Exception):  # noqa: N818 - the answer to a stranger is no error of ours
    """A request is not taken.

    Attributes:
        answer: what is said to it.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def problem(status: int, detail: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return why a request is refused, as problem+json (RFC 9457)."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    kind = (b"content-type", b"application/problem+json")
    return Answer.of(status, kind, *headers, body=json.dumps(document).encode())


def later(status: int, detail: str, seconds: float) -> Refusal:
    """Return the refusal of what may come again after so many seconds."""
    wait = str(max(1, round(seconds + 0.5))).encode()
    return Refusal(problem(status, detail, (b"retry-after", wait)))


def away(why: str) -> Refusal:
    """Return the refusal of what cannot be kept now."""
    return later(503, f"{why}; send it again", 5)


TAKEN = Answer.of(202)
PREFLIGHT = Answer.of(204, *_PREFLIGHT)
METHOD = problem(405, "reports are posted; expected POST", (b"allow", b"POST, OPTIONS"))
WAITING = away("reports wait for the disk for too long").answer
SLOW = problem(408, "the report did not arrive within 10 seconds", CLOSE)
UNKNOWN = Refusal(problem(404, "no application has this key; look at the address in its settings"))
