"""What a log signs of a certificate: the bytes that were there before the SCTs were put in.

RFC 6962 section 3.2: a log is given a precertificate, and signs its TBSCertificate without the
poison extension; the certificate that follows is the same with the list of SCTs in its place.
Whoever holds only the certificate gets the same bytes by taking the list out. Where a dedicated
certificate signed the precertificate, the log saw the final issuer: its name and its key identifier
are put back.

The bytes are sliced, never encoded anew. Only for certificates that the strict parser has accepted,
which is why lengths are believed here.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice

from keypin.certs import Certificate
from keypin.errors import CertificateError

# Object identifiers in DER: 1.3.6.1.4.1.11129.2.4.2 and .3 (RFC 6962), 2.5.29.35 (RFC 5280).
SCT_LIST = bytes.fromhex("060a2b06010401d679020402")
POISON = bytes.fromhex("060a2b06010401d679020403")
_AUTHORITY_KEY = bytes.fromhex("0603551d23")

_SEQUENCE, _VERSION, _EXTENSIONS, _OCTETS, _BITS = 0x30, 0xA0, 0xA3, 0x04, 0x03
_LONG_FORM = 0x80
_SPKI = 6  # behind version, serial number, algorithm, issuer, validity and subject


def is_precertificate(certificate: Certificate) -> bool:
    """Tell whether a certificate is poisoned: no client accepts it as a certificate."""
    return any(one.startswith(POISON) for one in map(_content, _extensions(certificate)))


def issuer_key_hash(issuer: Certificate) -> bytes:
    """Return what a log's signature names the final issuer by: SHA-256 of its SPKI."""
    return sha256(issuer.spki).digest()


def signed_part(certificate: Certificate, *, signer: Certificate | None = None) -> bytes:
    """Return the TBSCertificate that a log signed, of a precertificate or what came of it.

    Args:
        certificate: with a list of SCTs, or with the poison extension.
        signer: the dedicated certificate that signed a precertificate, if one did.

    Raises:
        CertificateError: it has neither extension.
    """
    fields = list(_elements(_content(_tbs(certificate))))
    extensions = list(_extensions(certificate))
    kept = [one for one in extensions if not _content(one).startswith((SCT_LIST, POISON))]
    if len(kept) == len(extensions):
        raise CertificateError(
            "neither a list of SCTs nor the poison of a precertificate",
            expected="a certificate from a public CA",
        )
    if signer is not None:
        at = 3 if fields[0][0] == _VERSION else 2
        fields[at] = signer.slices.issuer
        kept = list(_with_key_of(kept, signer))
    fields[-1] = _element(_EXTENSIONS, _element(_SEQUENCE, b"".join(kept)))
    return _element(_SEQUENCE, b"".join(fields))


def unsigned(tbs: bytes) -> bytes:
    """Return a TBSCertificate as a certificate with an empty signature, for a parser to judge.

    Raises:
        CertificateError: it has no algorithm to repeat; whatever else is wrong, the parser finds.
    """
    try:
        fields = list(_elements(_content(tbs)))
        algorithm = fields[2 if fields[0][0] == _VERSION else 1]
    except IndexError as error:
        raise CertificateError("no TBSCertificate", expected="what a log signs") from error
    return _element(_SEQUENCE, tbs + algorithm + _element(_BITS, b"\x00"))


def tbs_in(der: bytes) -> bytes:
    """Return the TBSCertificate of a certificate that nobody has parsed; anything of no such."""
    try:
        return next(_elements(_content(der)), b"")
    except IndexError:
        return b""


def spki_in(tbs: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a TBSCertificate likewise."""
    try:
        fields = list(islice(_elements(_content(tbs)), _SPKI + 1))
    except IndexError:
        return b""
    at = _SPKI if fields and fields[0][0] == _VERSION else _SPKI - 1
    return fields[at] if at < len(fields) else b""


def extension_value(certificate: Certificate, identifier: bytes) -> bytes | None:
    """Return what stands in an extension's OCTET STRING, or None where there is no such one."""
    for extension in _extensions(certificate):
        parts = list(_elements(_content(extension)))
        if parts[0] == identifier and parts[-1][0] == _OCTETS:
            return _content(parts[-1])
    return None


def _with_key_of(extensions: list[bytes], signer: Certificate) -> Iterator[bytes]:
    """Yield extensions with the authority's key identifier of the signer, which the CA wrote."""
    theirs = [one for one in _extensions(signer) if _content(one).startswith(_AUTHORITY_KEY)]
    for extension in extensions:
        if _content(extension).startswith(_AUTHORITY_KEY):
            yield from theirs
        else:
            yield extension


def _tbs(certificate: Certificate) -> bytes:
    return next(_elements(_content(certificate.der)))


def _extensions(certificate: Certificate) -> Iterator[bytes]:
    """Yield the whole extensions of a certificate; those of version 1 have none."""
    *_, last = _elements(_content(_tbs(certificate)))
    if last[0] == _EXTENSIONS:
        yield from _elements(_content(_content(last)))


def _elements(content: bytes) -> Iterator[bytes]:
    """Yield the whole elements that stand one after another."""
    begin = 0
    while begin < len(content):
        header, length = _header(content, begin)
        end = begin + header + length
        yield content[begin:end]
        begin = end


def _content(element: bytes) -> bytes:
    header, length = _header(element, 0)
    return element[header : header + length]


def _header(data: bytes, at: int) -> tuple[int, int]:
    """Return the lengths of an element's header and of its content; tags here are one octet."""
    first = data[at + 1]
    if first < _LONG_FORM:
        return 2, first
    octets = first - _LONG_FORM
    return 2 + octets, int.from_bytes(data[at + 2 : at + 2 + octets], "big")


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets + content
