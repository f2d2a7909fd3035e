"""Fuzz the doors through which certificates and keys come in.

Run with `python fuzz/fuzz_certificates.py CORPUS`; needs atheris. A finding is any exception but
`CertificateError`, and any certificate whose key has a second reading.
"""

import sys

from cryptography.hazmat.primitives.serialization import load_der_public_key

from keypin.certs import Certificate, load_certificates, load_keys
from keypin.errors import CertificateError


def one_input(data: bytes) -> None:
    """Read `data` as every container and touch every lazy fact."""
    for load in (load_certificates, load_keys):
        try:
            found = load(data)
        except CertificateError:
            continue
        for item in found:
            if isinstance(item, Certificate):
                _touch(item)


def _touch(certificate: Certificate) -> None:
    repr((certificate.extensions, certificate.problems, certificate.is_self_signed))
    repr((certificate.issuer, certificate.dns_names_unicode, certificate.signature_algorithm))
    if certificate.spki not in certificate.x509.tbs_certificate_bytes:
        raise RuntimeError("the key does not stand where cryptography reads it")
    if certificate.key.known:
        again = load_der_public_key(certificate.spki)
        if again != certificate.x509.public_key():
            raise RuntimeError("the key has a second reading")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
