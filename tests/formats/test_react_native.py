"""React Native's two libraries."""

from datetime import UTC, datetime

from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

A, B = ("B" * 42 + "A=", "C" * 42 + "A=")


def test_public_keys_as_the_documentation_has_them() -> None:
    """Hosts, subdomains, hashes and the date are read."""
    (policy,) = (
        form("react-native-ssl-public-key-pinning")
        .loads(
            "await initializeSslPinning({\n  'google.com': {\n    includeSubdomains: true,\n"
            f"    publicKeyHashes: ['{A}', '{B}'],\n"
            "    expirationDate: '2027-01-31',\n  },\n});\n"
        )
        .pin_set.policies
    )
    assert str(policy.host) == "**.google.com"
    assert policy.expires == datetime(2027, 1, 31, tzinfo=UTC)


def test_requests_as_the_documentation_has_them() -> None:
    """The host is the request's."""
    (policy,) = (
        form("react-native-ssl-pinning")
        .loads(
            "fetch('https://api.example.com/v1', {\n  pkPinning: true,\n"
            f"  sslPinning: {{ certs: ['sha256/{A}', 'sha256/{B}'] }},\n}});\n"
        )
        .pin_set.policies
    )
    assert str(policy.host) == "api.example.com"


def test_certs_on_ios() -> None:
    """What is read is Android's alone, and that is said, in what is written too."""
    one = form("react-native-ssl-pinning")
    reading = one.loads(f"fetch('https://api.example.com/', {{certs: ['sha256/{A}']}})", name="x")
    (finding,) = reading.findings
    assert finding.id == "react-native-ssl-pinning-on-ios"
    assert str(finding.place) == "x"
    assert "iOS" in one.dumps(reading.pin_set)


def test_overlaps_differ_between_the_platforms() -> None:
    """Android takes the union and iOS does not: what would differ is not written."""
    a, b = (PolicyPin(Pin.parse(f"sha256/{text}")) for text in (A, B))
    wide = Policy(host=HostPattern.parse("**.example.com"), pins=(a, b))
    narrow = Policy(host=HostPattern("api.example.com"), pins=(b,), no_backup="a test")
    found = form("react-native-ssl-public-key-pinning").losses(PinSet([wide, narrow]))
    assert {loss.id for loss in found if loss.refused} == {"union", "too-few-pins"}
