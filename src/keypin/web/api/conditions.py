"""Conditional requests (RFC 9110 section 13): nothing is sent twice, and no change is lost.

The entity tag is strong and made of the answer itself, so that it holds over all processes, and
what was read and written between two of them cannot slip through.
"""

import hashlib

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from keypin.web.problems import WrongError

# More tags than any client holds of one thing; a longer list is not read.
_TAGS = 50


def tag_of(body: bytes) -> str:
    """Return the entity tag of an answer."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def tag_of_model(shown: BaseModel) -> str:
    """Return the entity tag of the answer that shows a model."""
    return tag_of(shown.model_dump_json(by_alias=True).encode())


def conditioned(request: Request, response: Response) -> Response:
    """Return an answer to `GET` with its tag; without its body where the client has it."""
    body = bytes(getattr(response, "body", b""))  # a file has none here
    if request.method != "GET" or response.status_code != 200 or not body:  # noqa: PLR2004
        return response
    tag = tag_of(body)
    response.headers["etag"] = tag
    # Kept by the client alone, and asked about each time.
    response.headers["cache-control"] = "private, no-cache"
    if not _names(request.headers.get("if-none-match"), tag, weakly=True):
        return response
    kept = ("etag", "link", "cache-control", "vary")
    headers = {name: value for name, value in response.headers.items() if name in kept}
    return Response(status_code=304, headers=headers)


def check_match(condition: str | None, current: BaseModel) -> None:
    """Refuse to change another version than the one that the client knows.

    Args:
        condition: the header `If-Match`, or None.
        current: what stands.

    Raises:
        WrongError: 412, it is another.
    """
    if condition is not None and not _names(condition, tag_of_model(current), weakly=False):
        raise WrongError(
            412, "it was changed since you read it; read it again, and decide on what it says now"
        )


def _names(header: str | None, tag: str, *, weakly: bool) -> bool:
    """Tell whether a list of tags has one; `W/` is nothing that we make, and passes in a `GET`."""
    if header is None:
        return False
    # What was sent compressed (`keypin.web.api.packing`) is the same thing.
    tags = [one.strip().replace('-gzip"', '"') for one in header.split(",", _TAGS)[:_TAGS]]
    return "*" in tags or tag in tags or (weakly and f"W/{tag}" in tags)
