"""Wultra's fingerprints of certificates, each with its end."""

from datetime import UTC, datetime

import pytest

from keypin.errors import FormatError, PinError
from keypin.formats import form
from keypin.pins import HostPattern, Of, OnExpiry, Pin, PinSet, Policy, PolicyPin

FORM = form("wultra")
A, B = ("A" * 42 + "A=", "B" * 42 + "A=")


def listing(*rows: str) -> str:
    """Return a document."""
    return '{"timestamp": 1,\n"fingerprints": [\n' + ",\n".join(rows) + "\n]}"


def row(fingerprint: str = A, expires: object = 1801440000, name: str = "api.example.com") -> str:
    """Return a fingerprint."""
    return (
        f'{{"name": "{name}", "fingerprint": "{fingerprint}", "expires": {expires}, '
        '"signature": "MEUC"}'
    )


def test_fingerprints() -> None:
    """They are certificate pins of the leaf; the last end refuses every connection."""
    reading = FORM.loads(listing(row(), row(B, 1901440000)), name="f.json")
    (policy,) = reading.pin_set.policies
    assert {entry.pin.of for entry in policy.pins} == {Of.CERTIFICATE}
    assert policy.expires == datetime.fromtimestamp(1901440000, UTC)
    assert policy.on_expiry is OnExpiry.REFUSE
    assert str(policy.pins[1].place) == "f.json:4"
    remarks = [one.id for one in reading.findings]
    assert remarks == ["wultra-uneven-expiry", "wultra-certificate-pins"]


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        (listing(row("AAAA")), PinError, "f:3: the digest has 3 bytes"),
        (listing(row(expires='"soon"')), FormatError, "f:3: expires 'soon'; expected seconds"),
        (listing(row(expires="true")), FormatError, "f:3: expires True; expected seconds"),
        (listing(row(expires=10**15)), FormatError, "f:3: expires 1000000000000000; expected"),
        (listing("1"), FormatError, "f:3: a number for a fingerprint; expected an object"),
        (listing('{"name": "a"}'), FormatError, "f:3: 'fingerprint' is missing; expected a string"),
        (listing(), FormatError, "f: no pins; expected Wultra's fingerprints"),
    ],
)
def test_mistakes(text: str, error: type[Exception], complaint: str) -> None:
    """Each mistake is told with its line."""
    with pytest.raises(error) as caught:
        FORM.loads(text, name="f")
    assert str(caught.value).startswith(complaint)


def test_a_policy_without_an_end() -> None:
    """Each fingerprint must end: where the policy does not, it is as late as can be."""
    pins = tuple(PolicyPin(Pin.parse(f"cert-sha256/{text}", position="leaf")) for text in (A, B))
    pin_set = PinSet([Policy(host=HostPattern("a.example.com"), pins=pins)])
    assert FORM.losses(pin_set) == ()
    assert FORM.loads(FORM.dumps(pin_set)).pin_set == pin_set
    part = datetime(2027, 1, 1, microsecond=5, tzinfo=UTC)
    policy = Policy(
        host=HostPattern("a.example.com"), pins=pins, expires=part, on_expiry=OnExpiry.REFUSE
    )
    assert [loss.id for loss in FORM.losses(PinSet([policy]))] == ["expiry-time"]
    assert f'"expires": {int(part.timestamp()) + 1}' in FORM.dumps(PinSet([policy]))
