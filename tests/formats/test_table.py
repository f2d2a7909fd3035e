"""Pins in source code as a table: what people write, in whatever language."""

from datetime import UTC, datetime

import pytest

from keypin.errors import FormatError, PinError
from keypin.formats.table import Idiom, day_of, read_table
from keypin.pins import Mode, Of, OnExpiry, PinPosition, Role

A, B = ("B" * 42 + "A=", "C" * 42 + "A=")
IDIOM = Idiom("hosts and pins")


def read(text: str, idiom: Idiom = IDIOM, host: str | None = None):
    """Read a source."""
    return read_table(text, idiom, name="s", host=host)


def test_comments_tell_roles_reasons_and_names() -> None:
    """What stands above a host is its policy's, behind a pin its pin's, at the top the set's."""
    pin_set = read(
        "// Pins of shop.\nmap = {\n  // the API\n  // no backup: a test\n"
        f'  "api.example.com": ["{A}"], // backup: in the safe\n'
        "  // exempt: a partner\n"
        '  "partner.example.com": [],\n'
        "  // exempt\n"
        '  "b.example.com": [],\n}\n'
    ).pin_set
    api, partner, other = pin_set.policies
    assert pin_set.name == "shop"
    assert (api.comment, api.no_backup) == ("the API", "a test")
    assert (api.pins[0].role, api.pins[0].comment) == (Role.BACKUP, "in the safe")
    assert partner.exempt == "a partner"
    assert other.exempt


def test_comments_that_belong_to_no_pin() -> None:
    """A comment behind other code is nobody's."""
    (policy,) = read(
        f'x = 1 // one\nmap = {{ "example.com": [ // two\n"{A}",\n] }} // three\n'
    ).pin_set.policies
    assert (policy.comment, policy.pins[0].comment) == (None, None)


def test_other_literals_are_left_alone() -> None:
    """File names and words are no hosts with pins; a host without pins is not a policy."""
    pin_set = read(
        f'load("cert.pem"); get("v1.api"); pins["example.com"] = "{A}"; x = "/* no */"'
    ).pin_set
    assert [str(policy.host) for policy in pin_set.policies] == ["example.com"]


def test_settings() -> None:
    """TrustKit's names and their kin are understood; brackets end a value."""
    (policy,) = read(
        f'{{"example.com": {{includeSubdomains: true, publicKeyHashes: ["{A}", "{B}"],\n'
        'enforcePinning: false, expirationDate: "2027-01-31",\n'
        'reportUris: ["https://r.example/a", "other"]}}'
    ).pin_set.policies
    assert str(policy.host) == "**.example.com"
    assert policy.mode is Mode.REPORT
    assert policy.expires == datetime(2027, 1, 31, tzinfo=UTC)
    assert policy.on_expiry is OnExpiry.ALLOW
    assert policy.report_to == ("https://r.example/a",)


def test_settings_that_say_no() -> None:
    """A switch that is off changes nothing; a pattern that has subdomains keeps them."""
    first, second = read(
        f'"a.example.com": {{includeSubdomains: false, excludeSubdomainFromParentPolicy: false, '
        f'enforcePinning: true, pins: "{A}"}}, "**.b.example.com": {{includeSubdomains: true, '
        f'pins: "{B}"}}'
    ).pin_set.policies
    assert str(first.host) == "a.example.com"
    assert first.mode is Mode.ENFORCE
    assert str(second.host) == "**.b.example.com"


def test_pins_before_any_host() -> None:
    """Without a host they are nobody's, and said; with one that is given, they are its."""
    reading = read(f'x = "{A}"; y = {{"example.com": "{B}"}}')
    assert [one.id for one in reading.findings] == ["code-not-followed"]
    (policy,) = read(f'x = "{A}"', host="example.org").pin_set.policies
    assert str(policy.host) == "example.org"


def test_urls_and_fingerprints() -> None:
    """Where an idiom tells hosts by URLs and certificates by fingerprints, both are read."""
    idiom = Idiom("fingerprints", PinPosition.LEAF, bare="cert-sha256/", urls=True)
    sha256, sha1 = " ".join(["AB"] * 32), ":".join(["CD"] * 20)
    reading = read(f'check("https://example.com:443/x", "{sha256}", "{sha1}")', idiom)
    (policy,) = reading.pin_set.policies
    assert policy.pins[0].pin.of is Of.CERTIFICATE
    assert policy.pins[0].pin.digest == b"\xab" * 32
    assert [one.id for one in reading.findings] == ["sha1-pin"]
    assert policy.pins[0].pin.position is PinPosition.LEAF


def test_hexadecimal_is_a_fingerprint() -> None:
    """Node's own example pins a key in Base64 and a certificate in hexadecimal, in two pieces."""
    first, second = ":".join(["FD"] * 15) + ":", ":".join(["0F"] * 17)
    (policy,) = read(
        f"options = {{ hostname: 'github.com', port: 443 }};\n"
        f"const pubkey256 = '{A}';\n"
        f"const cert256 = '{first}' +\n  '{second}';\nx = 'a' + b"
    ).pin_set.policies
    assert [entry.pin.of for entry in policy.pins] == [Of.SPKI, Of.CERTIFICATE]
    assert policy.pins[1].pin.digest == b"\xfd" * 15 + b"\x0f" * 17
    assert [str(entry.place) for entry in policy.pins] == ["s:2", "s:3"]


@pytest.mark.parametrize("last", ["x = 'a'", "x = 'a' +", "x = 'a' + +"])
def test_what_ends_in_the_middle(last: str) -> None:
    """A text may end anywhere."""
    assert len(read(f"'example.com': '{A}'; {last}").pin_set.policies) == 1


def test_a_certificate_file_is_no_host() -> None:
    """Pins behind the name of a certificate's file are still those of the host before it."""
    (policy,) = read(f'host = "example.com"; load("ca.example.pem"); pin = "{A}"').pin_set.policies
    assert str(policy.host) == "example.com"


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("", FormatError, "s: no pins; expected hosts and pins"),
        ('"example.com": [\n"sha256/AAAA"]', PinError, "s:2: the digest has 3 bytes"),
        (f'"example.com": [\n"sha1/{A}"]', PinError, "s:2: a SHA-1 pin"),
        (f'"example.com": ["{A}"], expirationDate: "soon"', FormatError, "the date 'soon'"),
    ],
)
def test_mistakes(text: str, error: type[Exception], complaint: str) -> None:
    """A pin that is malformed refuses the file."""
    with pytest.raises(error) as caught:
        read(text)
    assert str(caught.value).startswith(complaint)


def test_an_ipv6_address() -> None:
    """An address is a host too, and told from a fingerprint."""
    (policy,) = read(f'"2001:db8::7": ["{A}"]').pin_set.policies
    assert str(policy.host) == "2001:db8::7"


@pytest.mark.parametrize(
    ("hour", "day"), [(0, "2027-01-31"), (1, "2027-02-01"), (23, "2027-02-01")]
)
def test_days(hour: int, day: str) -> None:
    """A moment within a day is the next day: pins never end before they should."""
    assert day_of(datetime(2027, 1, 31, hour, tzinfo=UTC)) == day
