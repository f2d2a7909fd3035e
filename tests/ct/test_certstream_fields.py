"""Each member of certstream's `leaf_cert`, from certificates that say it."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

from keypin.certs import Certificate
from keypin.ct.certstream_fields import UNREAD, as_der, fields, fingerprints
from keypin.ct.precertificate import SCT_LIST, extension_value

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
URI, DNS = x509.UniformResourceIdentifier, x509.DNSName


def certificate(*extensions, subject=(), issuer=(), serial=1, key=KEY, **how) -> Certificate:
    """Return a certificate that says what is asked."""
    builder = (
        x509.CertificateBuilder(serial_number=serial)
        .subject_name(x509.Name(subject))
        .issuer_name(x509.Name(issuer))
        .public_key(key.public_key())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=90))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    return Certificate.from_der(builder.sign(key, digest, **how).public_bytes(Encoding.DER))


def text(oid, value: str) -> x509.NameAttribute:
    """Return an attribute of a name."""
    return x509.NameAttribute(oid, value)


def usage(*names: str) -> x509.KeyUsage:
    """Return a key usage with some bits."""
    return x509.KeyUsage(**{name: name in names for name in USAGES})


def extension(*values) -> dict:
    """Return what is said of some extensions."""
    return fields(certificate(*values))[0]["extensions"]


def test_the_subject_is_told_by_its_attributes() -> None:
    """An attribute that is there twice is told with a comma; unknown ones are left out."""
    subject = [
        text(NameOID.COUNTRY_NAME, "AT"),
        text(NameOID.STATE_OR_PROVINCE_NAME, "Wien"),
        text(NameOID.LOCALITY_NAME, "Wien"),
        text(NameOID.ORGANIZATION_NAME, "Example"),
        text(NameOID.ORGANIZATIONAL_UNIT_NAME, "a"),
        text(NameOID.ORGANIZATIONAL_UNIT_NAME, "b"),
        text(NameOID.COMMON_NAME, "www.example.com"),
        text(NameOID.EMAIL_ADDRESS, "root@example.com"),
        text(NameOID.SERIAL_NUMBER, "7"),
    ]
    found, flaw = fields(certificate(subject=subject, issuer=[text(NameOID.COMMON_NAME, "CA")]))
    assert found["subject"] == {
        "C": "AT",
        "CN": "www.example.com",
        "L": "Wien",
        "O": "Example",
        "OU": "a,b",
        "ST": "Wien",
        "aggregated": "/C=AT/CN=www.example.com/L=Wien/O=Example/OU=a,b/ST=Wien",
        "email_address": "root@example.com",
    }
    assert found["issuer"] == {**UNREAD["issuer"], "CN": "CA", "aggregated": "/CN=CA"}
    assert flaw == ""


def test_all_members_are_there() -> None:
    """An empty certificate has them too."""
    found, flaw = fields(certificate())
    assert found == {
        **UNREAD,
        "issuer": {**UNREAD["issuer"], "aggregated": ""},
        "not_after": int((NOW + timedelta(days=90)).timestamp()),
        "not_before": int(NOW.timestamp()),
        "serial_number": "01",
        "signature_algorithm": "sha256, ecdsa",
        "subject": {**UNREAD["subject"], "aggregated": ""},
    }
    assert flaw == ""


def test_the_names_are_those_of_the_subject_too() -> None:
    """Each is told once, as it stands."""
    names = x509.SubjectAlternativeName([DNS("b.Example"), DNS("*.a.example"), DNS("b.Example")])
    for common_name, more in (("a.example", ["a.example"]), ("*.a.example", [])):
        subject = [text(NameOID.COMMON_NAME, common_name)]
        found, _ = fields(certificate(names, subject=subject))
        assert found["all_domains"] == ["b.Example", "*.a.example", *more]


def test_the_common_name_of_a_ca_is_no_domain() -> None:
    """It is what people call it."""
    ca = x509.BasicConstraints(ca=True, path_length=None)
    found, _ = fields(certificate(ca, subject=[text(NameOID.COMMON_NAME, "A CA")]))
    assert (found["all_domains"], found["is_ca"]) == ([], True)
    assert found["extensions"] == {"basicConstraints": "CA:TRUE"}


@pytest.mark.parametrize(
    ("value", "member", "told"),
    [
        (x509.BasicConstraints(ca=False, path_length=None), "basicConstraints", "CA:FALSE"),
        (x509.BasicConstraints(ca=True, path_length=0), "basicConstraints", "CA:TRUE, pathlen:0"),
        (
            usage("digital_signature", "key_encipherment"),
            "keyUsage",
            "Digital Signature, Key Encipherment",
        ),
        (
            usage("content_commitment", "data_encipherment", "key_cert_sign", "crl_sign"),
            "keyUsage",
            "Non Repudiation, Data Encipherment, Certificate Sign, CRL Sign",
        ),
        (usage("key_agreement", "encipher_only"), "keyUsage", "Key Agreement, Encipher Only"),
        (usage("key_agreement", "decipher_only"), "keyUsage", "Key Agreement, Decipher Only"),
        (
            x509.ExtendedKeyUsage([Usage.SERVER_AUTH, Usage.CLIENT_AUTH, Usage.SMARTCARD_LOGON]),
            "extendedKeyUsage",
            "TLS Web Server Authentication, TLS Web Client Authentication, 1.3.6.1.4.1.311.20.2.2",
        ),
        (x509.SubjectKeyIdentifier(b"\x0a\xff"), "subjectKeyIdentifier", "0A:FF"),
        (
            x509.AuthorityKeyIdentifier(b"\x0a\xff", None, None),
            "authorityKeyIdentifier",
            "keyid:0A:FF\n",
        ),
        (
            x509.AuthorityKeyIdentifier(None, [DNS("ca.example")], 7),
            "authorityKeyIdentifier",
            "",
        ),
        (
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(Access.OCSP, URI("http://o.example")),
                    x509.AccessDescription(Access.CA_ISSUERS, URI("http://i.example")),
                    x509.AccessDescription(x509.ObjectIdentifier("1.2.3"), DNS("x.example")),
                ]
            ),
            "authorityInfoAccess",
            "OCSP - URI:http://o.example\nCA Issuers - URI:http://i.example\n"
            "1.2.3 - DNS:x.example\n",
        ),
        (
            x509.SubjectAlternativeName(
                [
                    DNS("a.example"),
                    x509.IPAddress(ip_address("192.0.2.1")),
                    x509.RFC822Name("a@a.example"),
                    URI("https://a.example"),
                    x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
                    x509.DirectoryName(x509.Name([text(NameOID.COMMON_NAME, "A")])),
                    x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"),
                ]
            ),
            "subjectAltName",
            "DNS:a.example, IP Address:192.0.2.1, email:a@a.example, URI:https://a.example,"
            " Registered ID:1.2.3, DirName:CN=A, othername:<unsupported>",
        ),
        (
            x509.IssuerAlternativeName([URI("https://ca.example")]),
            "issuerAltName",
            "URI:https://ca.example",
        ),
        (
            x509.CertificatePolicies(
                [
                    x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None),
                    x509.PolicyInformation(
                        x509.ObjectIdentifier("1.2.3"),
                        [
                            "https://cps.example",
                            x509.UserNotice(None, "read it"),
                            x509.UserNotice(None, None),
                        ],
                    ),
                ]
            ),
            "certificatePolicies",
            "Policy: 2.23.140.1.2.1\nPolicy: 1.2.3\n  CPS: https://cps.example\n"
            "  User Notice: read it\n  User Notice:",
        ),
        (
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint([URI("http://c.example")], None, None, None),
                    x509.DistributionPoint(None, None, None, [DNS("ca.example")]),
                ]
            ),
            "crlDistributionPoints",
            "Full Name:\n URI:http://c.example",
        ),
        (x509.PrecertPoison(), "ctlPoisonByte", True),
        (x509.OCSPNoCheck(), "extra", ["1.3.6.1.5.5.7.48.1.5"]),
    ],
)
def test_an_extension_is_told_as_openssl_says_it(value, member, told) -> None:
    """Clients have seen these spellings for years."""
    assert extension(value) == {member: told}


def test_timestamps_are_told_in_base64(world) -> None:
    """As certstream-server does: the extension's bytes."""
    made = world.certificate("google-a", "sectigo")
    told = fields(made)[0]["extensions"]["ctlSignedCertificateTimestamp"]
    assert extension_value(made, SCT_LIST) in urlsafe_b64decode(told)


def test_the_algorithm_is_told_digest_first() -> None:
    """An algorithm that has its digest within is told alone."""
    key = rsa.generate_private_key(65537, 2048)
    made = {
        "sha256, rsa": certificate(key=key),
        "sha256, rsa-pss": certificate(
            key=key, rsa_padding=padding.PSS(padding.MGF1(SHA256()), 32)
        ),
        "ed25519": certificate(key=ed25519.Ed25519PrivateKey.generate()),
    }
    for told, one in made.items():
        assert fields(one)[0]["signature_algorithm"] == told


@pytest.mark.parametrize(("serial", "told"), [(0xABC, "0ABC"), (1 << 64, "01" + 16 * "0")])
def test_the_serial_number_has_an_even_number_of_digits(serial, told) -> None:
    """It is the bytes as they stand, in upper case."""
    assert fields(certificate(serial=serial))[0]["serial_number"] == told


def test_a_negative_serial_number_is_told() -> None:
    """CAs have made such."""
    der = certificate(serial=0x4142).der.replace(b"\x02\x02\x41\x42", b"\x02\x02\xff\x42")
    assert fields(Certificate.from_der(der))[0]["serial_number"] == "-BE"


def test_what_cannot_be_read_is_a_flaw() -> None:
    """The rest is told all the same."""
    names = x509.SubjectAlternativeName([DNS("a.example")])
    whole = certificate(names, subject=[text(NameOID.COMMON_NAME, "twelve-chars")])
    torn = Certificate.from_der(whole.der.replace(b"\x82\x09a.example", b"\x82\x0ba.example"))
    found, flaw = fields(torn)
    assert found["subject"]["CN"] == "twelve-chars"
    assert (found["all_domains"], found["extensions"]) == (["twelve-chars"], {})
    assert flaw.startswith("the extensions cannot be read: ")
    for value in (b"\x0c\x0ctw\xff\xffve", b"\x03\x0c\x00welve"):  # no UTF-8, a BIT STRING
        torn = Certificate.from_der(whole.der.replace(b"\x0c\x0ctwelve", value))
        found, flaw = fields(torn)
        assert (found["all_domains"], found["subject"]) == (["a.example"], UNREAD["subject"])
        assert flaw.startswith("a name cannot be read: ")


def test_fingerprints_are_of_the_bytes() -> None:
    """They are there for what is no certificate, too."""
    assert fingerprints(b"") == {
        "fingerprint": "DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09",
        "sha1": "DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09",
        "sha256": "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:"
        "27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55",
    }
    assert as_der(b"\x30\x00") == "MAA="
