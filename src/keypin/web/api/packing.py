"""Long answers are compressed, where that gives nothing away.

What a browser asks for by its cookie is left as it is: the length of a compressed answer that holds
both a secret and what another site made the browser ask for tells of the secret (BREACH). A program
that shows a token is driven by nobody else.
"""

import gzip
import re

from starlette.requests import Request
from starlette.responses import Response

# Shorter answers fit into a packet or two anyway.
LEAST = 1024

# `gzip` with any quality but 0.
_TAKES = re.compile(
    r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE
)


def packed(request: Request, response: Response) -> Response:
    """Return an answer compressed, if the client takes that.

    Its entity tag is another then (RFC 9110 section 8.8.3.3), and both are known to
    `keypin.web.api.conditions`.
    """
    body = bytes(getattr(response, "body", b""))
    if len(body) < LEAST or "authorization" not in request.headers:
        return response
    response.headers["vary"] = "accept-encoding, authorization"
    if not _TAKES.search(request.headers.get("accept-encoding", "")):
        return response
    response.body = gzip.compress(body, 5, mtime=0)
    response.headers["content-length"] = str(len(response.body))
    response.headers["content-encoding"] = "gzip"
    if "etag" in response.headers:
        response.headers["etag"] = response.headers["etag"].removesuffix('"') + '-gzip"'
    return response
