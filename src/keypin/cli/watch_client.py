"""Speaking to a running watch: its API (`/api/v1`) through the standard library's HTTP client.

A pipeline needs no more than keypin itself for it. The token goes over TLS alone, except to this
very machine; the pins of the watch's own certificate can be demanded like those of any server.
"""

import json
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import IO, Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import click

from keypin.cli import options
from keypin.cli.watch_patience import Patience
from keypin.errors import InputError, KeypinError

API = "/api/v1"

# A judgement of many chains takes a while; an answer that is larger is none of a watch.
_PATIENCE = 120.0
_LARGEST = 256 * 1024 * 1024

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})

# Statuses by which the caller's input is at fault; all others mean that nothing could be told.
_THEIRS = frozenset({400, 404, 409, 412, 413, 415, 422})

NAMES = ("token", "token_file", "watch_cafile", "watch_pins")
"""The options besides `--watch`."""

_OTHERS = (
    click.option(
        "--token",
        metavar="TOKEN",
        envvar="KEYPIN_TOKEN",
        help="A token of the watch. Better: KEYPIN_TOKEN, which no list of processes shows.",
    ),
    click.option(
        "--token-file", type=click.Path(), metavar="FILE", help="The token stands in this file."
    ),
    click.option(
        "--watch-cafile",
        type=click.Path(),
        metavar="FILE",
        help="Trust these certificates for the watch instead of the platform's.",
    ),
    click.option(
        "--watch-pins",
        type=click.Path(),
        metavar="FILE",
        help="Demand these pins of the watch, a pins.toml.",
    ),
)

_WATCH = "The address of a running watch, as https://watch.example.com."

required = options.stacked(
    click.option("--watch", required=True, metavar="URL", envvar="KEYPIN_WATCH", help=_WATCH),
    *_OTHERS,
)

maybe = options.stacked(
    click.option("--watch", metavar="URL", help=f"{_WATCH} It is asked instead of --pins."),
    *_OTHERS,
)


class WatchError(KeypinError):
    """A watch cannot be reached, or does not do what it is asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a watch answered.

    Attributes:
        status: of HTTP.
        body: as it came.
        retry_after: when to come again, or empty.
    """

    status: int
    body: bytes
    retry_after: str = ""

    def json(self) -> Any:
        """Return it as JSON.

        Raises:
            WatchError: it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise WatchError(
                "the answer is no JSON: check that --watch is the address of a keypin watch"
            ) from error


class WatchClient:
    """A client of one watch.

    Args:
        watch: its address.
        token: shown to it.
        token_file: where the token stands.
        watch_cafile: the anchors for its certificate.
        watch_pins: a file of pins that it must match.

    Raises:
        InputError: the address is none, there is no token, or a file cannot be used.
    """

    def __init__(
        self,
        watch: str,
        *,
        token: str | None = None,
        token_file: str | None = None,
        watch_cafile: str | None = None,
        watch_pins: str | None = None,
    ) -> None:
        self._token = _token(token, token_file)
        self.address = watch.rstrip("/")
        parts = _parts(self.address)
        self._host, self._port, self._prefix = parts.hostname or "", parts.port, parts.path
        secure = parts.scheme == "https"
        self._context = _context(watch_cafile, watch_pins) if secure else None

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: bytes | IO[bytes] | None = None,
        document: object = None,
    ) -> Answer:
        """Ask for something.

        Args:
            method: of HTTP.
            path: below `/api/v1/`, with each part quoted.
            query: parameters; those that are None are left out, lists are repeated.
            body: what is sent, as bytes or an open file.
            document: what is sent instead, as JSON.

        Raises:
            InputError: the watch refuses what was asked.
            WatchError: it cannot be reached, or could not do it, though it was waited for where
                it asked for that.
        """
        target = path if path.startswith("/") else f"{API}/{path}"
        known = {name: value for name, value in (query or {}).items() if value not in (None, ())}
        if known:
            target += f"?{urlencode(known, doseq=True)}"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if document is not None:
            body = json.dumps(document).encode()
            headers["Content-Type"] = "application/json"
        elif body is not None:
            headers["Content-Type"] = "application/octet-stream"
            headers["Content-Length"] = str(_size(body))
        patience = Patience(self.address)
        while True:
            answer = self._sent(method, self._prefix + target, body, headers)
            if not patience.waits(answer.status, answer.retry_after):
                return self._checked(answer)
            if body is not None and not isinstance(body, bytes):
                body.seek(0)

    def pages(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list, page after page."""
        page = self.ask("GET", path, query={"limit": 500, **query}).json()
        yield from page["items"]
        while page["next"]:
            page = self.ask("GET", page["next"]).json()
            yield from page["items"]

    def _sent(
        self, method: str, target: str, body: bytes | IO[bytes] | None, headers: dict[str, str]
    ) -> Answer:
        connection = self._connection()
        try:
            # A watch that refuses a large file says so before it has all of it, and hangs up.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, target, body, headers)
            return _received(connection.getresponse())
        except (OSError, HTTPException) as error:
            if isinstance(error, KeypinError):  # the pins of the watch: it says all itself
                raise
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise WatchError(
                f"{self.address}: {reason}; check the address, and that the watch runs"
            ) from error
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._context is None:
            return HTTPConnection(self._host, self._port, timeout=_PATIENCE)
        return HTTPSConnection(self._host, self._port, timeout=_PATIENCE, context=self._context)

    def _checked(self, answer: Answer) -> Answer:
        if answer.status < 400:  # noqa: PLR2004 - all below is success
            return answer
        try:
            detail = str(json.loads(answer.body)["detail"])
        except (ValueError, TypeError, KeyError):
            detail = f"the answer is {answer.status}, and not of a keypin watch"
        if answer.status in _THEIRS:
            raise InputError(detail)
        if answer.retry_after.isprintable() and answer.retry_after:
            detail += f" (Retry-After: {answer.retry_after[:40]}, which is not waited for any more)"
        raise WatchError(f"{self.address}: {detail}")


def client(watch: str, options_: Mapping[str, Any]) -> WatchClient:
    """Return the client that the options of a verb describe."""
    return WatchClient(watch, **{name: options_[name] for name in NAMES})


def part(text: str) -> str:
    """Return a name as a part of a path."""
    return quote(text, safe="")


def _token(token: str | None, file: str | None) -> str:
    if file is not None:
        from keypin.cli.files import read_bytes

        token = read_bytes(file).decode("utf-8", "replace").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise InputError(
            "no token of the watch",
            expected="--token-file, or the variable KEYPIN_TOKEN",
            next_step="make one in the settings of the organisation",
        )
    return token


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        here = parts.scheme == "http" and parts.hostname in _HERE
        if (parts.scheme == "https" or here) and parts.hostname and parts.port != 0:
            return parts
    except ValueError:  # a port that is none, or brackets that do not close
        pass
    raise InputError(
        f"the watch {address!r}",
        expected="https://HOST, or http:// on this machine: a token must not be overheard",
    )


def _context(cafile: str | None, pins: str | None) -> ssl.SSLContext:
    from keypin.cli.files import read_bytes

    for file in filter(None, (cafile, pins)):
        read_bytes(file)  # says which cannot be read
    if pins is None:
        return ssl.create_default_context(cafile=cafile)
    from keypin.tls import PinFile, create_default_context

    return create_default_context(PinFile(pins), cafile=cafile)


def _size(body: bytes | IO[bytes]) -> int:
    return len(body) if isinstance(body, bytes) else os.fstat(body.fileno()).st_size


def _received(response: HTTPResponse) -> Answer:
    body = response.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise WatchError(f"the answer is larger than {_LARGEST >> 20} MiB")
    return Answer(response.status, body, response.getheader("Retry-After", ""))
