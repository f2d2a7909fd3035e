"""Sample views of the pages Endpoints and Endpoint."""

from datetime import timedelta

from samples_of_pages.common import (
    API,
    BAD,
    CHAIN,
    FINDINGS,
    GOOD,
    NOTE,
    NOW,
    QUIET,
    REFUSED,
    SAID,
    WARNING,
    ago,
    table,
    text,
)

from keypin.web.views import (
    endpoint,
)
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import (
    Action,
    Link,
    State,
)
from keypin.web.views.timeline import Interval, Lane, Mark, Timeline
from keypin.web.views.users import Hit, Users
from keypin.web.views.verdicts import verdicts

ENDPOINT = endpoint.EndpointRow(
    endpoint=API,
    protocol="TLS",
    state=State(BAD, "refused by a release"),
    tags=("payments", "eu"),
    owner="payments",
    issuer="Example Issuing CA E7",
    expires=NOW + timedelta(days=50),
    refused=1,
    affected=Users((Hit("shop", 0.12),)),
    seen=ago(minutes=11),
)
ENDPOINTS = (
    ENDPOINT,
    endpoint.EndpointRow(
        endpoint=Link("mail.shop.example:587", "/m"),
        protocol="SMTP, STARTTLS",
        state=State(GOOD, "accepted by all"),
        tags=(),
        owner="",
        issuer="Example Issuing CA R12",
        expires=NOW + timedelta(days=3),
        refused=0,
        affected=Users(),
        seen=ago(hours=1),
    ),
    endpoint.EndpointRow(
        endpoint=Link("new.shop.example:443", "/n"),
        protocol="TLS",
        state=State(QUIET, "not read yet"),
        tags=("beta",),
        owner="web",
        issuer="",
        expires=None,
        refused=0,
        affected=Users(),
        seen=None,
    ),
)


def endpoints_page() -> endpoint.EndpointsView:
    """Return the second of many pages of endpoints."""
    return endpoint.EndpointsView(
        table=table(
            "endpoints",
            "Endpoints",
            "endpoint:Endpoint, state:State, refused:Refused by, issuer:Issuer, expires:Expires, "
            "owner:Owner, seen:Read",
            ENDPOINTS,
            total=1204,
            page=2,
            hint="name, tag or owner",
        ),
        add=Form(
            key="add",
            action="/o/shop/endpoints",
            title="Watch an endpoint",
            submit="Watch it",
            fields=(text("endpoint", "Host, or host:port", hint="As api.example.com:443."),),
        ),
    )


def timeline() -> Timeline:
    """Return a year with a renewal, a new key and a new CA."""
    turn, later = ago(days=120), ago(days=12)
    return Timeline(
        title="What api.shop.example:443 showed over a year",
        begins=ago(days=270),
        ends=NOW + timedelta(days=95),
        lanes=(
            Lane(
                "Certificate",
                (
                    Interval(
                        begins=ago(days=300),
                        ends=turn,
                        label="04a1…",
                        detail=("EC P-256",),
                        tone=QUIET,
                    ),
                    Interval(
                        begins=turn,
                        ends=later,
                        label="04b7…",
                        detail=("EC P-256",),
                        tone=QUIET,
                        href="/c/2",
                    ),
                    Interval(
                        begins=later,
                        ends=NOW + timedelta(days=50),
                        label="04c2…",
                        detail=("ends 18 Jan 2027",),
                        tone=NOTE,
                        href="/c/3",
                    ),
                    Interval(
                        begins=NOW + timedelta(days=50),
                        ends=None,
                        label="planned renewal",
                        detail=("same key",),
                        tone=NOTE,
                        planned=True,
                    ),
                ),
            ),
            Lane(
                "Key",
                (
                    Interval(
                        begins=ago(days=300),
                        ends=later,
                        label="EC P-256 · 9f3a…",
                        detail=("pinned by 3.1 and 3.2",),
                        tone=GOOD,
                    ),
                    Interval(
                        begins=later,
                        ends=None,
                        label="EC P-256 · 07bb…",
                        detail=("pinned by no release",),
                        tone=WARNING,
                    ),
                ),
            ),
            Lane(
                "Issuing CA",
                (
                    Interval(
                        begins=ago(days=300),
                        ends=None,
                        label="Example Issuing CA E7",
                        detail=(),
                        tone=QUIET,
                    ),
                ),
            ),
            Lane(
                "Shop 3.2 (41%)",
                (
                    Interval(
                        begins=ago(days=200),
                        ends=None,
                        label="matched by the intermediate",
                        detail=(),
                        tone=GOOD,
                    ),
                ),
            ),
            Lane(
                "Shop 3.1 (12%)",
                (
                    Interval(
                        begins=ago(days=300),
                        ends=later,
                        label="matched by the leaf's key",
                        detail=(),
                        tone=GOOD,
                    ),
                    Interval(
                        begins=later,
                        ends=None,
                        label="refused",
                        detail=("12% of the users",),
                        tone=BAD,
                    ),
                ),
            ),
        ),
        now=NOW,
        marks=(Mark(NOW, "now", NOTE), Mark(NOW + timedelta(days=50), "leaf ends", WARNING)),
    )


def endpoint_page() -> endpoint.EndpointView:
    """Return an endpoint that one release refuses."""
    return endpoint.EndpointView(
        row=ENDPOINT,
        vantages="Every hour from two places.",
        chains=(CHAIN, REFUSED),
        releases=verdicts(SAID),
        findings=FINDINGS,
        timeline=timeline(),
        spans=(Link("month", "?span=month"), Link("year", "?span=year"), Link("all", "?span=all")),
        span="year",
        expiries=(
            endpoint.Expiry("Leaf certificate", NOW + timedelta(days=50), State(GOOD, "in time")),
            endpoint.Expiry("Policy of Shop 3.1", NOW + timedelta(days=21), State(WARNING, "soon")),
        ),
        logged=endpoint.LOGGED.of(
            (
                endpoint.LoggedRow(
                    subject=Link("api.shop.example", "/c/4"),
                    issuer="Example Issuing CA E8",
                    logged=ago(minutes=9),
                    log="Sabre 2026h2",
                    ends=NOW + timedelta(days=90),
                    state=State(WARNING, "never served"),
                    releases=SAID[:2],
                ),
            )
        ),
        probes=endpoint.PROBES.of(
            (
                endpoint.ProbeRow(
                    address="203.0.113.7:443",
                    vantage="Frankfurt",
                    key_kind="EC",
                    at=ago(minutes=11),
                    state=State(GOOD, "verified"),
                    tls="TLS 1.3, AES-128-GCM",
                    leaf="04c2a1f09b77e3",
                ),
                endpoint.ProbeRow(
                    address="203.0.113.8:443",
                    vantage="Frankfurt",
                    key_kind="RSA",
                    at=ago(minutes=11),
                    state=State(BAD, "not verified"),
                    tls="TLS 1.2",
                    leaf="99aa",
                ),
                endpoint.ProbeRow(
                    address="[2001:db8::9]:443",
                    vantage="Oregon",
                    key_kind="EC",
                    at=ago(minutes=12),
                    state=State(BAD, "no answer"),
                    detail="It did not answer within 10 seconds.",
                ),
            )
        ),
        actions=(Action("Read now", "/p", "refresh"), Action("Pause", "/p", "clock")),
        edit=Form(
            key="edit",
            action="/e",
            title="Owner, tags and schedule",
            submit="Save",
            fields=(Field(name="owner", label="Owner", value="payments"),),
        ),
    )
