"""Sample views of the pages Release matrix, CT and Check."""

from datetime import timedelta

from samples_of_pages.common import (
    API,
    BAD,
    CDN,
    CHAIN,
    FINDINGS,
    GOOD,
    NOTE,
    QUIET,
    SAID,
    SHOP32,
    WARNING,
    ago,
    chart,
    pin_of,
    table,
    text,
)

from keypin.findings import Severity
from keypin.web.views import (
    check,
    ct,
    issued,
    matrix,
)
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import (
    Action,
    Link,
    ReleaseVerdict,
    State,
    Tab,
    Verdict,
)
from keypin.web.views.verdicts import verdicts


def matrix_page(*, planned: bool = False) -> matrix.MatrixView:
    """Return the releases of two applications by three endpoints."""
    releases = (
        matrix.MatrixColumn("Shop", Link("3.2", "/r/32"), 0.41),
        matrix.MatrixColumn("Shop", Link("3.1", "/r/31"), 0.12),
        matrix.MatrixColumn("Kiosk", Link("1.0", "/r/10"), None),
    )
    unseen = ReleaseVerdict(release=SHOP32, share=None, verdict=Verdict.UNSEEN)
    rows = (
        matrix.MatrixRow(API, State(BAD, "1 refuses"), SAID),
        matrix.MatrixRow(CDN, State(GOOD, "all accept"), (SAID[0], SAID[0], SAID[2])),
        matrix.MatrixRow(
            Link("new.shop.example:443", "/n"), State(QUIET, "not read"), (unseen,) * 3
        ),
    )
    return matrix.MatrixView(
        releases=releases,
        table=table("matrix", "Releases by endpoints", "endpoint:Endpoint", rows, hint="endpoint"),
        summary=State(
            BAD, "1 release of Shop with 12% of its users is refused by what is served now."
        ),
        planned=matrix.Planned("renewal-2027.pem", CHAIN, "/o/shop/matrix") if planned else None,
        plan=Form(
            key="plan",
            action="/o/shop/matrix/plan",
            title="Try a chain before it is deployed",
            submit="Judge it",
            fields=(
                text("chain", "Chain, in PEM", kind="area", hint="The leaf first."),
                Field(name="file", label="Or a file", kind="file"),
            ),
        ),
    )


ISSUED = ct.IssuedRow(
    found=ago(minutes=9),
    severity=Severity.ERROR,
    names=("api.shop.example",),
    issuer="Example Issuing CA E8",
    message=(
        "Its key is pinned by no release since 3.2; deploying it breaks 41% of the users of Shop."
    ),
    endpoint=API,
    deployed=State(NOTE, "not deployed"),
    log="Sabre 2026h2",
    sha256="ab" * 32,
    href="/o/shop/ct/found/1",
)


def issued_page() -> issued.IssuedView:
    """Return the certificate that nobody deployed."""
    return issued.IssuedView(
        row=ISSUED,
        chain=CHAIN,
        releases=verdicts(SAID, "If it were deployed"),
        findings=FINDINGS[:1],
        evidence=(
            issued.Evidence(
                what="Inclusion in Sabre 2026h2, entry 620,411,003",
                state=State(GOOD, "verified"),
                detail="Tree head of 620,411,904 entries",
            ),
        ),
        downloads=(Link("PEM", "/o/shop/ct/found/1.pem"),),
        links=(Link("Try it in the matrix", "/o/shop/matrix?plan=7"),),
        acknowledge=None,
        actions=(Action("Take it back", "/o/shop/ct/found/1/take-back", "bell"),),
    )


def ct_page() -> ct.CtView:
    """Return logs of which one is silent, and a certificate that nobody deployed."""
    return ct.CtView(
        summary=State(WARNING, "38 logs are read, one is silent."),
        watched=214,
        expected=("Expected to issue: Let's Encrypt, pki.goog.", "CAA is asked."),
        watch=None,
        tabs=(
            Tab("Not acknowledged", 1, "/o/shop/ct?which=open", current=True),
            Tab("Acknowledged", 2, "/o/shop/ct?which=acknowledged", current=False),
        ),
        found=table(
            "found",
            "Found",
            "found:Found, severity:Severity, names:Names, issuer:Issuer, deployed:Deployed",
            (ISSUED,),
        ),
        logs=ct.LOGS.of(
            (
                ct.LogRow(
                    name="Argon 2026h2",
                    operator="Google",
                    state=State(GOOD, "followed"),
                    size=1_940_233_112,
                    behind=212,
                    lag=timedelta(seconds=14),
                    rate=211.4,
                    heard=ago(seconds=4),
                ),
                ct.LogRow(
                    name="Sabre 2026h2",
                    operator="Sectigo",
                    state=State(WARNING, "silent"),
                    size=620_411_004,
                    behind=90_112,
                    lag=timedelta(hours=2),
                    rate=0,
                    heard=ago(hours=2),
                    detail="It answers 503 to every request.",
                ),
                ct.LogRow(
                    name="Willow 2027h1",
                    operator="Let's Encrypt",
                    state=State(QUIET, "not begun"),
                    size=0,
                    behind=0,
                    lag=None,
                    rate=0,
                    heard=None,
                ),
            ),
        ),
        chart=chart("entries", bars=False),
    )


RESULT = check.CheckResult(
    endpoint="api.shop.example:443",
    at=ago(seconds=2),
    state=State(GOOD, "verified"),
    facts=("TLS 1.3", "2 addresses", "412 ms"),
    failures=("2001:db8::9 did not answer within 10 seconds.",),
    chains=(CHAIN,),
    findings=FINDINGS[1:],
    advice=State(WARNING, "Pin it with care."),
    reasons=(
        "You can ship an app update within two weeks, and the server's key is yours.",
        "The leaf is renewed every 60 days: pin the key of the intermediate, not the leaf's.",
    ),
    proposals=(
        check.Proposal(
            pin_of("Example Issuing CA E7"), "active", "the intermediate that signs now"
        ),
        check.Proposal(pin_of("Example Issuing CA E8"), "backup", "its successor, of the same CA"),
    ),
    steps=("Make a key offline.", "Keep it where the web server cannot read it."),
    cautions=("The CA may change its intermediate without notice.",),
    snippets=(
        check.Snippet(
            "keypin",
            "pins.toml",
            '[[policy]]\nhost = "api.shop.example"\npins = [\n  "sha256/…",\n]\n',
        ),
        check.Snippet(
            "Android",
            "res/xml/network_security_config.xml",
            "<network-security-config>\n  "
            "<domain-config>…</domain-config>\n</network-security-config>\n",
            ("Android reports nothing: reports need keypin's own client.",),
        ),
    ),
    releases=SAID[:2],
    save="/o/shop/endpoints",
)
