"""One certificate as facts, over the exact bytes it was made from.

Thin over `cryptography`: what it cannot read as a certificate is refused here with the reason in
words. Each fact is computed when it is first asked for and then kept: a prober that reads thousands
of chains a second asks for few of them. Knows nothing of pins, trust or the time of day.

Follows RFC 5280 section 4.
"""

import hashlib
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

from cryptography import x509
from cryptography.x509 import Name
from cryptography.x509.oid import NameOID

from keypin.certs.der import Slices, explain, is_warned_of, quiet, slice_certificate
from keypin.certs.extensions import Extensions, NameConstraints, Validation, read_extensions
from keypin.certs.hostname import unicode_host
from keypin.certs.key import Key, KeySource, PublicKey, describe_spki
from keypin.certs.pem import only_certificate
from keypin.certs.signature import is_signed_by, signature_name
from keypin.errors import CertificateError

# Far above any certificate in use: badssl's with 10,000 names is 210 kB; a TLS 1.3 message may be
# 16 MiB (RFC 8446 section 4).
MAX_CERTIFICATE = 1024 * 1024


_ALOUD = nullcontext()


@dataclass(frozen=True, eq=False, repr=False)
class Certificate:
    """A certificate; equal to another when their bytes are.

    Built by `from_der` and `from_pem` alone, so that its parts are always of one certificate.

    Attributes:
        der: the whole certificate as it was given.
        x509: the same as `cryptography` reads it.
        slices: the raw issuer, subject and SubjectPublicKeyInfo within `der`.
    """

    der: bytes
    x509: x509.Certificate
    slices: Slices

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read one certificate.

        Args:
            der: exactly one certificate, in DER (X.690 section 10), of at most `MAX_CERTIFICATE`
                bytes.

        Raises:
            CertificateError: it is not; the error says what is wrong. A key of an unknown
                algorithm is no error: see `key` and `problems`.
        """
        if len(der) > MAX_CERTIFICATE:
            raise CertificateError(
                f"a certificate of {len(der)} bytes", expected=f"at most {MAX_CERTIFICATE} bytes"
            )
        try:
            slices = _slices(der)
            with quiet() if is_warned_of(slices) else _ALOUD:
                read = x509.load_der_x509_certificate(der)
                # Dates are read late, and a year that no calendar has is found here, not there.
                _ = read.not_valid_before_utc, read.not_valid_after_utc
                return cls(der, read, slices)
        except (ValueError, x509.InvalidVersion) as error:
            raise CertificateError(
                f"not a readable certificate: {explain(error)}",
                expected="one X.509 certificate in DER",
            ) from error

    @classmethod
    def from_pem(cls, pem: bytes | str) -> Self:
        """Read the one certificate in a PEM text (RFC 7468 section 5).

        Raises:
            CertificateError: the text holds no certificate, more than one, or an unreadable one.
        """
        return cls.from_der(only_certificate(pem))

    def __eq__(self, other: object) -> bool:
        return self.der == other.der if isinstance(other, Certificate) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"<Certificate {self.label} sha256={self.sha256.hex()[:16]}>"

    @property
    def label(self) -> str:
        """What to call it in a sentence: its subject, its first DNS name or its digest."""
        return repr(self.subject or next(iter(self.dns_names), self.sha256.hex()[:16]))

    @property
    def spki(self) -> bytes:
        """The SubjectPublicKeyInfo exactly as it stands in the certificate."""
        return self.slices.spki

    @cached_property
    def spki_sha256(self) -> bytes:
        """The SHA-256 digest of `spki`: the pin of RFC 7469 section 2.4."""
        return hashlib.sha256(self.slices.spki).digest()

    @cached_property
    def spki_sha512(self) -> bytes:
        """The SHA-512 digest of `spki`."""
        return hashlib.sha512(self.slices.spki).digest()

    @cached_property
    def sha256(self) -> bytes:
        """The SHA-256 digest of the whole certificate."""
        return hashlib.sha256(self.der).digest()

    @cached_property
    def sha512(self) -> bytes:
        """The SHA-512 digest of the whole certificate."""
        return hashlib.sha512(self.der).digest()

    @property
    def serial_number(self) -> int:
        """The serial number, unique under one issuer."""
        return int.from_bytes(self.slices.serial_number, "big", signed=True)

    @property
    def not_before(self) -> datetime:
        """The first second of validity, UTC."""
        return self.x509.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """The last second of validity, UTC (RFC 5280 section 4.1.2.5: inclusive)."""
        return self.x509.not_valid_after_utc

    @cached_property
    def subject(self) -> str:
        """The subject's name as RFC 4514 writes it; empty where it is empty or unreadable."""
        return self._subject.rfc4514_string()

    @cached_property
    def issuer(self) -> str:
        """The issuer's name as RFC 4514 writes it; empty where it is empty or unreadable."""
        return self._issuer.rfc4514_string()

    @property
    def common_name(self) -> str | None:
        """The subject's first common name."""
        return _attribute(self._subject, NameOID.COMMON_NAME)

    @property
    def subject_organization(self) -> str | None:
        """The subject's first organisation."""
        return _attribute(self._subject, NameOID.ORGANIZATION_NAME)

    @property
    def issuer_common_name(self) -> str | None:
        """The issuer's first common name."""
        return _attribute(self._issuer, NameOID.COMMON_NAME)

    @property
    def issuer_organization(self) -> str | None:
        """The issuer's first organisation."""
        return _attribute(self._issuer, NameOID.ORGANIZATION_NAME)

    @property
    def key(self) -> Key:
        """The kind and size of the key; `key.known` is False where it could not be read."""
        return self._key[0]

    @cached_property
    def public_key(self) -> PublicKey:
        """The key as the bytes that pins hash."""
        return PublicKey(self.spki, self.key, KeySource.CERTIFICATE)

    @cached_property
    def signature_algorithm(self) -> str:
        """The algorithm of the issuer's signature, as `ECDSA with SHA-256`."""
        return signature_name(self.x509)

    @property
    def dns_names(self) -> tuple[str, ...]:
        """The DNS names of the subject alternative name, as they stand."""
        return self.extensions.dns_names

    @cached_property
    def dns_names_unicode(self) -> tuple[str, ...]:
        """The same with internationalised names as people read them."""
        return tuple(unicode_host(name) for name in self.dns_names)

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        """The IP addresses of the subject alternative name."""
        return self.extensions.ip_addresses

    @property
    def is_ca(self) -> bool:
        """Whether its basic constraints call it a CA."""
        return self.extensions.is_ca

    @property
    def path_length(self) -> int | None:
        """How many intermediates may follow this CA; None where it sets no limit."""
        return self.extensions.path_length

    @property
    def name_constraints(self) -> NameConstraints | None:
        """The names that this CA may sign for; None where it sets no limit."""
        return self.extensions.name_constraints

    @property
    def extended_key_usage(self) -> tuple[str, ...]:
        """The purposes of the key, as object identifiers; empty where none is named."""
        return self.extensions.extended_key_usage

    @property
    def policy_oids(self) -> tuple[str, ...]:
        """The certificate policies, as object identifiers."""
        return self.extensions.policy_oids

    @property
    def validation(self) -> Validation | None:
        """How the subject was validated: DV, OV, IV, EV, or None where no policy says so."""
        return self.extensions.validation

    @property
    def aia_issuers(self) -> tuple[str, ...]:
        """Where the issuer's certificate can be fetched (RFC 5280 section 4.2.2.1)."""
        return self.extensions.aia_issuers

    @property
    def ocsp_urls(self) -> tuple[str, ...]:
        """Where its revocation can be asked for."""
        return self.extensions.ocsp_urls

    @property
    def sct_count(self) -> int:
        """How many certificate transparency timestamps are embedded (RFC 6962 section 3.3)."""
        return self.extensions.sct_count

    @property
    def has_scts(self) -> bool:
        """Whether any timestamp is embedded."""
        return self.sct_count > 0

    @property
    def is_precertificate(self) -> bool:
        """Whether it is for the logs alone: no client accepts it (RFC 6962 section 3.1)."""
        return self.extensions.is_precertificate

    @property
    def subject_key_identifier(self) -> bytes | None:
        """What its issued certificates call its key."""
        return self.extensions.subject_key_identifier

    @property
    def authority_key_identifier(self) -> bytes | None:
        """What it calls its issuer's key."""
        return self.extensions.authority_key_identifier

    @property
    def is_self_issued(self) -> bool:
        """Whether issuer and subject are the same name, byte for byte."""
        return self.slices.issuer == self.slices.subject

    @cached_property
    def is_self_signed(self) -> bool:
        """Whether its own key made its signature; the signature is really checked."""
        return self.is_self_issued and is_signed_by(self.x509, self.x509)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What could not be read although the certificate could, in words."""
        found = (self._key[1], self.extensions.problem, self._names[2])
        return tuple(problem for problem in found if problem)

    @cached_property
    def extensions(self) -> Extensions:
        """All facts of the extensions together."""
        with quiet():
            return read_extensions(self.x509)

    @cached_property
    def _key(self) -> tuple[Key, str | None]:
        return describe_spki(self.spki, self.x509.public_key_algorithm_oid.dotted_string)

    @cached_property
    def _names(self) -> tuple[Name, Name, str | None]:
        try:
            with quiet():
                return self.x509.subject, self.x509.issuer, None
        except (ValueError, TypeError) as error:  # a BIT STRING for a name is a TypeError
            return Name([]), Name([]), f"the names cannot be read: {explain(error)}"

    @property
    def _subject(self) -> Name:
        return self._names[0]

    @property
    def _issuer(self) -> Name:
        return self._names[1]


def _slices(der: bytes) -> Slices:
    with suppress(ValueError):
        return slice_certificate(der)
    with quiet():  # the parser refuses it too, and says which field is wrong
        return (x509.load_der_x509_certificate(der), slice_certificate(der))[1]


def _attribute(name: Name, oid: x509.ObjectIdentifier) -> str | None:
    values = name.get_attributes_for_oid(oid)
    return str(values[0].value) if values else None
