"""Files of certificates and keys, in every container, and what is said of the others."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import MAX_INPUT, KeySource, container, load_certificates, load_keys
from keypin.errors import CertificateError


@pytest.fixture
def chain(pki):
    """Return a leaf and its root."""
    root = pki.root()
    return pki.leaf(root, "shop.test"), root


def pem(issued) -> bytes:
    """Return a certificate in PEM."""
    return issued.certificate.x509.public_bytes(Encoding.PEM)


def refusal(load, data, **options) -> str:
    """Return the text of the error that `load` raises."""
    with pytest.raises(CertificateError) as caught:
        load(data, **options)
    return str(caught.value)


class TestCertificates:
    """What `load_certificates` takes."""

    def test_many_with_text_between(self, chain) -> None:
        """A file of many, with comments, other blocks and either line ending."""
        leaf, root = chain
        key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        data = b"# leaf\n" + pem(leaf) + b"\n# root\r\n" + pem(root).replace(b"\n", b"\r\n") + key
        assert load_certificates(data) == (leaf.certificate, root.certificate)

    def test_der(self, chain) -> None:
        """One certificate without armour."""
        assert load_certificates(chain[0].certificate.der) == (chain[0].certificate,)

    @pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
    def test_pkcs7(self, chain, encoding) -> None:
        """A PKCS#7 bundle holds any number of certificates."""
        certificates = [issued.certificate for issued in chain]
        data = pkcs7.serialize_certificates([found.x509 for found in certificates], encoding)
        assert set(load_certificates(data)) == set(certificates)
        assert {key.spki for key in load_keys(data)} == {found.spki for found in certificates}

    @pytest.mark.parametrize("password", [None, b"secret"])
    def test_pkcs12(self, chain, password) -> None:
        """A PKCS#12 store gives the certificate and those beside it, never the key."""
        data = bundle(chain, password)
        assert load_certificates(data, password=password) == (
            chain[0].certificate,
            chain[1].certificate,
        )
        keys = load_keys(data, password=password)
        assert [key.source for key in keys] == [KeySource.CERTIFICATE] * 2

    def test_pkcs12_without_its_password(self, chain) -> None:
        """The cure is in the error."""
        data = bundle(chain, b"secret")
        assert refusal(load_certificates, data, name="a.p12") == (
            "a.p12: PKCS#12 that cannot be read: Invalid password or PKCS12 data; give its password"
        )
        assert refusal(load_certificates, data, password=b"wrong").endswith("check the password")

    def test_broken_pkcs7(self) -> None:
        """A PKCS#7 file that is none is called so."""
        data = bytes.fromhex("300d06092a864886f70d010702a000")
        assert refusal(load_certificates, data).startswith("PKCS#7 that cannot be read: ")

    def test_none(self, chain) -> None:
        """A file without a certificate says what it holds instead."""
        key = chain[0].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        assert refusal(load_certificates, key, name="k.pem") == (
            "k.pem: no certificate, only PRIVATE KEY"
        )

    def test_a_broken_one_among_many(self, chain) -> None:
        """The error names file and line."""
        data = pem(chain[0]) + b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
        line = len(pem(chain[0]).splitlines()) + 1
        assert refusal(load_certificates, data, name="a.pem").startswith(
            f"a.pem:{line}: not a readable certificate: tbs_cert has its end missing"
        )

    def test_a_block_that_is_not_base64(self) -> None:
        """An error that knows its place keeps it."""
        data = b"\n-----BEGIN CERTIFICATE-----\nA?\n-----END CERTIFICATE-----\n"
        assert refusal(load_certificates, data, name="a.pem").startswith(
            "a.pem:2: the block CERTIFICATE is not base64: "
        )

    def test_limits(self, chain, monkeypatch) -> None:
        """There is a limit on bytes, and one on certificates."""
        assert refusal(load_certificates, b"x" * (MAX_INPUT + 1), name="a") == (
            "a: 16777217 bytes; expected at most 16777216 bytes"
        )
        monkeypatch.setattr(container, "MAX_CERTIFICATES", 1)
        assert refusal(load_certificates, pem(chain[0]) * 2) == (
            "more than 1 certificates; split the file"
        )

    @given(st.binary(max_size=300) | st.binary(max_size=99).map(lambda data: b"\x30\x50" + data))
    def test_any_bytes(self, data) -> None:
        """Whatever the bytes, nothing but a `CertificateError` is raised."""
        for load in (load_certificates, load_keys):
            for text in (data, b"-----BEGIN CERTIFICATE-----\n" + data):
                with pytest.raises(CertificateError):
                    load(text)


def bundle(chain, password: bytes | None) -> bytes:
    """Return a PKCS#12 store of a leaf with its key, and its root."""
    leaf, root = chain
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(
        b"shop", leaf.key, leaf.certificate.x509, [root.certificate.x509], how
    )


class TestKeys:
    """What `load_keys` takes."""

    def test_certificates_beside_their_key(self, chain) -> None:
        """A server's file of key and certificates gives the certificates' keys, once each."""
        private = chain[0].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        keys = load_keys(private + pem(chain[0]) + pem(chain[1]))
        assert [key.spki for key in keys] == [issued.certificate.spki for issued in chain]

    @pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
    def test_request(self, chain, encoding) -> None:
        """A request's key is the key of the certificate to come."""
        request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(
            chain[0].key, hashes.SHA256()
        )
        (key,) = load_keys(request.public_bytes(encoding))
        assert (key.spki, key.source) == (chain[0].certificate.spki, KeySource.CSR)
        assert key.spki_sha512 == chain[0].certificate.spki_sha512

    @pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
    def test_public_key(self, chain, encoding) -> None:
        """A bare public key is hashed as it stands."""
        data = chain[0].key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        (key,) = load_keys(data)
        assert (key.spki, key.source) == (chain[0].certificate.spki, KeySource.PUBLIC_KEY)

    @pytest.mark.parametrize(
        ("encoding", "form"),
        [
            (Encoding.PEM, PrivateFormat.PKCS8),
            (Encoding.PEM, PrivateFormat.TraditionalOpenSSL),
            (Encoding.PEM, PrivateFormat.OpenSSH),
            (Encoding.DER, PrivateFormat.PKCS8),
            (Encoding.DER, PrivateFormat.TraditionalOpenSSL),
        ],
    )
    def test_private_key(self, chain, encoding, form) -> None:
        """A private key gives the public key that its certificate will bear."""
        (key,) = load_keys(chain[0].key.private_bytes(encoding, form, NoEncryption()))
        assert (key.spki, key.source) == (chain[0].certificate.spki, KeySource.PRIVATE_KEY)

    def test_private_key_with_password(self, chain) -> None:
        """An encrypted key needs its password, and the error says so."""
        data = chain[0].key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        )
        (key,) = load_keys(data, password=b"secret")
        assert key.spki == chain[0].certificate.spki
        assert refusal(load_keys, data, name="k.pem") == (
            "k.pem:1: a private key that cannot be read: Password was not given but private key "
            "is encrypted; give its password, or none if it has none"
        )
        assert "a private key that cannot be read" in refusal(load_keys, data, password=b"no")

    def test_parameters_beside_a_private_key(self, chain) -> None:
        """OpenSSL writes a curve's name before a key: it is skipped."""
        form = PrivateFormat.TraditionalOpenSSL
        data = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        data += chain[0].key.private_bytes(Encoding.PEM, form, NoEncryption())
        assert len(load_keys(data)) == 1

    def test_a_key_bound_to_pss(self, der_sequence) -> None:
        """An RSA-PSS private key is refused: its certificate may spell its parameters or not."""
        pkcs8 = rsa.generate_private_key(65537, 2048).private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
        )
        bound = pkcs8.replace(
            bytes.fromhex("300d06092a864886f70d0101010500"),
            bytes.fromhex("300b06092a864886f70d01010a"),
        )
        data = der_sequence(bound[4:])
        armoured = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(data)
        for form in (data, armoured + b"-----END PRIVATE KEY-----\n"):
            assert "a private key bound to RSA-PSS" in refusal(load_keys, form)

    def test_none_of_them(self, der_sequence) -> None:
        """What is neither certificate, request nor key is refused as each of them."""
        text = refusal(load_keys, der_sequence(der_sequence()))
        assert text.startswith("not a readable certificate: ")
        assert "not a certificate request: " in text
        assert "not a public key: " in text
        assert text.endswith("expected a certificate, a request or a key")

    def test_nothing(self) -> None:
        """An empty file holds no key."""
        assert "not a public key" in refusal(load_keys, b"")
        block = b"-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n"
        assert refusal(load_keys, block) == "no key, only DH PARAMETERS"
