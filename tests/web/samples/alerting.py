"""Sample views of the pages Alerts, Alert and Overview."""

from datetime import timedelta

from samples_of_pages.common import (
    API,
    BAD,
    CDN,
    GOOD,
    NOTE,
    NOW,
    QUIET,
    SHOP31,
    WARNING,
    ago,
    chart,
    table,
    text,
)

from keypin.findings import Severity
from keypin.web.views import (
    alerts,
    overview,
    silences,
)
from keypin.web.views.form import Field, Form, Option
from keypin.web.views.parts import (
    Action,
    Link,
    State,
    Tab,
)
from keypin.web.views.users import Hit, Users

ALERT = alerts.AlertRow(
    number=1,
    href="/o/shop/alerts/1",
    severity=Severity.ERROR,
    title="Shop 3.1 refuses api.shop.example",
    subject=API,
    since=ago(minutes=9),
    state=State(BAD, "open"),
    owner="payments",
    next_step="Put back the certificate with the key 9f3a… or ship 3.3 before the old one is gone.",
    affected=Users((Hit("shop", 0.12),)),
)
ALERTS = (
    ALERT,
    alerts.AlertRow(
        number=2,
        href="/o/shop/alerts/2",
        severity=Severity.WARNING,
        title="A certificate for api.shop.example was issued nine minutes ago: no release pins it",
        subject=API,
        since=ago(minutes=9),
        state=State(WARNING, "acknowledged"),
        owner="payments",
        next_step="Ask whoever ordered it not to deploy it.",
        affected=Users((Hit("shop-android", 0.41), Hit("shop-ios", 0.3))),
        count=3,
    ),
    alerts.AlertRow(
        number=3,
        href="/o/shop/alerts/3",
        severity=Severity.NOTE,
        title="The log Sabre 2026h2 has not answered for two hours",
        subject=Link("Sabre 2026h2", "/o/shop/ct"),
        since=ago(hours=2),
        state=State(NOTE, "open"),
        owner="",
        next_step="Wait: the other logs hold its certificates too.",
    ),
)


def overview_page() -> overview.OverviewView:
    """Return a morning with something to do."""
    return overview.OverviewView(
        needs=ALERTS,
        more=4,
        deadlines=(
            overview.Deadline(NOW + timedelta(days=3), BAD, "The leaf certificate ends.", CDN),
            overview.Deadline(NOW + timedelta(days=21), WARNING, "The policy expires.", SHOP31),
            overview.Deadline(NOW + timedelta(days=50), NOTE, "The leaf certificate ends.", API),
        ),
        counts=(
            overview.Count("Endpoints", "1,204", "3 cannot be read", WARNING, "/o/shop/endpoints"),
            overview.Count("Releases in use", "7", "2 refuse something", BAD, "/o/shop/matrix"),
            overview.Count("Users who connect", "88%", "12% are refused", BAD, "/o/shop/matrix"),
            overview.Count("Reports today", "1,132", "one burst", NOTE, "/o/shop/reports"),
        ),
        chart=chart("reports"),
        parts=(
            overview.Part("Prober", State(GOOD, "on time"), "1,204 endpoints an hour"),
            overview.Part("CT", State(WARNING, "1 log is silent"), "38 logs", ago(hours=2)),
            overview.Part("Collector", State(GOOD, "takes reports"), "14 a minute"),
            overview.Part("Alerts", State(GOOD, "delivered"), "to mail and Slack", ago(minutes=9)),
        ),
        calendar="/o/shop/calendar.ics",
        feed="/o/shop/alerts.rss",
    )


def first_overview() -> overview.OverviewView:
    """Return the first morning of a new organisation."""
    return overview.OverviewView(
        needs=(),
        more=0,
        deadlines=(),
        counts=(overview.Count("Endpoints", "0", "none yet", QUIET, "/o/shop/endpoints"),),
        chart=None,
        parts=(overview.Part("Prober", State(QUIET, "idle"), "nothing to read"),),
        steps=(
            overview.Step("Create the organisation", "Its data stays apart.", True, "/s"),
            overview.Step("Add an application", "With the pins of a release.", False, "/i"),
            overview.Step("Say who is told", "Mail, Slack, a webhook.", False, "/s"),
        ),
    )


def alerts_page() -> alerts.AlertsView:
    """Return the open alerts."""
    return alerts.AlertsView(
        tabs=(
            Tab("Open", 3, "?state=open", True),
            Tab("Resolved", 41, "?state=resolved", False),
        ),
        table=table(
            "alerts",
            "Open alerts",
            ":Choose, severity:Severity, title:Alert, subject:About, affected:Users+, since:Since, "
            "state:State, owner:Owner",
            ALERTS,
            sort="severity",
            kept=(("state", "open"),),
        ),
        chosen=alerts.Chosen(
            action="/c",
            state="open",
            deeds=(Option("acknowledge", "Take care of them"), Option("silence", "Silence them")),
            spans=(Option("hour", "an hour"), Option("day", "a day")),
            span="day",
            note="",
            ticked=frozenset({2}),
            error="A silence needs a reason.",
        ),
        feed="/o/shop/alerts.rss",
        routes="/o/shop/settings/routes",
    )


def silences_page() -> silences.SilencesView:
    """Return a silence that is in force, and one that somebody ended."""
    end = Action("End it now", "/e")
    return silences.SilencesView(
        tabs=(
            Tab("Open", 3, "/o/shop/alerts?state=open", False),
            Tab("Silences", 1, "/o/shop/silences", True),
        ),
        table=silences.SILENCES.of(
            (
                silences.SilenceRow(
                    covers=("of payments", "*.shop.example:443"),
                    reason="The certificates are replaced on Monday",
                    by="Ada Byron",
                    since=ago(hours=3),
                    ends=NOW + timedelta(days=3),
                    state=State(NOTE, "in force"),
                    actions=(end,),
                ),
                silences.SilenceRow(
                    covers=("chain-*",),
                    reason="Moving to another network",
                    by="token pipeline",
                    since=ago(days=9),
                    ends=ago(days=8),
                    state=State(QUIET, "ended by Grace"),
                ),
            )
        ),
        form=Form(
            key="silence",
            action="/s",
            title="Silence something",
            submit="Silence",
            fields=(text("owners", "Owners"), text("reason", "Reason", error="Say why.")),
        ),
        actions=(Action("End all silences", "/e", "bell"),),
    )


def alert_page() -> alerts.AlertView:
    """Return one alert, of which somebody was told at the second try."""
    return alerts.AlertView(
        alert=ALERT,
        heading="Chain refused: api.shop.example:443",
        rule="release-refuses",
        message=(
            "api.shop.example:443 serves a certificate with a new key. None of the 2 pins of "
            "Shop 3.1 is in its chain."
        ),
        cure=ALERT.next_step,
        evidence=(
            alerts.Evidence("", "Read from Frankfurt at 12:21:04 UTC, 203.0.113.7."),
            alerts.Evidence(
                "",
                "Shop 3.1 accepts:",
                (
                    alerts.Evidence(
                        "sha256/OKHBFJU9hWMc1xesPWTSYdIlhEgbZyfpfq7f0m39BNw=", "active"
                    ),
                    alerts.Evidence(
                        "sha256/4qOjUedFmRkMt7qbat1r6Io/NHJt4/hVO2AWKwpt/Wk=", "backup"
                    ),
                ),
            ),
        ),
        links=(Link("The endpoint", API.href), Link("The release", SHOP31.href)),
        actions=(
            Action("Acknowledge", "/a", "check"),
            Action(
                "Resolve",
                "/r",
                "circle-check",
                confirm="Resolve it, although the release still refuses the chain?",
                danger=True,
            ),
        ),
        care=Form(
            key="care",
            action="/c",
            title="Take care of it, with a note",
            submit="Take care of it",
            fields=(text("note", "Note"),),
        ),
        silence=Form(
            key="silence",
            action="/s",
            title="Silence",
            submit="Silence it",
            intro="It is still kept, and told again afterwards if it is still so.",
            fields=(
                Field(
                    name="span",
                    label="For",
                    kind="choice",
                    value="day",
                    required=True,
                    options=(Option("hour", "an hour"), Option("day", "a day")),
                ),
                text(
                    "reason",
                    "Reason",
                    error="A reason is needed: whoever reads this next will ask.",
                ),
            ),
        ),
        events=(
            alerts.Event(
                ago(minutes=5), State(NOTE, "taken"), "Somebody takes care of it.", "ada", "On it."
            ),
            alerts.Event(
                ago(minutes=9), State(BAD, "open"), "Opened: 1 endpoint, 12% of users", "the prober"
            ),
        ),
        deliveries=alerts.DELIVERIES.of(
            (
                alerts.Delivery(
                    "payments", "slack://…/T0…", State(GOOD, "delivered"), ago(minutes=5), 2
                ),
                alerts.Delivery(
                    "all",
                    "mail to ops@shop.example",
                    State(WARNING, "trying again"),
                    ago(minutes=8),
                    3,
                    "The server said: 451 try again later.",
                ),
            )
        ),
    )
