"""What the stream's server answers to a request: a stream, a page, or why not.

The paths of streams are those of certstream-server-go, `example.json` and `latest.json` are
certstream-server's. `/heads` lets other monitors compare the tree heads that logs showed them.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

from keypin.ct.certstream import Kind
from keypin.ct.watch_list import WatchList
from keypin.errors import InputError
from keypin.monitor.log import Log
from keypin.monitor.store import Store
from keypin.monitor.stream_hub import Hub

STREAMS = {"": Kind.LITE, "/full-stream": Kind.FULL, "/domains-only": Kind.DOMAINS}
# The most names that a client may ask for; its request line has 8 kB at most.
NAMES = 500
_JSON, _LINES, _TEXT = "application/json", "application/jsonl", "text/plain; charset=utf-8"
_NAMES = ("domains", "names")
_PARAMETERS = (*_NAMES, "alarms")
_ALARMS = {"yes": True, "no": False}

_WELCOME = """\
keypin ct stream: what Certificate Transparency logs publish, as WebSocket messages of certstream.

/               certificates
/full-stream    certificates with their bytes and chains
/domains-only   their names alone
                each with ?domains=example.com for that name and all below it, or ?names=example.com
                for the name alone, commas between several; with &alarms=yes what logs do wrong,
                as messages of type alarm
/example.json   the newest message; /full-stream/example.json, /domains-only/example.json
/latest.json    the newest messages
/heads          the newest signed tree head of each log, as JSON Lines
/healthz        whether the stream is up
"""


class Asked(NamedTuple):
    """A stream that a client asks for.

    Attributes:
        kind: what its messages hold.
        wanted: which entries; None for all.
        alarms: whether it has alarms, too.
    """

    kind: Kind
    wanted: WatchList | None = None
    alarms: bool = False


class Page(NamedTuple):
    """An answer that is no stream."""

    status: HTTPStatus
    body: bytes
    content_type: str = _TEXT


class NoStreamError(InputError):
    """There is no stream at a path."""


def asked(target: str) -> Asked:
    """Return the stream that a request's target names.

    Raises:
        NoStreamError: there is none.
        InputError: it asks for names that are none.
    """
    path, query = _parts(target)
    kind = STREAMS.get(path)
    if kind is None:
        raise NoStreamError(f"no stream at {path!r}", expected="/, /full-stream or /domains-only")
    parameters = _parameters(query)
    return Asked(kind, _wanted(parameters), _alarms(parameters.get("alarms", ["no"])[-1]))


def _parts(target: str) -> tuple[str, str]:
    try:
        url = urlsplit(target)
    except ValueError as error:
        raise NoStreamError(f"no path: {error}", expected="/") from error
    return url.path.rstrip("/"), url.query


def _parameters(query: str) -> dict[str, list[str]]:
    try:
        parameters = parse_qs(query, keep_blank_values=True, max_num_fields=NAMES)
    except ValueError as error:
        raise InputError(f"a query: {error}", expected=f"{NAMES} parameters at most") from error
    unknown = sorted(set(parameters) - set(_PARAMETERS))
    if unknown:
        expected = "domains, names or alarms"
        raise InputError(f"the parameter {unknown[0]!r}", expected=expected)
    return parameters


def _alarms(value: str) -> bool:
    if value not in _ALARMS:
        raise InputError(f"alarms={value}", expected="yes or no")
    return _ALARMS[value]


def _wanted(parameters: Mapping[str, list[str]]) -> WatchList | None:
    if not any(name in parameters for name in _NAMES):
        return None
    domains, names = (_listed(parameters.get(name, [])) for name in _NAMES)
    if len(domains) + len(names) > NAMES:
        raise InputError(f"{len(domains) + len(names)} names", expected=f"{NAMES} at most")
    return WatchList(domains=domains, names=names)


def _listed(values: Iterable[str]) -> list[str]:
    return [name for value in values for name in value.split(",")]


def heads(store: Store, logs: Iterable[Log]) -> str:
    """Return the newest tree head of each log, its signature verified, as JSON Lines."""
    lines = list[str]()
    for log in logs:
        for head in store.heads(log.id, 1):
            named = {"log_id": log.id.hex(), "log": log.name}
            lines.append(json.dumps({**named, **json.loads(head.dumps())}))
    return "".join(f"{line}\n" for line in lines)


class Pages:
    """The pages beside the streams.

    Args:
        hub: what knows the latest messages.
        heads: gives the newest tree heads, as JSON Lines; may take its time.
    """

    def __init__(self, hub: Hub, heads: Callable[[], str]) -> None:
        self._hub = hub
        self._heads = heads

    async def page(self, method: str, target: str) -> Page:
        """Return the answer to a request that asks for no WebSocket."""
        if method != "GET":
            return Page(HTTPStatus.METHOD_NOT_ALLOWED, b"only GET is answered here\n")
        try:
            path, _ = _parts(target)
        except NoStreamError as error:
            return Page(HTTPStatus.BAD_REQUEST, f"{error}\n".encode())
        if path == "/heads":
            # The file may be busy with what is verified meanwhile.
            return Page(HTTPStatus.OK, (await asyncio.to_thread(self._heads)).encode(), _LINES)
        return self._at_once(path)

    def _at_once(self, path: str) -> Page:
        base, _, name = path.rpartition("/")
        if path == "":
            return Page(HTTPStatus.OK, _WELCOME.encode())
        if path == "/healthz":
            return Page(HTTPStatus.OK, b"ok\n")
        if path == "/latest.json":
            return Page(HTTPStatus.OK, self._latest(), _JSON)
        if name == "example.json" and base in STREAMS:
            return self._example(STREAMS[base])
        if path in STREAMS:
            return Page(HTTPStatus.UPGRADE_REQUIRED, b"this is a WebSocket: ask for an upgrade\n")
        return Page(HTTPStatus.NOT_FOUND, f"nothing at {path!r}; / says what there is\n".encode())

    def _latest(self) -> bytes:
        newest_first = reversed(self._hub.latest)
        messages = [msgspec.Raw(update.message(Kind.LITE)) for update in newest_first]
        return msgspec.json.encode({"messages": messages})

    def _example(self, kind: Kind) -> Page:
        for update in reversed(self._hub.latest):
            message = update.message(kind)
            if message:
                return Page(HTTPStatus.OK, message, _JSON)
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, b"no certificate was seen yet\n")
