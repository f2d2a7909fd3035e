"""Every form of the pages, sent as somebody would send it: a story with a step for each route.

Each step is accepted where those before it were. A route that lands later has no step, and
`pages/test_audited.py` says so.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from ipaddress import ip_network
from typing import Any

from pyotp.totp import TOTP

from keypin.watch.people import accounts, external, invitations, memberships, second, sessions
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.external import Vouched
from keypin.watch.people.roles import Role
from keypin.watch.people.sessions import Stage
from keypin.watch.store.tables import applications, releases, report_groups, silences
from keypin.web.sessions import new_visitor

OLD, NEW = "seven green bottles", "eight green bottles"
WHO, GUEST = "ada@shop.example", "bob@shop.example"
HOOK = f"https://127.0.0.1:9/hook#{'k' * 32}"
TOML = """version = 1
organisation = "acme"

[[owner]]
name = "mobile"
title = "Mobile"
mail = ["mobile@shop.example"]

[[endpoint]]
host = "mail.shop.example"
"""

# What is of no organisation.
OUTSIDE = ("/sign-in", "/sign-in/code", "/sign-in/recovery", "/sign-out", "/join/{link}")

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """A form that is sent.

    Attributes:
        route: the path of the route, below the organisation where it is of one.
        fields: what stands in it; a function where that depends on what was shown before.
    """

    route: str
    fields: Fields | Callable[["Teller"], Fields]


class Teller:
    """Ada, an owner of the shop with a password, who sends one form after the other.

    Args:
        shop: where.
    """

    def __init__(self, shop: Any) -> None:
        self.shop = shop
        shop.settings = replace(shop.settings, internal=(ip_network("127.0.0.0/8"),))
        shop.__post_init__()
        with shop.database.begin(1) as scope:
            number = accounts.create(scope.connection, WHO, "Ada", shop.now, password=OLD)
            memberships.add(scope, number, Role.OWNER, SERVICE, shop.now)
            bob = accounts.create(scope.connection, GUEST, "Bob", shop.now, password=OLD)
            memberships.add(scope, bob, Role.VIEWER, SERVICE, shop.now)
        with shop.database.begin_across() as connection:
            who = Vouched(
                issuer="https://id.example", subject="7", mail=WHO, verified=True, name="Ada"
            )
            ada = accounts.get(connection, number)
            external.link(connection, ada, who, by=SERVICE, at=shop.now)
            sessions.create(connection, number, shop.now)  # elsewhere, too
            self.cookie = sessions.create(connection, number, shop.now)
        self.number, self.bob, self.secret = number, bob, ""

    def browser(self, route: str = "") -> Any:
        """Return the browser that sends a form: Ada's, a stranger's, or one half signed in."""
        found, token = self.shop.visitor(), self.cookie
        found.base = "/o/acme" if route not in OUTSIDE else ""
        if route in {"/sign-in", "/join/{link}"}:
            token = new_visitor()
        elif found.base == "" and route != "/sign-out":
            with self.shop.database.begin_across() as connection:
                now, stage = self.shop.now, Stage.PASSWORD
                token = sessions.create(connection, self.number, now, stage=stage)
        found.client.cookies.set("__Host-keypin", token, domain="watch.example", path="/")
        return found

    def send(self, route: str, fields: Fields) -> Any:
        """Send a form; Ada goes on with the cookie that she is given."""
        browser = self.browser(route)
        answer = browser.post(self.address(route), **fields)
        if browser.base:
            self.cookie = browser.client.cookies.get("__Host-keypin", domain="watch.example")
        return answer

    def address(self, route: str) -> str:
        """Return where a form goes."""
        number = self._number(route) if "{number}" in route else ""
        return route.replace("{number}", number).replace("{link}", self._link(route))

    def fields(self, step: Step) -> Fields:
        """Return what stands in the form of a step."""
        return step.fields(self) if callable(step.fields) else step.fields

    def _link(self, route: str) -> str:
        if "{link}" not in route:
            return ""
        with self.shop.database.begin(1) as scope:
            return invitations.create(scope, Role.EDITOR, SERVICE, self.shop.now)

    def _number(self, route: str) -> str:
        last = {"applications": applications, "releases": releases, "reports": report_groups}
        last |= {"silences": silences}
        kind = route.partition("/{number}")[0].rpartition("/")[2]
        if kind not in last:
            return str(self.shop.endpoint("blog.shop.example")) if kind == "endpoints" else "1"
        with self.shop.database.read_across() as connection:
            return str(max(connection.execute(last[kind].select()).scalars()))


def _begun(teller: Teller) -> Fields:
    """Return the form that turns the second factor on, with the first code of it."""
    path = "/settings/account/second/begin"
    page = teller.browser().post(path, password=NEW).text
    teller.secret = re.search(r"\b[A-Z2-7]{32}\b", page)[0]  # type: ignore[index]
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)[1]  # type: ignore[index]
    return {"sealed": sealed, "code": TOTP(teller.secret).at(teller.shop.now)}


def _next_code(teller: Teller) -> Fields:
    teller.shop.now += timedelta(minutes=1)
    return {"code": TOTP(teller.secret).at(teller.shop.now), "next": "/"}


def _recovery(teller: Teller) -> Fields:
    with teller.shop.database.begin_across() as connection:
        account = accounts.get(connection, teller.number)
        codes = second.new_recovery(connection, account, by=SERVICE, at=teller.shop.now)
    return {"code": codes[0]}


def _planned(teller: Teller) -> Fields:
    """Return the form that applies what was planned."""
    page = teller.browser().post("/inventory/plan", toml=TOML).text
    return {"toml": TOML, "digest": re.search(r'name="digest" value="(\w+)"', page)[1]}  # type: ignore[index]


def _seen(teller: Teller) -> Fields:
    """Return the form that marks a group as known."""
    page = unescape(teller.browser().get(teller.address("/reports/{number}")).text)
    found = dict(re.findall(r'name="(classification|severity)" value="([^"]+)"', page))
    return {**found, "note": "the office", "until": f"{teller.shop.now:%Y-%m-%d}"}


def _chain(teller: Teller) -> Fields:
    pem = b"".join(one.pem for one in teller.shop.chain("active", "api.shop.example"))
    return {"chain": pem.decode(), "name": "Monday", "deploy_at": "2099-12-31"}


def _release(teller: Teller) -> Fields:
    return {"text": teller.shop.pins("till.shop.example"), "version": "2.0", "share": "12.5"}


_ACCOUNT = "/settings/account"
_RULE = {
    **dict.fromkeys(("when-ids", "when-subjects", "when-owners", "when-tags"), ""),
    **dict.fromkeys(("when-applications", "severity", "ignore", "routes", "wait", "repeat"), ""),
    **dict.fromkeys(("settle", "lapse", "escalate"), ""),
    "when-severity": "note",
    "group_by": "id",
    "window": "20s",
    "new": "yes",
}
_SILENCE = {
    **dict.fromkeys(("subjects", "owners", "tags", "applications", "until"), ""),
    "ids": "chain-*",
    "severity": "error",
    "span": "week",
    "reason": "planned",
}
_ENDPOINT = {
    "owner": "mobile",
    "tags": "eu, web",
    "interval": "300",
    "vantage_points": "",
    "expected_issuers": "A CA",
}
_APPLICATION = {
    "title": "Till",
    "platform": "linux",
    "owner": "mobile",
    "tags": "a b",
    "expected_issuers": "A CA",
}

STEPS = (
    Step("/sign-in", {"mail": GUEST, "password": OLD, "next": "/"}),
    Step("/join/{link}", {"mail": "eve@shop.example", "name": "Eve", "password": OLD}),
    Step(f"{_ACCOUNT}/name", {"name": "Ada King"}),
    Step(f"{_ACCOUNT}/end", {"session": "others"}),
    Step(f"{_ACCOUNT}/password", {"password": OLD, "new": NEW}),
    Step(f"{_ACCOUNT}/openid/unlink", {"password": NEW}),
    Step(f"{_ACCOUNT}/openid/link", {"password": NEW}),
    Step(f"{_ACCOUNT}/second/begin", {"password": NEW}),
    Step(f"{_ACCOUNT}/second/on", _begun),
    Step(f"{_ACCOUNT}/second/codes", {"password": NEW}),
    Step("/sign-in/code", _next_code),
    Step("/sign-in/recovery", _recovery),
    Step(f"{_ACCOUNT}/second/off", {"password": NEW}),
    Step("/settings/people/invite", {"mail": "carol@shop.example", "role": "viewer"}),
    Step("/settings/people/withdraw", {"invitation": "2"}),
    Step("/settings/people/role", lambda one: {"account": str(one.bob), "role": "editor"}),
    Step("/settings/people/remove", lambda one: {"account": str(one.bob)}),
    Step("/settings/tokens/make", {"name": "pipe", "ends": "2099-12-31", "scope-read": "on"}),
    Step("/settings/tokens/revoke", {"token": "1"}),
    Step("/settings/organisation/title", {"title": "Acme Mobile"}),
    Step("/settings/organisation/new", {"name": "acme-labs", "title": "Acme Labs"}),
    Step("/settings/dates/zone", {"zone": "Europe/Berlin"}),
    Step("/settings/dates/feeds", {}),
    Step("/endpoints", {"endpoint": "a.example", **_ENDPOINT}),
    Step("/endpoints/{number}", _ENDPOINT),
    Step("/endpoints/{number}/probe", {}),
    Step("/endpoints/{number}/pause", {}),
    Step("/endpoints/{number}/resume", {}),
    Step("/endpoints/{number}/remove", {}),
    Step("/matrix/plan", _chain),
    Step("/matrix/plan/{number}/withdraw", {}),
    Step("/alerts/{number}/acknowledge", {}),
    Step("/alerts/{number}/silence", {"span": "week", "reason": "Monday"}),
    Step("/alerts/{number}/unsilence", {}),
    Step("/silences/add", _SILENCE),
    Step("/silences/{number}/end", {}),
    Step("/silences/add", _SILENCE),
    Step("/silences/end", {}),
    Step("/alerts/chosen", {"do": "acknowledge", "alert": "2", "note": "on it", "state": "open"}),
    Step("/alerts/chosen", {"do": "silence", "alert": "2", "note": "on it", "span": "day"}),
    Step("/alerts/{number}/resolve", {}),
    Step("/reports/{number}/mark", _seen),
    Step("/reports/{number}/unmark", {}),
    Step("/ct/found/{number}/acknowledge", {"note": "Ordered for the move"}),
    Step("/ct/found/{number}/take-back", {}),
    Step("/ct/watch", {"expected_issuers": "A CA", "caa": "on", "look_alikes": "on"}),
    Step("/inventory/applications", {"name": "till", **_APPLICATION}),
    Step("/inventory/applications/{number}", {**_APPLICATION, "title": "The till"}),
    Step("/inventory/applications/{number}/releases", _release),
    Step("/inventory/applications/{number}/key", {}),
    Step("/inventory/releases/{number}", {"share": "20"}),
    Step("/inventory/releases/{number}/retire", {}),
    Step("/inventory/releases/{number}/restore", {}),
    Step("/inventory/releases/{number}/remove", {}),
    Step("/inventory/applications/{number}/remove", {}),
    Step("/settings/owners/add", {"name": "pay", "title": "Pay", "mail": "pay@shop.example"}),
    Step("/settings/owners/change", {"name": "pay", "title": "All", "mail": "a@shop.example"}),
    Step("/settings/owners/remove", {"name": "pay"}),
    Step("/settings/rules/try", {**_RULE, "name": "one"}),
    Step("/settings/rules/keep", {**_RULE, "name": "one"}),
    Step("/settings/rules/keep", {**_RULE, "name": "two"}),
    Step("/settings/rules/up", {"name": "two"}),
    Step("/settings/rules/remove", {"name": "one"}),
    Step("/settings/routes/add", {"name": "on-call", "address": HOOK, "severity": "error"}),
    Step("/settings/routes/change", {"name": "on-call", "severity": "warning"}),
    Step("/settings/routes/test", {"route": "on-call"}),
    Step("/settings/routes/switch", {"route": "on-call", "enabled": "no"}),
    Step("/settings/routes/remove", {"route": "on-call"}),
    Step("/settings/secrets/add", {"name": "chat", "value": HOOK}),
    Step("/settings/secrets/replace", {"name": "chat", "value": f"{HOOK}k"}),
    Step("/settings/secrets/remove", {"name": "chat"}),
    Step("/inventory/plan", {"toml": TOML}),
    Step("/inventory/apply", _planned),
    Step("/sign-out", {}),
)
