"""Sample views of the pages Reports and Report group."""

from samples_of_pages.common import BAD, CHAIN, FINDINGS, NOTE, ago, chart, pin_of, table, text

from keypin.web.views import (
    reports,
)
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import (
    Action,
    Link,
    State,
    Tab,
)

GROUP = reports.GroupRow(
    group=Link("Shop 3.1 refuses the new key of api.shop.example", "/o/shop/reports/1"),
    cause=State(BAD, "our rotation"),
    application="shop",
    host="api.shop.example",
    issuer="Let's Encrypt R11",
    key="sha256/t2gxBNT46rh2Dx44/DG+0SMgXORY2U/FVG4ydlBAUsA=",
    expected=("sha256/GcekbVgL0es63GhJ9mkrbfG58grlAvLufMuOQ8oinDI=",),
    releases=("3.1", "3.0"),
    reports=1080,
    sources=744,
    countries=("DE", "AT", "PL"),
    first=ago(hours=9),
    last=ago(minutes=1),
    burst=ago(minutes=40),
)
DIVISIONS = reports.Divisions(
    (
        reports.Division(
            "By network",
            (
                reports.Share("network", "AS3320 Deutsche Telekom", 410, 0.38),
                reports.Share("network", "AS5432 Proximus", 122, 0.11),
                reports.Share("network", "unknown", 548, 0.51),
            ),
        ),
        reports.Division(
            "By country",
            (
                reports.Share("country", "DE", 700, 0.648),
                reports.Share("country", "AT", 210, 0.194),
                reports.Share("country", "PL", 96, 0.089),
                reports.Share("country", "FR", 41, 0.038),
                reports.Share("country", "SG", 9, 0.008),
                reports.Share("country", "unknown", 24, 0.022),
            ),
        ),
        reports.Division("By release", (reports.Share("release", "shop 3.1", 1080, 1.0),)),
    ),
    "All reports of the 30 groups that had one last, since each group began.",
)


def reports_page() -> reports.ReportsView:
    """Return a day with a burst."""
    quiet = reports.GroupRow(
        group=Link("A corporate proxy intercepts www.shop.example", "/o/shop/reports/2"),
        cause=State(NOTE, "interception"),
        application="kiosk",
        host="www.shop.example",
        issuer="Zscaler",
        key="",
        expected=(),
        releases=("3.2",),
        reports=52,
        sources=3,
        countries=(),
        first=ago(days=80),
        last=ago(hours=3),
    )
    return reports.ReportsView(
        chart=chart("bursts"),
        spans=(Link("day", "?span=day"), Link("week", "?span=week"), Link("month", "?span=month")),
        span="day",
        tabs=(
            Tab("To look at", 2, "?groups=open", True),
            Tab("Known", 1, "?groups=known", False),
            Tab("All", 3, "?groups=all", False),
        ),
        groups=table(
            "reports",
            "Groups",
            "last:Last, group:Group, cause:Cause, application:Application, host:Host, "
            "releases:Releases, countries:From, reports:Reports+, sources:Sources+",
            (GROUP, quiet),
            sort="reports",
            descending=True,
        ),
        divisions=DIVISIONS,
        collectors=reports.COLLECTORS.of(
            (
                reports.Collector("Shop", "https://watch.shop.example/r/k7Qm2a", ago(minutes=1)),
                reports.Collector("Kiosk", "https://watch.shop.example/r/p0Zr8b", None),
            )
        ),
    )


def group_page() -> reports.GroupView:
    """Return the group that bursts."""
    return reports.GroupView(
        row=GROUP,
        findings=FINDINGS[:1],
        chart=chart("group"),
        spans=(Link("hour", "?span=hour"), Link("day", "?span=day")),
        span="day",
        chain=CHAIN,
        expected=(pin_of("old key"), pin_of("older key")),
        divisions=DIVISIONS,
        reports=table(
            "group-reports",
            "Newest reports",
            "at:Received, release:Release, platform:Platform, network:Network, "
            "country:Country, :Form",
            (
                reports.ReportRow(
                    at=ago(minutes=1),
                    release="3.1",
                    platform="Android 15",
                    network="93.184.216.0/24",
                    country="DE",
                    form="TrustKit",
                ),
            ),
        ),
        mark=Form(
            key="mark",
            action="/m",
            title="Mark as known",
            submit="Mark it",
            intro="Nobody is told of it, until it gets worse.",
            fields=(
                text("note", "Note", error="A mark has a note."),
                Field(name="until", label="Last day", kind="date"),
            ),
        ),
        actions=(Action("Unmark it", "/u", "bell"),),
    )
