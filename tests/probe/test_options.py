"""What a probe may be asked, and what it may not."""

from datetime import datetime

import pytest

from keypin.errors import CertificateError, HostError
from keypin.lab import Lab
from keypin.probe import Address, ClientCertificate, Dial, Limits, Options
from keypin.probe.contexts import KeyType, Offer, TlsVersion
from keypin.probe.failure import from_openssl, from_os
from keypin.probe.openssl import offer_groups


def test_limits_are_positive() -> None:
    """None can be switched off."""
    with pytest.raises(ValueError, match="the limit handshake must be positive"):
        Limits(handshake=0)


def test_something_is_asked() -> None:
    """At least one kind of key, one version, and a time that means one moment."""
    with pytest.raises(ValueError, match="at least one kind of key"):
        Options(key_types=())
    with pytest.raises(ValueError, match="at least one kind of key"):
        Options(versions=frozenset())
    with pytest.raises(ValueError, match="has no time zone"):
        Options(at=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("text", "dial"),
    [
        ("127.0.0.1", Dial("127.0.0.1")),
        ("127.0.0.1:8443", Dial("127.0.0.1", 8443)),
        ("::1", Dial("::1")),
        ("[::1]:443", Dial("::1", 443)),
        ("Origin.example", Dial("origin.example")),
    ],
)
def test_an_address_to_dial(text: str, dial: Dial) -> None:
    """ADDRESS or ADDRESS:PORT, of either family."""
    assert Dial.parse(text) == dial


@pytest.mark.parametrize("text", ["", "a b", "127.0.0.1:0", "h:70000", "h:x"])
def test_what_cannot_be_dialled(text: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(HostError):
        Dial.parse(text)


def test_addresses_are_written_as_urls_write_them() -> None:
    """IPv6 stands in brackets."""
    assert str(Address("::1", 443)) == "[::1]:443"


def test_a_key_must_be_the_certificates(lab: Lab) -> None:
    """A foreign, damaged or missing key is refused where it is read."""
    pem = lab.client_file.read_bytes()
    with pytest.raises(CertificateError, match="private key cannot be read"):
        ClientCertificate.from_pem(pem, b"nothing", name="client.pem")
    client = ClientCertificate.from_pem(pem)
    other = lab.ca_file.read_bytes()
    with pytest.raises(CertificateError, match="is not that of the client certificate"):
        ClientCertificate.from_pem(other, pem)
    assert client.chain


@pytest.mark.parametrize(
    ("reason", "cause", "alert"),
    [
        ("ssl/tls alert handshake failure", "alert", "handshake_failure"),
        ("tlsv1 unrecognized name", "alert", "unrecognized_name"),
        ("tlsv13 alert certificate required", "alert", "certificate_required"),
        ("excessive message size", "too-large", None),
        ("wrong tag", "malformed-certificate", None),
        ("bad record type", "protocol", None),
    ],
)
def test_openssl_reasons(reason: str, cause: str, alert: str | None) -> None:
    """OpenSSL's words become a cause, and the alert's name."""
    error = from_openssl((reason,))
    assert (error.cause, error.alert) == (cause, alert)


def test_an_unknown_errno_is_told_in_the_systems_words() -> None:
    """What has no row is unreachable, and named."""
    assert from_os(OSError(101, "Network is unreachable")).detail == (
        "the host cannot be reached from here: Network is unreachable"
    )


def test_unknown_groups_are_refused() -> None:
    """OpenSSL's refusal is no silent default."""
    context = Offer(KeyType.DEFAULT, frozenset(TlsVersion)).context()
    with pytest.raises(ValueError, match="OpenSSL does not know all of nonsense"):
        offer_groups(context, "nonsense")
