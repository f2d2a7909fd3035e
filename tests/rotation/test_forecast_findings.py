"""The forecast as findings: the worse the nearer."""

from datetime import timedelta

import pytest

from keypin.findings import Severity
from keypin.pins import OnExpiry
from keypin.rotation import Kind, Plan, merge
from keypin.rotation.forecast_findings import SEVERITIES, findings

DAY = timedelta(days=1)


@pytest.fixture
def found(rows, now):
    """Return a function that gives what is found, as severity by kind."""

    def find(*arguments, **more) -> dict[str, Severity]:
        forecast = merge(more.get("at", now), [rows(*arguments, **more)])
        return {one.id.removeprefix("forecast-"): one.severity for one in findings(forecast)}

    return find


def test_a_finding_says_all(shop, used, rows, now) -> None:
    """Identifier, host, sentence, evidence and cure."""
    (one, _) = findings(merge(now, [rows([used()], shop.chain("renewed"))]))
    assert one.id == "forecast-breaks-now"
    assert one.severity is Severity.ERROR
    assert one.subject == "api.shop.example"
    assert one.message.startswith("api.shop.example breaks now for 41% of users (3.2)")
    assert one.cure.startswith("Renew with the key of ")
    assert one.evidence[0] == "it accepts:"


def test_foreign_words_are_made_plain(shop, used, rows, now) -> None:
    """The name of a plan is anybody's text."""
    plan = Plan(name="the\x1b[31m renewal", at=now, chain=shop.chain("renewed"))
    (one,) = findings(merge(now, [rows([used()], planned=[plan])]))
    assert "\x1b" not in one.message


@pytest.mark.parametrize(
    ("days", "severity"),
    [(90, Severity.NOTE), (67, Severity.NOTE), (68, Severity.WARNING), (81, Severity.WARNING),
     (82, Severity.ERROR)],
)  # fmt: skip
def test_a_certificate_is_worse_the_less_of_its_life_is_left(
    shop, used, found, now, days: int, severity: Severity
) -> None:
    """Clients of ACME renew with a third left: at a quarter, a renewal failed."""
    start = 0 if days == 90 else -days
    chain = shop.chain(start=start)
    assert found([used()], chain) == {"certificate-expires": severity}
    plan = Plan(name="the renewal", at=now, chain=shop.chain(start=-1, days=120))
    assert found([used()], chain, planned=[plan]) == {"certificate-expires": Severity.NOTE}


@pytest.mark.parametrize(
    ("days", "refuses", "ends"),
    [
        (30, Severity.ERROR, Severity.WARNING),
        (31, Severity.WARNING, Severity.NOTE),
        (181, Severity.NOTE, Severity.NOTE),
    ],
)
def test_a_policy_is_worse_the_nearer_its_day(
    shop, used, found, now, days: int, refuses: Severity, ends: Severity
) -> None:
    """Users take months to update."""
    expires = now + days * DAY
    refusing = used(shop.policy(expires=expires, on_expiry=OnExpiry.REFUSE))
    assert found([refusing]) == {"policy-refuses": refuses}
    assert found([used(shop.policy(expires=expires))]) == {"policy-ends": ends}


def test_every_kind_has_its_severity() -> None:
    """Of a certificate that expires, its life decides."""
    assert SEVERITIES.keys() | {Kind.CERTIFICATE_EXPIRES} == set(Kind)
