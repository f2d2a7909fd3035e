"""One certificate: its facts, its digests, and what is refused."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import MAX_CERTIFICATE, Certificate, NameConstraints, load_certificates, load_keys
from keypin.errors import CertificateError

# Files in the index whose certificates cryptography's parser refuses, with what it refuses.
UNREADABLE = {
    "ctpython/asn1_indefinite_length_encoding.pem": "tbs_cert has a length that DER forbids",
    "ctpython/marchnetworks_com.pem": "tbs_cert.validity.not_before.UtcTime has a value that DER",
    "ctpython/matrixssl_sample.pem": "tbs_cert.raw_extensions.critical has a value that DER",
    "ctpython/negative_serial.pem": "tbs_cert.serial has a value that DER or RFC 5280 forbids",
    "ctpython/promise_com.pem": "tbs_cert.validity.not_before.UtcTime has a value that DER",
    "ctpython/subrigo_net.pem": "tbs_cert.validity.not_before.UtcTime has a value that DER",
}


def spelled(digest: bytes) -> str:
    """Return a digest as pins spell it."""
    return base64.b64encode(digest).decode()


def chain_pems(vectors, file: str) -> bytes:
    """Return the bytes of a file of the index; some files stand inside the JSON of their cases."""
    file, _, part = file.partition("#")
    path = vectors / "chains" / file
    if file.startswith("chromium/verify_certificate_chain/"):
        cases = json.loads((vectors / "chains/chromium_verify_cases.json").read_text())["cases"]
        (case,) = (case for case in cases if case["id"] == path.stem)
        return "".join(case["chain"]).encode()
    if path.suffix == ".json":
        case = json.loads(path.read_text())
        if part == "untrusted_intermediates":
            return "".join(case[part]).encode()
        if part:
            return next(item["pem"] for item in case["items"] if item["name"] == part).encode()
        pems = (case["peer_certificate"], *case["untrusted_intermediates"], *case["trusted_certs"])
        return "\n".join(pems).encode()
    return path.read_bytes()


class TestPublishedPins:
    """Pins that others computed."""

    def test_the_index(self, vectors) -> None:
        """408 real certificates have the pins that an independent slicer computed."""
        count = 0
        for entry in json.loads((vectors / "chains/index.json").read_text())["files"]:
            expected = [found["pin_sha256"] for found in entry["certs"]]
            data = chain_pems(vectors, entry["file"])
            count += len(expected)
            if expected == [None]:
                with pytest.raises(CertificateError, match="a length that DER forbids"):
                    load_keys(data)
                continue
            got = [spelled(key.spki_sha256) for key in load_keys(data)]
            assert got == expected, entry["file"]
        assert count == 408

    def test_what_cannot_be_read_is_named(self, vectors) -> None:
        """A certificate that breaks the profile is refused by the field that breaks it."""
        for file, clause in UNREADABLE.items():
            with pytest.raises(CertificateError) as caught:
                load_certificates(chain_pems(vectors, file), name=file)
            assert f"not a readable certificate: {clause}" in str(caught.value)
            assert str(caught.value).startswith(f"{file}:")

    def test_pins_that_others_published(self, vectors) -> None:
        """Mozilla's, GrapheneOS's, OkHttp's, TrustKit's and GnuTLS's pins are reproduced."""
        pins = json.loads((vectors / "chains/published_pins.json").read_text())["pins"]
        assert len(pins) == 77
        known = [pin for pin in pins if pin["match"]]
        assert len(known) == 67
        for pin in known:
            keys = load_keys(chain_pems(vectors, pin["file"]))
            assert spelled(keys[pin.get("index", 0)].spki_sha256) == pin["pin"], pin["name"]

    def test_chromiums_known_answers(self, vectors) -> None:
        """Certificates and bare keys have the digests that Go tooling computed for Chromium."""
        path = vectors / "chromium_pins/spki_known_answers.json"
        items = json.loads(path.read_text())["items"]
        assert len(items) == 70
        known = [item for item in items if item["pem"]]
        assert len(known) == 69
        for item in known:
            (key,) = load_keys(item["pem"].encode())
            assert spelled(key.spki_sha256) == item["published_spki_sha256"], item["name"]


class TestFacts:
    """What a certificate says."""

    def test_of_a_server(self, pki, issuers_url) -> None:
        """Every fact of a common certificate."""
        names = [
            x509.NameAttribute(NameOID.COMMON_NAME, "xn--bcher-kva.test"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bücher, GmbH"),
        ]
        policies = x509.CertificatePolicies(
            [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.2"), None)]
        )
        root = pki.root()
        found = pki.leaf(
            root,
            "xn--bcher-kva.test",
            "*.shop.test",
            "192.0.2.1",
            "2001:db8::1",
            names=names,
            serial=7,
            replace=[(policies, False), (issuers_url, False)],
        ).certificate
        assert found.subject == "O=Bücher\\, GmbH,CN=xn--bcher-kva.test"
        assert found.common_name == "xn--bcher-kva.test"
        assert found.subject_organization == "Bücher, GmbH"
        assert (found.issuer, found.issuer_common_name) == ("CN=Root", "Root")
        assert found.issuer_organization is None
        assert found.serial_number == 7
        assert found.not_before == datetime(2026, 5, 2, tzinfo=UTC)
        assert found.not_after == datetime(2026, 7, 31, tzinfo=UTC)
        assert found.dns_names == ("xn--bcher-kva.test", "*.shop.test")
        assert found.dns_names_unicode == ("bücher.test", "*.shop.test")
        assert found.ip_addresses == ("192.0.2.1", "2001:db8::1")
        assert str(found.key) == "EC P-256"
        assert found.public_key.spki == found.spki
        assert found.public_key.key == found.key
        assert found.signature_algorithm == "ECDSA with SHA-256"
        assert found.extended_key_usage == ("1.3.6.1.5.5.7.3.1",)
        assert found.policy_oids == ("2.23.140.1.2.2",)
        assert found.validation == "OV"
        assert found.aia_issuers == ("http://ca.test/issuer.der",)
        assert found.ocsp_urls == ("http://ocsp.test/",)
        assert found.authority_key_identifier == root.certificate.subject_key_identifier
        assert (found.is_ca, found.path_length, found.name_constraints) == (False, None, None)
        assert (found.sct_count, found.has_scts) == (0, False)
        assert (found.is_self_issued, found.is_self_signed) == (False, False)
        assert found.problems == ()

    def test_of_a_ca(self, pki) -> None:
        """A CA's limits are told as its extensions write them."""
        limits = x509.NameConstraints([x509.DNSName("shop.test")], None)
        found = pki.root(path_length=1, replace=[(limits, True)]).certificate
        assert (found.is_ca, found.path_length) == (True, 1)
        assert found.name_constraints == NameConstraints(("DNS:shop.test",), ())
        assert (found.is_self_issued, found.is_self_signed) == (True, True)

    def test_digests(self, pki) -> None:
        """The digests are over the bytes as they stand."""
        found = pki.root().certificate
        assert found.sha256 == hashlib.sha256(found.der).digest()
        assert found.sha512 == hashlib.sha512(found.der).digest()
        assert found.spki_sha256 == hashlib.sha256(found.spki).digest()
        assert found.spki_sha512 == hashlib.sha512(found.spki).digest()

    def test_self_issued_is_not_self_signed(self, pki) -> None:
        """A certificate that names itself as issuer, signed by another key, is not self-signed."""
        found = pki.root(signer=pki.key("other")).certificate
        assert (found.is_self_issued, found.is_self_signed) == (True, False)

    def test_embedded_timestamps(self, vectors) -> None:
        """Certificate transparency timestamps in a certificate are counted."""
        path = vectors / "chains/limbo_online/akamai.com.limbo.json"
        found = Certificate.from_pem(json.loads(path.read_text())["peer_certificate"])
        assert found.sct_count >= 2
        assert found.has_scts

    def test_a_serial_number_of_zero(self, pki, graft) -> None:
        """What some old roots bear is read without a warning."""
        found = pki.root(serial=1).certificate
        zero = Certificate.from_der(graft(found, b"\x02\x01\x01", b"\x02\x01\x00"))
        assert zero.serial_number == 0

    def test_equality_and_names(self, pki) -> None:
        """Certificates are equal when their bytes are; a label is never empty."""
        found = pki.leaf(pki.root(), "shop.test", names=[]).certificate
        again = Certificate.from_der(found.der)
        assert found == again
        assert hash(found) == hash(again)
        assert found != found.der
        assert found.label == "'shop.test'"
        assert repr(found) == f"<Certificate 'shop.test' sha256={found.sha256.hex()[:16]}>"
        assert (found.subject, found.common_name) == ("", None)


class TestKeys:
    """Keys of every kind, and the raw bytes of each."""

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("RSA", ("RSA", 2048)),
            ("DSA", ("DSA", 2048)),
            ("EC P-256", ("EC P-256", 256)),
            ("EC P-384", ("EC P-384", 384)),
            ("EC P-521", ("EC P-521", 521)),
            ("EC brainpoolP256r1", ("EC brainpoolP256r1", 256)),
            ("Ed25519", ("Ed25519", 256)),
            ("Ed448", ("Ed448", 456)),
            ("ML-DSA-44", ("ML-DSA-44", None)),
            ("ML-DSA-65", ("ML-DSA-65", None)),
            ("ML-DSA-87", ("ML-DSA-87", None)),
        ],
    )
    def test_every_algorithm(self, pki, kind, expected) -> None:
        """Every key that the library reads is named, and its raw bytes are the library's."""
        issued = pki.root(kind=kind)
        found = issued.certificate
        assert (found.key.algorithm, found.key.bits) == expected
        assert found.key.known
        public = issued.key.public_key()
        assert found.spki == public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert found.is_self_signed

    def test_a_compressed_point(self, pki, graft) -> None:
        """A compressed point is hashed as it stands, though it encodes anew at full length."""
        issued = pki.leaf(pki.root(), "shop.test")
        public = issued.key.public_key()
        full = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        short = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        old = issued.certificate.spki
        new = (
            b"\x30"
            + bytes([old[1] - 32])
            + old[2:].replace(b"\x03\x42\x00" + full, b"\x03\x22\x00" + short)
        )
        found = Certificate.from_der(graft(issued.certificate, old, new))
        assert found.spki == new
        assert found.key == issued.certificate.key
        assert found.spki_sha256 != issued.certificate.spki_sha256

    def test_rsa_without_null(self, pki, graft) -> None:
        """An RSA key whose parameters are absent is hashed as it stands."""
        issued = pki.leaf(pki.root(), "shop.test", kind="RSA")
        old = issued.certificate.spki
        inner = old[4:].replace(
            bytes.fromhex("300d06092a864886f70d0101010500"),
            bytes.fromhex("300b06092a864886f70d010101"),
        )
        new = b"\x30\x82" + len(inner).to_bytes(2, "big") + inner
        found = Certificate.from_der(graft(issued.certificate, old, new))
        assert found.spki == new

    def test_rsa_pss(self, pki, graft, der_sequence) -> None:
        """A key bound to RSA-PSS is hashed with its algorithm, and named by it."""
        issued = pki.leaf(pki.root(), "shop.test", kind="RSA")
        old = issued.certificate.spki
        inner = old[4:].replace(
            bytes.fromhex("300d06092a864886f70d0101010500"),
            bytes.fromhex("300b06092a864886f70d01010a"),
        )
        found = Certificate.from_der(graft(issued.certificate, old, der_sequence(inner)))
        assert (found.key.algorithm, found.key.bits) == ("RSA-PSS", 2048)
        assert found.spki == der_sequence(inner)

    def test_an_unknown_algorithm(self, pki, graft) -> None:
        """A key that nobody knows still has its pin, and the trouble is told."""
        issued = pki.leaf(pki.root(), "shop.test", kind="Ed25519")
        old = issued.certificate.spki
        new = old.replace(b"\x06\x03\x2b\x65\x70", b"\x06\x03\x2b\x65\x01")
        found = Certificate.from_der(graft(issued.certificate, old, new))
        assert (found.key.algorithm, found.key.known) == ("1.3.101.1", False)
        assert found.spki_sha256 == hashlib.sha256(new).digest()
        (problem,) = found.problems
        assert problem.startswith("the key of algorithm 1.3.101.1 cannot be read: ")

    def test_a_malformed_key(self, pki, graft) -> None:
        """A point that is on no curve is a problem, not a refusal."""
        issued = pki.leaf(pki.root(), "shop.test")
        old = issued.certificate.spki
        found = Certificate.from_der(
            graft(issued.certificate, old, old[:-1] + bytes([old[-1] ^ 1]))
        )
        assert not found.key.known


class TestRefused:
    """What is no certificate, or not only one."""

    @pytest.mark.parametrize(
        ("data", "clause"),
        [
            (b"", "it has its end missing"),
            (b"\x02\x01\x01", "it has an element of another type than expected"),
            (b"\x30\x80\x00\x00", "it has a length that DER forbids"),
        ],
    )
    def test_what_is_none(self, data, clause) -> None:
        """What is no certificate is refused with what is wrong."""
        with pytest.raises(CertificateError) as caught:
            Certificate.from_der(data)
        assert str(caught.value).startswith(f"not a readable certificate: {clause}")
        assert str(caught.value).endswith("; expected one X.509 certificate in DER")

    def test_bytes_behind_it(self, pki) -> None:
        """Trailing data could hold another key to another reader."""
        found = pki.root().certificate
        with pytest.raises(CertificateError, match="it has bytes after its end"):
            Certificate.from_der(found.der + b"\x00")

    def test_a_padded_length(self, pki, graft) -> None:
        """A key whose length is written in BER is refused, for DER has one form."""
        found = pki.leaf(pki.root(), "shop.test").certificate
        padded = b"\x30\x81" + found.spki[1:]
        with pytest.raises(CertificateError, match="a length that DER forbids"):
            Certificate.from_der(graft(found, found.spki, padded))

    def test_a_second_key_inside(self, pki) -> None:
        """A blob in an extension that looks like a key does not become the key."""
        decoy = pki.root("Decoy").certificate.spki
        blob = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), decoy)
        issued = pki.leaf(pki.root(), "shop.test", replace=[(blob, False)])
        public = issued.key.public_key()
        assert load_der_public_key(issued.certificate.spki) == public

    def test_too_large(self) -> None:
        """There is a limit."""
        with pytest.raises(CertificateError) as caught:
            Certificate.from_der(b"\x30" * (MAX_CERTIFICATE + 1))
        assert str(caught.value) == (
            "a certificate of 1048577 bytes; expected at most 1048576 bytes"
        )

    def test_unreadable_extensions(self, vectors) -> None:
        """Extensions that cannot be read are a problem that is told, and no facts."""
        path = vectors / "chains/ctpython/multiple_eku.pem"
        (found,) = load_certificates(path.read_bytes())
        assert found.problems == (
            "the extensions cannot be read: Duplicate 2.5.29.37 extension found",
        )
        assert found.dns_names == ()

    def test_unreadable_names(self, vectors) -> None:
        """Names that cannot be read are empty, and the problem is told."""
        path = vectors / "chains/ctpython/cert_bad_utf8_subject.pem"
        (found,) = load_certificates(path.read_bytes())
        assert found.problems == (
            "the names cannot be read: subject has a value that DER or RFC 5280 forbids",
        )
        assert found.subject == ""

    def test_a_name_of_a_strange_type_is_unreadable_too(self, pki) -> None:
        """A server sends what it likes, and stops nobody who reads it."""
        der = pki.leaf(pki.root(), "a.test", subject="\0abc").certificate.der
        strange = Certificate.from_der(der.replace(b"\x0c\x04\x00abc", b"\x03\x04\x00abc"))
        assert strange.subject == ""
        assert "the names cannot be read" in strange.problems[0]

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data) -> None:
        """Whatever the bytes, nothing but a `CertificateError` is raised."""
        with pytest.raises(CertificateError):
            Certificate.from_der(data)
