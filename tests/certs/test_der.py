"""Slices of DER: what they are, and that no bytes give another answer than `cryptography`'s."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Certificate
from keypin.certs.der import (
    algorithm_of,
    explain,
    first_inner_tag,
    slice_certificate,
    slice_request,
)
from keypin.errors import CertificateError

KEY = ec.derive_private_key(1, ec.SECP256R1())
REQUEST = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(KEY, hashes.SHA256())


@pytest.fixture(scope="module")
def sample(vectors) -> Certificate:
    """Return a real certificate."""
    return Certificate.from_pem((vectors / "chains/appmattus/mitmproxy-ca-cert.pem").read_bytes())


@given(data=st.data())
def test_a_damaged_certificate_has_no_second_reading(sample, data) -> None:
    """Whatever byte is changed, the key is the one that `cryptography` reads, or it is refused."""
    index = data.draw(st.integers(0, len(sample.der) - 1))
    value = data.draw(st.integers(0, 255))
    der = sample.der[:index] + bytes([value]) + sample.der[index + 1 :]
    try:
        found = Certificate.from_der(der)
    except CertificateError:
        return
    assert found.spki in found.x509.tbs_certificate_bytes
    assert found.x509.public_key_algorithm_oid.dotted_string == algorithm_of(found.spki)
    if found.key.known:
        assert load_der_public_key(found.spki) == found.x509.public_key()


@given(st.binary(max_size=100))
def test_any_bytes(data) -> None:
    """Whatever the bytes, nothing but a `ValueError` is raised."""
    for read in (slice_certificate, slice_request, algorithm_of):
        with pytest.raises(ValueError, match="error parsing asn1 value"):
            read(data)
    first_inner_tag(data)


def test_slices_are_whole_elements(sample) -> None:
    """A slice begins with its header and stands in the certificate as it is."""
    slices = slice_certificate(sample.der)
    for part in (slices.issuer, slices.subject, slices.spki):
        assert part[0] == 0x30
        assert part in sample.der


def test_a_short_element(pki) -> None:
    """A length below 128 stands in one byte: an Ed25519 key has one."""
    found = pki.root(kind="Ed25519").certificate
    assert found.spki[:2] == b"\x30\x2a"


def test_a_request() -> None:
    """A request holds the key where a certificate will."""
    spki = slice_request(REQUEST.public_bytes(Encoding.DER))
    assert load_der_public_key(spki) == KEY.public_key()


def test_no_algorithm(der_sequence) -> None:
    """A key whose algorithm is an empty sequence names none."""
    assert algorithm_of(der_sequence(der_sequence(), b"\x03\x02\x00\x01")) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ParseError { kind: ExtraData }", "it has bytes after its end"),
        ('ParseError { kind: Strange, location: ["A::b", 0, "C::d"] }', "b.d has Strange"),
        ("Invalid version", "Invalid version"),
        ("", "ValueError"),
    ],
)
def test_explain(text, expected) -> None:
    """A parser's words become a clause; what is not recognised is left as it is."""
    assert explain(ValueError(text)) == expected


def test_first_inner_tag() -> None:
    """The first element inside tells containers apart, also where the length is not DER's."""
    assert first_inner_tag(bytes.fromhex("30800203")) == 0x02
    assert first_inner_tag(bytes.fromhex("308200030201")) == 0x02
    assert first_inner_tag(bytes.fromhex("30030601")) == 0x06
    assert first_inner_tag(b"\x30") is None


def test_an_empty_serial_number_is_refused_as_any_other_fault(sample) -> None:
    """An INTEGER has one octet of content at least (X.690 section 8.3.1)."""
    slices = slice_certificate(sample.der)
    number = bytes((2, len(slices.serial_number))) + slices.serial_number
    start = sample.der.index(number)
    shorter = sample.der[8:start] + b"\x02\x00" + sample.der[start + len(number) :]
    tbs_length = int.from_bytes(sample.der[6:8], "big") - len(slices.serial_number)
    whole_length = int.from_bytes(sample.der[2:4], "big") - len(slices.serial_number)
    header = b"\x30\x82" + whole_length.to_bytes(2, "big")
    der = header + b"\x30\x82" + tbs_length.to_bytes(2, "big") + shorter
    with pytest.raises(CertificateError, match="serial"):
        Certificate.from_der(der)
