"""`keypin.toml`: an inventory as code, read with places; nothing in it is skipped.

The first thing that is wrong raises, with file, line, key and what was expected. The secret address
of a route is told by where it is kept, so that the file can be shown to anybody. Must not open
files: text goes in, and pins that stand in files of their own are asked for by `resolve`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from keypin.alerts.toml import route_of, rule_of
from keypin.certs import Endpoint, Protocol
from keypin.errors import InventoryError
from keypin.inventory.ct import CtWatch
from keypin.inventory.entries import HOURLY, Owner, WatchedEndpoint
from keypin.inventory.inventory import LIMITS, Inventory, Resolve, resolved
from keypin.inventory.names import span_of
from keypin.inventory.routes import Kept, Reference, RouteEntry, RuleEntry
from keypin.inventory.toml_applications import ApplicationReader, Built
from keypin.pins.toml_lines import Path
from keypin.pins.toml_table import parse

# 100,000 endpoints with owner and tags take 10 MB.
MAX_KEYPIN_TOML = 32 * 1024 * 1024

# Those have a million of marks that make values (`keypin.pins.toml_table.parse`). Of nothing but
# values a text of that size would take minutes and gigabytes to read.
MAX_VALUES = 1_500_000

VERSION = 1

_TOP = ("version", "organisation", "ct", "owner", "application", "endpoint", "route", "rule")
_CT = ("expected_issuers", "caa", "look_alikes")
_OWNER = ("name", "title", "mail")
_ENDPOINT = (
    *("host", "port", "protocol", "interval", "vantage_points", "owner", "tags"),
    "expected_issuers",
)
_URL = 'a reference as { env = "SLACK_URL" } or { secret = "slack" }'


def loads(
    text: str,
    *,
    name: str | None = None,
    resolve: Resolve | None = None,
    inline_urls: bool = False,
) -> Inventory:
    """Read a `keypin.toml`.

    Args:
        text: the file's text.
        name: the file's name, for errors and places.
        resolve: gives the bytes of a file of pins by its path in the text; without it releases keep
            the reference, and `keypin.inventory.resolved` reads the files later.
        inline_urls: take the address of a route as it stands in the text.

    Raises:
        InventoryError: it is no TOML, too large, or breaks the schema or a rule of inventories;
            says line, key and what was expected.
        InputError: an inline policy, or a file of pins, is malformed; says the same.
    """
    values, lines = parse(
        text,
        name=name,
        limit=MAX_KEYPIN_TOML,
        what="a keypin.toml",
        error=InventoryError,
        values=MAX_VALUES,
    )
    reader = _Reader(name, lines, InventoryError)
    inventory = reader.inventory(values, inline_urls=inline_urls)
    return inventory if resolve is None else resolved(inventory, resolve)


class _Reader(ApplicationReader):
    """Turns values into an inventory."""

    __slots__ = ()

    def inventory(self, values: dict[str, Any], *, inline_urls: bool) -> Inventory:
        self.known((), values, _TOP)
        version = self.value((), values, "version", int, "the integer 1")
        if version != VERSION:
            self.fail(("version",), f"version {version!r}", "version = 1, the only one there is")
        organisation = self.value((), values, "organisation", str, "a name as shop")
        ct = self.ct(values)
        owners = self.entries(values, "owner", self.owner)
        applications = self.entries(values, "application", self.application)
        endpoints = self.entries(values, "endpoint", self.endpoint)
        route = partial(self.route, inline_urls=inline_urls)
        routes = self.entries(values, "route", route)
        rules = self.entries(values, "rule", self.rule)
        return self.entry(
            (),
            lambda: Inventory(
                organisation=organisation,
                ct=ct,
                owners=owners,
                applications=applications,
                endpoints=endpoints,
                routes=routes,
                rules=rules,
            ),
        )

    def entries(
        self, values: dict[str, Any], key: str, build: Callable[[Path, dict[str, Any]], Built]
    ) -> tuple[Built, ...]:
        """Return the entries of a kind; too many are refused before they are built."""
        limit = LIMITS[f"{key}s"]
        return tuple(
            build((key, index), table)
            for index, table in enumerate(self.tables((), values, key, limit))
        )

    def ct(self, values: dict[str, Any]) -> CtWatch | None:
        """Return what is expected of logs; None where the file does not say it."""
        path = ("ct",)
        table = self.value((), values, "ct", dict, "a [ct] table", required=False)
        if table is None:
            return None
        self.known(path, table, _CT)
        issuers = self.issuers(path, table)
        caa, look_alikes = (
            self.value(path, table, key, bool, "true or false", required=False) or False
            for key in ("caa", "look_alikes")
        )
        return self.entry(
            path,
            lambda: CtWatch(
                expected_issuers=issuers, caa=caa, look_alikes=look_alikes, place=self.place(path)
            ),
        )

    def owner(self, path: Path, table: dict[str, Any]) -> Owner:
        self.known(path, table, _OWNER)
        name = self.value(path, table, "name", str, "a name as platform")
        title = self.value(path, table, "title", str, "a string", required=False)
        mail = self.texts(path, table, "mail", "an array of addresses", "an address")
        return self.entry(
            path, lambda: Owner(name=name, title=title, mail=mail, place=self.place(path))
        )

    def endpoint(self, path: Path, table: dict[str, Any]) -> WatchedEndpoint:
        self.known(path, table, _ENDPOINT)
        where = self.where(path, table)
        interval = self.value(path, table, "interval", str, "a span of time as 6h", required=False)
        points = self.texts(path, table, "vantage_points", "an array of names", "a name")
        owner = self.value(path, table, "owner", str, "the name of an owner", required=False)
        tags, issuers = self.tags(path, table), self.issuers(path, table)
        span = HOURLY
        if interval is not None:
            span = self.entry(path, lambda: span_of(interval, "interval"))
        return self.entry(
            path,
            lambda: WatchedEndpoint(
                endpoint=where,
                interval=span,
                vantage_points=points,
                owner=owner,
                tags=tags,
                expected_issuers=issuers,
                place=self.place(path),
            ),
        )

    def where(self, path: Path, table: dict[str, Any]) -> Endpoint:
        """Return what is probed. A protocol's own port is the one that its URLs mean."""
        host = self.value(path, table, "host", str, "a host name or IP address")
        protocol = self.word(path, table, "protocol", Protocol.TLS)
        port = self.value(path, table, "port", int, "a port from 1 to 65535", required=False)
        if port is None:
            port = Endpoint.parse(f"{protocol}://localhost").port
        key = "port" if "port" in table else "host"
        self.placed((*path, "host"), lambda: Endpoint(host))
        return self.placed((*path, key), lambda: Endpoint(host, port, protocol))

    def route(self, path: Path, table: dict[str, Any], *, inline_urls: bool) -> RouteEntry:
        url = self.url(path, table, inline_urls=inline_urls)
        own = {key: value for key, value in table.items() if key != "url"}
        return self.entry(
            path, lambda: RouteEntry(route=route_of(own), url=url, place=self.place(path))
        )

    def url(self, path: Path, table: dict[str, Any], *, inline_urls: bool) -> Reference:
        where = (*path, "url")
        value = self.value(path, table, "url", object, _URL)
        if isinstance(value, str):
            if not inline_urls:
                step = "move the address into the environment or the service's store of secrets"
                self.fail(where, "an address in the file", _URL, step)
            return self.entry(path, lambda: Reference(Kept.INLINE, value))
        found = self.table(where, value, _URL)
        self.known(where, found, (Kept.ENV, Kept.SECRET))
        if len(found) != 1:
            self.fail(where, "both env and secret" if found else "an empty table", _URL)
        kept = next(iter(found))
        name = self.value(where, found, kept, str, "a name as a string")
        return self.entry(path, lambda: Reference(Kept(kept), name))

    def rule(self, path: Path, table: dict[str, Any]) -> RuleEntry:
        return self.entry(path, lambda: RuleEntry(rule=rule_of(table), place=self.place(path)))
