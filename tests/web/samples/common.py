"""What several sample pages show alike, as a shop with three apps sees it."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from keypin.findings import Finding, Severity
from keypin.watch.people.roles import Role
from keypin.web.views.chart import Chart, Series
from keypin.web.views.form import Field
from keypin.web.views.frame import Frame, Notice, Person
from keypin.web.views.parts import (
    CertificateShown,
    ChainShown,
    Link,
    ReleaseVerdict,
    Tone,
    Verdict,
)
from keypin.web.views.table import Column, Table

NOW = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
GOOD, NOTE, WARNING, BAD, QUIET, UNKNOWN = Tone


def ago(**span: float) -> datetime:
    """Return a moment before the one at which every sample is looked at."""
    return NOW - timedelta(**span)


def pin_of(text: str) -> str:
    """Return a pin that looks like one."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256/{base64.b64encode(digest).decode()}"


def frame(here: str, *, owner: bool = True, notices: tuple[Notice, ...] = ()) -> Frame:
    """Return the frame of somebody who is signed in."""
    return Frame(
        now=NOW,
        csrf="token",
        person=Person("Ada Byron", "ada@shop.example", Role.OWNER if owner else Role.VIEWER),
        organisation="Shop",
        organisations=(Link("Bank", "/o/bank/"),),
        base="/o/shop",
        here=here,
        open_alerts=3,
        notices=notices,
        demonstration=here == "overview",
    )


def outside() -> Frame:
    """Return the frame of somebody who is not signed in."""
    return Frame(now=NOW, csrf="token")


SHOP32 = Link("Shop 3.2", "/o/shop/inventory/releases/32")
SHOP31 = Link("Shop 3.1", "/o/shop/inventory/releases/31")
API = Link("api.shop.example:443", "/o/shop/endpoints/1")
CDN = Link("cdn.shop.example:443", "/o/shop/endpoints/2")


def certificate(position: str, subject: str, issuer: str) -> CertificateShown:
    """Return a certificate of a sample chain."""
    return CertificateShown(
        position=position,
        subject=subject,
        issuer=issuer,
        names=("api.shop.example", "www.shop.example") if position == "leaf" else (),
        key="EC P-256" if position == "leaf" else "EC P-384",
        spki=pin_of(subject),
        sha256=hashlib.sha256(subject.encode()).hexdigest(),
        begins=ago(days=40),
        ends=NOW + timedelta(days=50 if position == "leaf" else 900),
        serial="04c2a1f09b77e3",
        pinned_by=(SHOP32, SHOP31) if position == "intermediate" else (),
    )


CHAIN = ChainShown(
    shown_by="203.0.113.7, 2001:db8::7, asked for EC",
    certificates=(
        certificate("leaf", "api.shop.example", "Example Issuing CA E7"),
        certificate("intermediate", "Example Issuing CA E7", "Example Root X2"),
        certificate("root", "Example Root X2", "Example Root X2"),
    ),
    since=ago(days=12),
    facts=("TLS 1.3", "2 SCTs embedded", "OCSP stapled: good"),
)
REFUSED = ChainShown(
    shown_by="203.0.113.8, asked for RSA",
    certificates=(certificate("leaf", "shop.example", "Corporate Proxy CA"),),
    problem="The chain ends at Corporate Proxy CA, which is not in the trust store.",
    facts=("TLS 1.2",),
)
FINDINGS = (
    Finding(
        id="backup-missing",
        severity=Severity.ERROR,
        subject="api.shop.example",
        message="The policy of api.shop.example has no backup pin.",
        cure="Make a key offline with keypin pin --new, and add its pin to the next release.",
        evidence=("Both pins match certificates that are served now.",),
    ),
    Finding(
        id="ca-retires",
        severity=Severity.WARNING,
        subject="Example Issuing CA E7",
        message="Example Issuing CA E7 issues no certificate after 1 February 2027.",
        cure="Pin E8 as well, before the next renewal.",
    ),
    Finding(
        id="short-life",
        severity=Severity.NOTE,
        subject="leaf",
        message="The leaf certificate lives 90 days.",
        cure="Renew with the same key, or pin the intermediate.",
        evidence=("Valid from 2026-10-20 to 2027-01-18.", "Its key was renewed 4 times."),
    ),
)
SAID = (
    ReleaseVerdict(
        release=SHOP32,
        share=0.41,
        verdict=Verdict.MATCHED,
        pin=pin_of("Example Issuing CA E7"),
        position="intermediate",
    ),
    ReleaseVerdict(
        release=SHOP31,
        share=0.12,
        verdict=Verdict.MISMATCH,
        detail="None of its 2 pins is in the chain.",
    ),
    ReleaseVerdict(release=Link("Kiosk 1.0", "/k"), share=None, verdict=Verdict.NOT_PINNED),
)


def text(name: str, label: str, **more: object) -> Field:
    """Return a field that must be filled."""
    return Field(name=name, label=label, required=True, **more)  # type: ignore[arg-type]


def chart(key: str, *, bars: bool = True) -> Chart:
    """Return a day of numbers, with a burst in it."""
    hours = tuple(ago(hours=47 - hour) for hour in range(48))
    burst = tuple(float(180 if 38 <= hour <= 43 else hour % 5) for hour in range(48))
    noise = tuple(float(6 + (hour * 7) % 11) for hour in range(48))
    return Chart(
        key=key,
        title="Reports an hour",
        summary="A burst from one network began nine hours ago; the rest is as always.",
        unit="reports",
        bars=bars,
        at=hours,
        series=(
            Series("interception", NOTE, noise),
            Series("our rotation", BAD, burst),
            Series("unknown", QUIET, tuple(2.0 for _ in hours)),
        ),
    )


def table(key: str, title: str, columns: str, rows: tuple[object, ...], **more: object) -> Table:
    """Return a table: columns are `key:Title`, with a plus where they are numbers."""
    made = tuple(
        Column(*column.rstrip("+").split(":"), numeric=column.endswith("+"))
        for column in columns.split(", ")
    )
    defaults: dict[str, object] = {"total": len(rows), "hint": "name or tag", "sort": made[0].key}
    return Table(
        key=key,
        title=title,
        path=f"/o/shop/{key}",
        columns=made,
        rows=rows,
        **(defaults | more),  # type: ignore[arg-type]
    )
