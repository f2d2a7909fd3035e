"""TrustKit's configuration, in Info.plist and in Swift."""

from datetime import UTC, datetime

import pytest

from keypin.errors import FormatError, PinError
from keypin.formats import form
from keypin.pins import Mode, OnExpiry

PLIST, CODE = form("trustkit-ios"), form("trustkit-ios-code")
A, B = ("A" * 42 + "A=", "B" * 42 + "A=")


def plist(domain: str) -> str:
    """Return an Info.plist with one domain."""
    return (
        "<plist><dict><key>TSKConfiguration</key><dict><key>TSKPinnedDomains</key><dict>\n"
        f"<key>example.com</key>\n<dict>\n{domain}</dict>\n</dict></dict></dict></plist>\n"
    )


HASHES = (
    "<key>TSKPublicKeyHashes</key>\n<array>\n"
    f"<string>{A}</string>\n<string>{B}</string>\n</array>\n"
)
QUIET = "<key>TSKDisableDefaultReportUri</key><true/>\n"


def test_all_settings() -> None:
    """What TrustKit knows is translated, its silent expiry too."""
    text = plist(
        f"{HASHES}{QUIET}<key>TSKIncludeSubdomains</key><true/>\n"
        "<key>TSKEnforcePinning</key><false/>\n"
        "<key>TSKExpirationDate</key><string>2027-01-31</string>\n"
        "<key>TSKReportUris</key><array><string>https://r.example/pins</string></array>\n"
    )
    reading = PLIST.loads(text, name="Info.plist")
    (policy,) = reading.pin_set.policies
    assert str(policy.host) == "**.example.com"
    assert policy.mode is Mode.REPORT
    assert policy.expires == datetime(2027, 1, 31, tzinfo=UTC)
    assert policy.on_expiry is OnExpiry.ALLOW
    assert policy.report_to == ("https://r.example/pins",)
    assert str(policy.place) == "Info.plist:2"
    assert [one.id for one in reading.findings] == ["trustkit-enforce-off"]


def test_a_subdomain_is_excluded() -> None:
    """What is excluded from its parent's policy is exempt."""
    text = plist("<key>TSKExcludeSubdomainFromParentPolicy</key><true/>\n")
    (policy,) = PLIST.loads(text).pin_set.policies
    assert policy.exempt is not None


@pytest.mark.parametrize(
    ("domain", "remarks"),
    [
        (HASHES, ["trustkit-default-reports"]),
        (HASHES.replace(f"<string>{B}</string>\n", "") + QUIET, ["trustkit-one-pin"]),
    ],
)
def test_remarks(domain: str, remarks: list[str]) -> None:
    """What TrustKit does unasked, or would not start with, is remarked."""
    assert [one.id for one in PLIST.loads(plist(domain)).findings] == remarks


@pytest.mark.parametrize(
    ("domain", "error", "complaint"),
    [
        ("", FormatError, "i:2: no pins for example.com; expected TSKPublicKeyHashes"),
        (HASHES + "<key>TSKExpirationDate</key>\n<string>soon</string>\n", FormatError,
         "i:10: the date 'soon'; expected a date as 2027-01-31"),
        (HASHES + "<key>TSKExpirationDate</key>\n<true/>\n", FormatError,
         "i:10: <true> for TSKExpirationDate; expected <string>"),
        (HASHES.replace(A, "AAAA"), PinError, "i:6: the digest has 3 bytes"),
    ],
)  # fmt: skip
def test_mistakes(domain: str, error: type[Exception], complaint: str) -> None:
    """A date that cannot be read would mean never to TrustKit: it is refused here."""
    with pytest.raises(error) as caught:
        PLIST.loads(plist(domain), name="i")
    assert str(caught.value).startswith(complaint)


def test_no_domains() -> None:
    """A property list without pinned domains holds no pins."""
    with pytest.raises(FormatError, match=r"^no pins; expected an Info\.plist with TSKConf"):
        PLIST.loads("<plist><dict></dict></plist>")


def test_objective_c() -> None:
    """The same keys are read in Objective-C."""
    text = (
        "#import <TrustKit/TrustKit.h>\n"
        "NSDictionary *c = @{ kTSKPinnedDomains : @{\n"
        '  @"www.example.com" : @{\n'
        "    kTSKIncludeSubdomains : @YES,\n"
        "    kTSKEnforcePinning : @NO,\n"
        '    kTSKExpirationDate : @"2027-01-31",\n'
        f'    kTSKPublicKeyHashes : @[ @"{A}", @"{B}" ],\n'
        '    kTSKReportUris : @[ @"https://r.example/a", @"https://r.example/b" ] },\n'
        '  @"old.www.example.com" : @{ kTSKExcludeSubdomainFromParentPolicy : @YES },\n'
        "}};\n"
    )
    reading = CODE.loads(text)
    first, second = reading.pin_set.policies
    assert str(first.host) == "**.www.example.com"
    assert first.mode is Mode.REPORT
    assert first.report_to == ("https://r.example/a", "https://r.example/b")
    assert second.exempt is not None
    assert [one.id for one in reading.findings] == [
        "trustkit-enforce-off",
        "trustkit-default-reports",
    ]
