"""Files of certificates and keys, in whatever container they come.

PEM (RFC 7468) with any number of blocks and text between, DER, PKCS#7 (RFC 2315), PKCS#12
(RFC 7292), and for `load_keys` also requests (RFC 2986), public keys and private keys. Which it is
shows in the bytes, never in the file's name: the name is for errors alone.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from keypin.certs.certificate import Certificate
from keypin.certs.der import explain, first_inner_tag, quiet
from keypin.certs.key import PublicKey
from keypin.certs.keyfile import PRIVATE_LABELS, bare_key, certificate_key, private_key, request_key
from keypin.certs.pem import CERTIFICATE_LABELS, Block, blocks
from keypin.errors import CertificateError, InputError, Place

# A TLS 1.3 certificate message is at most 16 MiB (RFC 8446 section 4), and so is the largest chain.
MAX_INPUT = 16 * 1024 * 1024

# The largest trust stores in use hold some 400 certificates; a fleet's file may hold thousands.
MAX_CERTIFICATES = 10_000

# Labels that an error's sentence can hold.
_SHOWN = 5

_T = TypeVar("_T")

_INTEGER, _OID = 0x02, 0x06
_PKCS7_LABELS = ("PKCS7", "CMS", "PKCS #7 SIGNED DATA")
_REQUEST_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
_PUBLIC_LABELS = (*CERTIFICATE_LABELS, *_PKCS7_LABELS, *_REQUEST_LABELS, "PUBLIC KEY")


def load_certificates(
    data: bytes, *, name: str | None = None, password: bytes | None = None
) -> tuple[Certificate, ...]:
    """Read every certificate in a file.

    Args:
        data: PEM, DER, PKCS#7 or PKCS#12, of at most `MAX_INPUT` bytes.
        name: the file's name, for errors.
        password: of PKCS#12.

    Returns:
        The certificates in the order of the file; at least one, at most `MAX_CERTIFICATES`.

    Raises:
        CertificateError: there is no certificate, or one that cannot be read; the error says
            which, by file and line, and what is wrong with it.
    """
    _check_size(data, name)
    if b"-----BEGIN " in data:
        found = _placed_blocks(data, name, _block_certificates)
    else:
        found = _placed(Place(name), partial(_der_certificates, data, password))
    return _counted(found, data, name, "certificate")


def load_keys(
    data: bytes, *, name: str | None = None, password: bytes | None = None
) -> tuple[PublicKey, ...]:
    """Read every public key in a file, whatever bears it.

    Args:
        data: certificates as `load_certificates` takes them, or requests, public keys, and private
            keys in PKCS#8, PKCS#1, SEC 1 or OpenSSH form; of at most `MAX_INPUT` bytes.
        name: the file's name, for errors.
        password: of PKCS#12 and of encrypted private keys.

    Returns:
        The keys in the order of the file. Private keys are read only in a file of nothing else: a
        server's file of key and certificate has one key, not two. A certificate that breaks the
        profile elsewhere than in its key, and that `load_certificates` refuses, still gives its
        key.

    Raises:
        CertificateError: there is no key, or one that cannot be read.
    """
    _check_size(data, name)
    if b"-----BEGIN " in data:
        public = any(block.label in _PUBLIC_LABELS for block in blocks(data, name))
        read = _block_keys if public else partial(_block_private_keys, password=password)
        found = _placed_blocks(data, name, read)
    else:
        found = _placed(Place(name), partial(_der_keys, data, password))
    return _counted(found, data, name, "key")


def _block_certificates(block: Block) -> Iterable[Certificate]:
    if block.label in CERTIFICATE_LABELS:
        return (Certificate.from_der(block.der),)
    if block.label in _PKCS7_LABELS:
        return _pkcs7(block.der)
    return ()


def _block_keys(block: Block) -> Iterable[PublicKey]:
    if block.label in CERTIFICATE_LABELS:
        return (certificate_key(block.der),)
    if block.label in _PKCS7_LABELS:
        return (found.public_key for found in _pkcs7(block.der))
    if block.label in _REQUEST_LABELS:
        return (request_key(block.der),)
    return (bare_key(block.der),) if block.label == "PUBLIC KEY" else ()


def _block_private_keys(block: Block, password: bytes | None) -> Iterable[PublicKey]:
    return (private_key(block.text, password),) if block.label in PRIVATE_LABELS else ()


def _der_certificates(data: bytes, password: bytes | None) -> Iterable[Certificate]:
    if first_inner_tag(data) == _OID:
        return _pkcs7(data)
    if first_inner_tag(data) == _INTEGER:
        return _pkcs12(data, password)
    return (Certificate.from_der(data),)


def _der_keys(data: bytes, password: bytes | None) -> Iterable[PublicKey]:
    readers: tuple[Callable[[], Iterable[PublicKey]], ...] = (
        lambda: (certificate_key(data),),
        lambda: (request_key(data),),
        lambda: (bare_key(data),),
    )
    if first_inner_tag(data) == _OID:
        readers = (lambda: [found.public_key for found in _pkcs7(data)],)
    elif first_inner_tag(data) == _INTEGER:
        readers = (
            lambda: (private_key(data, password),),
            lambda: [found.public_key for found in _pkcs12(data, password)],
        )
    return _first(readers)


def _first(readers: Iterable[Callable[[], Iterable[PublicKey]]]) -> Iterable[PublicKey]:
    seen: list[str] = []
    for reader in readers:
        try:
            return reader()
        except CertificateError as error:
            seen.append(error.seen)
    raise CertificateError("; ".join(seen), expected="a certificate, a request or a key")


def _pkcs7(data: bytes) -> tuple[Certificate, ...]:
    from cryptography.hazmat.primitives.serialization import pkcs7  # noqa: PLC0415 - slow to start

    try:
        with quiet():
            return _convert(pkcs7.load_der_pkcs7_certificates(data))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(
            f"PKCS#7 that cannot be read: {explain(error)}",
            expected="signed data with certificates",
        ) from error


def _pkcs12(data: bytes, password: bytes | None) -> tuple[Certificate, ...]:
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415 - as above

    try:
        with quiet():
            store = pkcs12.load_pkcs12(data, password)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(
            f"PKCS#12 that cannot be read: {explain(error)}",
            next_step="give its password" if password is None else "check the password",
        ) from error
    held = (store.cert, *store.additional_certs)
    return _convert(found.certificate for found in held if found)


def _convert(certificates: Iterable[x509.Certificate]) -> tuple[Certificate, ...]:
    return tuple(Certificate.from_der(found.public_bytes(Encoding.DER)) for found in certificates)


def _placed_blocks(
    data: bytes, name: str | None, read: Callable[[Block], Iterable[_T]]
) -> Iterator[_T]:
    for block in blocks(data, name):
        yield from _placed(block.place, partial(read, block))


def _placed(place: Place, read: Callable[[], Iterable[_T]]) -> Iterator[_T]:
    """Yield what `read` returns; an error without a place gets this one."""
    try:
        yield from read()
    except InputError as error:
        if error.place:
            raise
        raise error.at(place) from error


def _counted(found: Iterable[_T], data: bytes, name: str | None, what: str) -> tuple[_T, ...]:
    counted = tuple(islice(found, MAX_CERTIFICATES + 1))
    if len(counted) > MAX_CERTIFICATES:
        raise CertificateError(
            f"more than {MAX_CERTIFICATES} {what}s",
            next_step="split the file",
            place=Place(name),
        )
    if not counted:
        raise CertificateError(f"no {what}{_instead(data)}", place=Place(name))
    return counted


def _instead(data: bytes) -> str:
    labels = tuple(dict.fromkeys(block.label for block in blocks(data)))[:_SHOWN]
    return f", only {', '.join(labels)}" if labels else ""


def _check_size(data: bytes, name: str | None) -> None:
    if len(data) > MAX_INPUT:
        raise CertificateError(
            f"{len(data)} bytes", expected=f"at most {MAX_INPUT} bytes", place=Place(name)
        )
