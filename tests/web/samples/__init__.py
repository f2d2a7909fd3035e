"""Views of every page, as a shop with three apps sees them: what the browser tests look at."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from samples_of_pages.alerting import (
    alert_page,
    alerts_page,
    first_overview,
    overview_page,
    silences_page,
)
from samples_of_pages.common import GOOD, frame, outside
from samples_of_pages.endpoints import ENDPOINTS, endpoint_page, endpoints_page
from samples_of_pages.field import group_page, reports_page
from samples_of_pages.keeping import application_page, inventory_page, release_page
from samples_of_pages.settled import audit_page, code_page, settings_page, sign_in_page
from samples_of_pages.watching import RESULT, ct_page, issued_page, matrix_page

from keypin.web.look import Look
from keypin.web.views import check, endpoint, error
from keypin.web.views.frame import Notice
from keypin.web.views.parts import Link, Progress

LIMITS = "Public addresses alone, ports 443 and 8443, ten checks a minute."

# Each page: at which address, in which frame.
PAGES = {
    "overview": (
        overview_page(),
        frame(
            "overview",
            notices=(Notice(GOOD, "The silence has ended.", Link("Alerts", "/o/shop/alerts")),),
        ),
    ),
    "first-overview": (first_overview(), frame("overview")),
    "check": (check.CheckView(limits=LIMITS), frame("check")),
    "check-result": (
        check.CheckView(host="api.shop.example", result=RESULT, limits=LIMITS),
        frame("check"),
    ),
    "check-live": (
        check.CheckView(
            host="api.shop.example",
            progress=Progress(label="Reading api.shop.example", stream="/stream"),
        ),
        frame("check"),
    ),
    "check-refused": (
        check.CheckView(
            host="10.0.0.1",
            error="10.0.0.1 is an internal address, which this service does not read.",
            limits=LIMITS,
        ),
        outside(),
    ),
    "endpoints": (endpoints_page(), frame("endpoints")),
    "endpoint": (endpoint_page(), frame("endpoints")),
    "matrix": (matrix_page(), frame("matrix")),
    "matrix-planned": (matrix_page(planned=True), frame("matrix")),
    "ct": (ct_page(), frame("ct")),
    "issued": (issued_page(), frame("ct")),
    "reports": (reports_page(), frame("reports")),
    "report-group": (group_page(), frame("reports")),
    "alerts": (alerts_page(), frame("alerts", owner=False)),
    "alert": (alert_page(), frame("alerts")),
    "silences": (silences_page(), frame("alerts")),
    "inventory": (inventory_page(), frame("inventory")),
    "application": (application_page(), frame("inventory")),
    "release": (release_page(), frame("inventory")),
    "settings": (settings_page(), frame("settings")),
    "audit": (audit_page(), frame("audit")),
    "sign-in": (sign_in_page(), outside()),
    "code": (code_page(), outside()),
    "error": (
        error.ErrorView(
            status=404,
            title="There is no such endpoint",
            message=(
                "Nothing is watched under this address; it may have been removed. The audit log "
                "says by whom."
            ),
            links=(Link("All endpoints", "/o/shop/endpoints"),),
            request="r-7f31",
        ),
        frame("endpoints"),
    ),
}


def endpoints_asked(sort: str = "endpoint", q: str = "", page: str = "1") -> endpoint.EndpointsView:
    """Answer as the handler of the endpoints does: sort, filter, and turn to a page."""
    column = sort.removeprefix("-")
    rows = [row for row in ENDPOINTS if q in row.endpoint.text]
    rows.sort(key=lambda row: str(getattr(row, column)), reverse=sort.startswith("-"))
    shown = endpoints_page()
    answer = replace(
        shown.table,
        rows=tuple(rows),
        total=len(rows),
        sort=column,
        descending=sort.startswith("-"),
        query=q,
        page=int(page),
    )
    return replace(shown, table=answer)


def sent(form: Mapping[str, object]) -> error.ErrorView:
    """Return a page that says with which token a form was sent."""
    return error.ErrorView(status=200, title=f"Sent with {form['csrf']}", message="It is done.")


def events(look: Look) -> Iterator[str]:
    """Return the events of one check: two steps, the result, and the end."""
    inside = frame("check")
    steps = (
        Progress(
            label="Reading api.shop.example",
            stream="/stream",
            done=1,
            total=2,
            lines=("203.0.113.7",),
        ),
        RESULT,
    )
    for step in steps:
        lines = look.render(inside, step).splitlines()
        yield "".join(f"data: {line}\n" for line in lines) + "\n"
    yield "event: done\ndata: done\n\n"
