"""TrustKit's additions to Android's configuration."""

import pytest

from keypin.formats import form
from keypin.pins import Mode

FORM = form("trustkit-android")
A, B = ("A" * 42 + "A=", "B" * 42 + "A=")


def config(trustkit: str, pins: tuple[str, ...] = (A, B), domains: str = "") -> str:
    """Return a configuration of one pinned host."""
    listed = "".join(f'<pin digest="SHA-256">{pin}</pin>' for pin in pins)
    return (
        f"<network-security-config>\n<domain-config>{domains}<domain>example.com</domain>\n"
        f"<pin-set>{listed}</pin-set>\n{trustkit}\n</domain-config>\n</network-security-config>"
    )


QUIET = 'disableDefaultReportUri="true"'


@pytest.mark.parametrize(
    ("text", "mode", "remarks"),
    [
        (config(f'<trustkit-config enforcePinning="true" {QUIET}/>'), Mode.ENFORCE, []),
        (config(f"<trustkit-config {QUIET}/>"), Mode.REPORT, ["trustkit-enforce-off"]),
        (config('<trustkit-config enforcePinning="true"/>'), Mode.ENFORCE,
         ["trustkit-default-reports"]),
        (config(f'<trustkit-config enforcePinning="true" {QUIET}/>', (A,)), Mode.ENFORCE,
         ["trustkit-one-pin"]),
        (config(f'<trustkit-config enforcePinning="true" {QUIET}/>',
                domains="<domain>a.example.com</domain>"), Mode.ENFORCE, ["trustkit-last-domain"]),
        (config(""), Mode.ENFORCE, []),
    ],
)  # fmt: skip
def test_what_trustkit_does(text: str, mode: Mode, remarks: list[str]) -> None:
    """It enforces where it is told to; what few expect of it is remarked."""
    reading = FORM.loads(text)
    policy = reading.pin_set.policy_for("example.com")
    assert policy is not None
    assert policy.mode is mode
    assert [one.id for one in reading.findings] == remarks


def test_reports() -> None:
    """Report addresses are read."""
    text = config(
        f'<trustkit-config enforcePinning="true" {QUIET}><report-uri>https://r.example/p'
        "</report-uri></trustkit-config>"
    )
    policy = FORM.loads(text).pin_set.policy_for("example.com")
    assert policy is not None
    assert policy.report_to == ("https://r.example/p",)
