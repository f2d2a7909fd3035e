"""The files that pages load: found once, named by their content, kept by browsers for a year.

All are under one digest, `/static/DIGEST/name`, so that a style sheet can name its font by a
relative path, and so that an upgrade of keypin changes every address at once. Compressed once, when
first asked for: what is packed at every answer would cost more than the rest of the page.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "static"

# RFC 8246: the file under this address never changes, so a reload need not ask.
_FOR_EVER = "public, max-age=31536000, immutable"
_PACKABLE = ("text/", "image/svg")
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    """One file: what it is called, of which media type, and its bytes."""

    name: str
    media_type: str
    body: bytes

    @cached_property
    def packed(self) -> bytes | None:
        """The bytes under gzip; None where they would not shrink."""
        packable = self.media_type.startswith(_PACKABLE)
        return gzip.compress(self.body, 9, mtime=0) if packable else None


class Statics:
    """The files of a folder, in memory.

    Args:
        folder: where they are; what its `README.md` and `licenses` say is not for browsers.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        paths = sorted(
            path
            for path in folder.rglob("*")
            if path.is_file() and path.suffix not in {".md", ".txt"}
        )
        self._files = {
            str(path.relative_to(folder)): StaticFile(
                str(path.relative_to(folder)), _media_type(path), path.read_bytes()
            )
            for path in paths
        }
        together = hashlib.sha256()
        for file in self._files.values():
            together.update(hashlib.sha256(file.name.encode()).digest())
            together.update(hashlib.sha256(file.body).digest())
        self.digest = together.hexdigest()[:16]

    def url(self, name: str) -> str:
        """Return the address of a file.

        Raises:
            KeyError: there is no such file; a template has a wrong name in it.
        """
        return f"/static/{self.digest}/{self._files[name].name}"

    def route(self) -> Route:
        """Return the route that serves the files."""
        return Route("/static/{digest}/{name:path}", self._serve, name="static")

    async def _serve(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        current = request.path_params["digest"] == self.digest
        headers = {
            # A page from before an upgrade still gets its files, but keeps none of them.
            "cache-control": _FOR_EVER if current else "no-store",
            "vary": "accept-encoding",
            "x-content-type-options": "nosniff",
        }
        body = file.body
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["content-encoding"] = file.packed, "gzip"
        return Response(body, headers=headers, media_type=file.media_type)


def _media_type(path: Path) -> str:
    # The machine's own table of media types is not asked where it may be wrong.
    known = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return known or "application/octet-stream"
