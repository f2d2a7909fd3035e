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


@pytest.mark.parametrize(
    ("config", "pinned"),
    [
        ("null", True),
        ('{"sslPinningRequiredForUnlisted": true}', True),
        ('{"sslPinningRequiredForUnlisted": false}', False),
        ("{}", False),
        ('{"domains": [{"name": "api.example.com", "sslPinningRequired": true}]}', True),
        (
            '{"sslPinningRequiredForUnlisted": true, "domains": [{"name": "api.example.com"}]}',
            False,
        ),
    ],
)
def test_names_for_which_nothing_is_compared(config: str, pinned: bool) -> None:  # noqa: FBT001
    """Fingerprints of a name for which pinning is not required are no pins; that is told."""
    text = listing(row())[:-1] + f', "domainsConfig": {config}' + "}"
    reading = FORM.loads(text, name="f")
    (policy,) = reading.pin_set.policies
    assert (policy.exempt is None) is pinned
    told = [one for one in reading.findings if one.id == "wultra-not-required"]
    assert [str(one.place) for one in told] == ([] if pinned else ["f:3"])


def test_a_fingerprint_higher_in_the_chain() -> None:
    """What is compared at one depth alone is left out, and told; 0 is the leaf."""
    deep = row(B)[:-1] + ', "depth": 1}'
    leaf = row()[:-1] + ', "depth": 0}'
    reading = FORM.loads(listing(leaf, deep), name="f")
    (policy,) = reading.pin_set.policies
    assert [str(entry.pin) for entry in policy.pins] == [f"cert-sha256/{A}"]
    assert ("wultra-depth", "f:4") in [(one.id, str(one.place)) for one in reading.findings]


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
