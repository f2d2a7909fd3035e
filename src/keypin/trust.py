"""Where trust anchors come from: the platform, a file, or certifi's copy of Mozilla's list."""

import os
import ssl
import sys
from functools import cache
from pathlib import Path

from keypin.certs import MAX_INPUT, Certificate, Profile, TrustStore, load_certificates
from keypin.errors import CertificateError, InputError, Place


@cache
def platform_trust() -> TrustStore:
    """Return what this machine trusts, read once.

    SSL_CERT_FILE and SSL_CERT_DIR decide, as for OpenSSL; else OpenSSL's own places; on Windows
    the system store; where none of these has a certificate (macOS), certifi's list.

    Raises:
        InputError: SSL_CERT_FILE or SSL_CERT_DIR names what cannot be read.
    """
    name = "the platform's trust store"
    if sys.platform == "win32":
        return TrustStore(_windows(), name)
    found = _from_paths(ssl.get_default_verify_paths())
    return TrustStore(found, name) if found else public_roots()


@cache
def public_roots() -> TrustStore:
    """Return the public roots as Mozilla lists them (certifi), read once."""
    import certifi  # noqa: PLC0415 - start-up: few commands need it

    found = load_certificates(Path(certifi.where()).read_bytes(), name="certifi")
    return TrustStore(found, "the public roots (Mozilla's list)")


def trust_from_file(path: str | Path) -> TrustStore:
    """Return the anchors in a file, or in each file of a folder.

    An organisation's own CA is held to RFC 5280, not to the rules of public CAs.

    Raises:
        InputError: it cannot be read, or holds no certificate.
    """
    path = Path(path)
    files = _files(path) if path.is_dir() else [path]
    found = [anchor for file in files for anchor in load_certificates(_read(file), name=str(file))]
    if not found:
        raise CertificateError(
            "no certificate in the folder",
            expected="files in PEM or DER",
            place=Place(file=str(path)),
        )
    return TrustStore(found, str(path), profile=Profile.RFC5280)


def _from_paths(paths: ssl.DefaultVerifyPaths) -> list[Certificate]:
    file_given = os.environ.get(paths.openssl_cafile_env)
    folder_given = os.environ.get(paths.openssl_capath_env)
    if file_given or folder_given:
        given = [path for path in (file_given, folder_given) if path]
        return [anchor for path in given for anchor in trust_from_file(path).certificates]
    if paths.cafile:
        return list(load_certificates(_read(Path(paths.cafile)), name=paths.cafile))
    if paths.capath:
        return _readable(_files(Path(paths.capath)))
    return []


def _readable(files: list[Path]) -> list[Certificate]:
    """Return what can be read of a distribution's folder, which may hold other things as well."""
    found: list[Certificate] = []
    for file in files:
        try:
            found += load_certificates(_read(file), name=str(file))
        except InputError:
            continue
    return found


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.is_file())
    except OSError as error:
        raise _unreadable(folder, error) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_INPUT + 1)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"the trust store cannot be read: {error.strerror}",
        expected="a readable file of certificates",
        place=Place(file=str(path)),
    )


# RFC 5280 section 4.2.1.12: id-kp-serverAuth.
_SERVER = "1.3.6.1.5.5.7.3.1"

if sys.platform == "win32":

    def _windows() -> list[Certificate]:
        return [
            Certificate.from_der(der)
            for der, encoding, purposes in ssl.enum_certificates("ROOT")
            if encoding == "x509_asn" and (purposes is True or _SERVER in purposes)
        ]
