"""Who signed what: the name of a signature's algorithm, and whether a key really made it.

A signature that holds says one thing: the holder of the issuer's key signed these bytes. Whether
the issuer was allowed to sign is the verifier's question.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import MD5, SHA1
from cryptography.x509.oid import SignatureAlgorithmOID as Algorithm

# RFC 4055, RFC 5758, RFC 8410, RFC 9881 and, of NIST's registry, SHA-3.
_NAMES = {
    Algorithm.RSA_WITH_MD5: "RSA with MD5",
    Algorithm.RSA_WITH_SHA1: "RSA with SHA-1",
    Algorithm.RSA_WITH_SHA224: "RSA with SHA-224",
    Algorithm.RSA_WITH_SHA256: "RSA with SHA-256",
    Algorithm.RSA_WITH_SHA384: "RSA with SHA-384",
    Algorithm.RSA_WITH_SHA512: "RSA with SHA-512",
    Algorithm.RSASSA_PSS: "RSA-PSS",
    Algorithm.ECDSA_WITH_SHA1: "ECDSA with SHA-1",
    Algorithm.ECDSA_WITH_SHA224: "ECDSA with SHA-224",
    Algorithm.ECDSA_WITH_SHA256: "ECDSA with SHA-256",
    Algorithm.ECDSA_WITH_SHA384: "ECDSA with SHA-384",
    Algorithm.ECDSA_WITH_SHA512: "ECDSA with SHA-512",
    Algorithm.DSA_WITH_SHA1: "DSA with SHA-1",
    Algorithm.DSA_WITH_SHA224: "DSA with SHA-224",
    Algorithm.DSA_WITH_SHA256: "DSA with SHA-256",
    Algorithm.DSA_WITH_SHA384: "DSA with SHA-384",
    Algorithm.DSA_WITH_SHA512: "DSA with SHA-512",
    Algorithm.ED25519: "Ed25519",
    Algorithm.ED448: "Ed448",
    x509.ObjectIdentifier("2.16.840.1.101.3.4.3.17"): "ML-DSA-44",
    x509.ObjectIdentifier("2.16.840.1.101.3.4.3.18"): "ML-DSA-65",
    x509.ObjectIdentifier("2.16.840.1.101.3.4.3.19"): "ML-DSA-87",
}


# Broken, and checked all the same: to tell a weak signature from a forged one is to cure it.
_OLD_DIGESTS = {
    Algorithm.RSA_WITH_MD5: MD5(),  # noqa: S303 - see above
    Algorithm.RSA_WITH_SHA1: SHA1(),  # noqa: S303 - see above
}


def signature_name(certificate: x509.Certificate) -> str:
    """Return the name of the algorithm that signed `certificate`, or its identifier if unknown."""
    oid = certificate.signature_algorithm_oid
    name = _NAMES.get(oid, oid.dotted_string)
    if oid == Algorithm.RSASSA_PSS:
        return f"{name} with {_pss_digest(certificate)}"
    return name


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether `issuer` bears the issuer's name and its key made the signature.

    A signature of an algorithm that cannot be checked does not hold. One over MD5 or SHA-1 does if
    it is right: old roots are signed so, and refusing them is the verifier's part.
    """
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError):
        return False
    except ValueError:
        return _is_signed_over_old_digest(certificate, issuer)
    return True


def _is_signed_over_old_digest(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Check what `verify_directly_issued_by` calls an unsupported algorithm."""
    digest = _OLD_DIGESTS.get(certificate.signature_algorithm_oid)
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    try:
        key = issuer.public_key()
        if digest is None or certificate.issuer != issuer.subject:
            return False
        if isinstance(key, RSAPublicKey):
            key.verify(signature, signed, PKCS1v15(), digest)
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def _pss_digest(certificate: x509.Certificate) -> str:
    try:
        digest = certificate.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        digest = None
    return digest.name.upper().replace("SHA", "SHA-") if digest else "an unknown digest"
