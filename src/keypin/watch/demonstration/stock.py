"""The shop's inventory, put in by the functions by which people and pipelines put in theirs."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import cast

from keypin.alerts import Route
from keypin.certs import Certificate, Endpoint
from keypin.inventory import CtWatch
from keypin.inventory.entries import Application, Owner, WatchedEndpoint
from keypin.lab.authority import issue
from keypin.pins.toml_write import dumps
from keypin.watch.alerting import routes
from keypin.watch.collecting.shares import measure
from keypin.watch.core import Core
from keypin.watch.demonstration.pins import APPLICATIONS, RELEASES, Shipped
from keypin.watch.demonstration.scenes import API, CDN, CHAT, IMAGES, LOGIN, OWN, PAY, WWW
from keypin.watch.demonstration.stage import Stage
from keypin.watch.inventory import (
    Edit,
    applications,
    ct_watch,
    endpoints,
    owners,
    pushing,
    read_upload,
)
from keypin.watch.people import audit, organisations
from keypin.watch.people.audit import Actor
from keypin.watch.people.first import NAME
from keypin.watch.store import Scope
from keypin.watch.store.tables import schedules

ACTOR = Actor("demonstration")
ROUTE = "mailbox"

OWNERS = (
    Owner(name="mobile", title="Mobile team", mail=("mobile@shop.test",)),
    Owner(name="platform", title="Platform team", mail=("platform@shop.test",)),
)

# The shortest that there is.
_INTERVAL = timedelta(seconds=30)

# Host, owner and tags.
ENDPOINTS = (
    (API, "platform", ("production",)),
    (PAY, "platform", ("production", "payment")),
    (LOGIN, "platform", ("production", "accounts")),
    (IMAGES, "mobile", ("static",)),
    (CDN, "mobile", ("static",)),
    (CHAT, "mobile", ("production",)),
    (WWW, "platform", ("web",)),
)

CT_WATCH = CtWatch(expected_issuers=("keypin lab",), caa=True, look_alikes=True)
"""The organisation of the shop's CA, and of no other that its clients trust."""


class Stock:
    """The inventory of the organisation that the demonstration is of.

    Args:
        core: the installation.
        stage: what is played.
        mailbox: the address of who is told.
    """

    def __init__(self, core: Core, stage: Stage, mailbox: str) -> None:
        self._core = core
        self._stage = stage
        self._mailbox = mailbox

    def fill(self) -> int:
        """Put everything in, unless it is there; return the organisation's number."""
        at = self._core.clock()
        with self._core.database.begin_across() as connection:
            found = organisations.find(connection, NAME)
            if found is None:
                number = organisations.create(connection, NAME, "Shop", ACTOR, at)
            else:
                number = found.number
        with self._core.database.begin(number) as scope:
            if found is None:
                self._put(scope, at)
            else:
                self._tell_again(scope)
        return number

    def keys(self, organisation: int) -> Mapping[str, str]:
        """Return what the applications' reports go to, by their names."""
        with self._core.database.read(organisation) as scope:
            return {one.name: one.report_key for one in applications.listed(scope)}

    def measure(self) -> None:
        """Measure how many users each release has, which the service does every hour."""
        measure(self._core)

    def probe(self, organisation: int, *hosts: str) -> None:
        """Have endpoints probed as soon as a prober is free, as the button of their page does."""
        at = self._core.clock()
        with self._core.database.begin(organisation) as scope:
            for host in hosts:
                known = endpoints.find_by(scope, Endpoint(host))
                if known is None:
                    continue  # somebody removed it
                due = scope.update(schedules).where(schedules.c.endpoint == known.id)
                scope.execute(due.values(due_at=at))

    def _put(self, scope: Scope, at: datetime) -> None:
        for owner in OWNERS:
            _note(scope, owners.add(scope, owner), at)
        for name, (title, platform, by) in APPLICATIONS.items():
            entry = Application(name=name, title=title, platform=platform, owner=by)
            _note(scope, applications.add(scope, entry, at=at), at)
        for host, by, tags in ENDPOINTS:
            watched = WatchedEndpoint(
                endpoint=Endpoint(host), interval=_INTERVAL, owner=by, tags=tags
            )
            _note(scope, endpoints.add(scope, watched, at=at), at)
        for one in RELEASES:
            _note(scope, self._push(scope, one, at), at)
        _note(scope, self._plan(scope, at), at)
        _note(scope, ct_watch.change(scope, CT_WATCH, at=at), at, "change")
        route = Route(name=ROUTE)
        edit = routes.add(scope, self._core.sealer, route, self._mailbox, at=at)
        _note(scope, edit, at)

    def _push(self, scope: Scope, one: Shipped, at: datetime) -> Edit:
        text = dumps(one.pin_set(self._stage.cast)).encode()
        upload = read_upload(BytesIO(text), f"{one.application}-{one.version}.toml", at=at)
        released = at - timedelta(days=one.days)
        return pushing.ship(
            scope,
            one.application,
            one.version,
            upload,
            at=at,
            released_at=released,
            share=one.share,
        )

    def _plan(self, scope: Scope, at: datetime) -> Edit:
        """Plan a chain with a key that no release pins."""
        leaf = issue(self._stage.request(API, "api-next", OWN), at)
        chain = [Certificate.from_der(one.der) for one in (leaf, self._stage.cast.authority(OWN))]
        deploy_at = at + timedelta(days=6)
        return pushing.plan(
            scope, "new key for the API", chain, deploy_at=deploy_at, by=ACTOR.name, at=at
        )

    def _tell_again(self, scope: Scope) -> None:
        """Give the route the mailbox's new address, unless somebody removed it."""
        for known in routes.listed(scope):
            if known.route.name == ROUTE:
                routes.change(scope, self._core.sealer, known.route, self._mailbox)


def _note(scope: Scope, edit: Edit, at: datetime, action: str = "add") -> None:
    # The log holds no fractions: databases write them in several ways.
    detail = json.loads(json.dumps(edit.detail, default=str), parse_float=str)
    whole = cast("audit.Detail", detail)
    audit.record(scope, ACTOR, f"{edit.kind}.{action}", edit.subject, whole, at=at)
