"""What a certificate says of whom it is for, wherever it stands, for whoever watches logs.

A name that no client would accept is read all the same: from every attribute of the subject and
every alternative name that is text (RFC 5280 sections 4.1.2.6 and 4.2.1.6), out of URLs and mail
addresses too, since each word that could be a name is one. Where a part cannot be read, that is
said: what is in it then is a question for the raw bytes.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from unicodedata import normalize

import idna
from cryptography import x509
from cryptography.x509.oid import NameOID

from keypin.certs import Certificate
from keypin.certs.der import quiet

# What cannot be in a name, nor beside a wildcard; all else may be: logs hold what people write.
_WORD = re.compile(r"[^\x00-\x20\x7f\s\"'(),/:;<=>?@\[\\\]^`{|}]+")
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_ORGANIZATIONS = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
_TEXTUAL = (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a certificate says of itself.

    Attributes:
        names: words that could be names of hosts, or patterns of such: in lower case, without dots
            at their ends. Of a null byte, what is before it, behind it, and both as one.
        addresses: IP addresses, as RFC 5952 writes them.
        organizations: the subject's organisations, as `plain` writes them.
        issuers: the issuer's common names and organisations, likewise.
        foreign: names in common names with other characters than ASCII, in A-labels.
        whole: whether all of it could be read.
    """

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    organizations: tuple[str, ...]
    issuers: tuple[str, ...]
    foreign: tuple[str, ...]
    whole: bool


def spoken(certificate: Certificate) -> Spoken:
    """Return what a certificate says of itself."""
    subject, subject_read = _attributes(certificate, issuer=False)
    issuer, issuer_read = _attributes(certificate, issuer=True)
    others, others_read = _alternatives(certificate)
    texts = [text for _, text in subject]
    foreign = [text for oid, text in subject if oid == NameOID.COMMON_NAME and not text.isascii()]
    texts += [one.value for one in others if isinstance(one, _TEXTUAL)]
    for one in others:
        texts += _values(one.value) if isinstance(one, x509.DirectoryName) else ()
    return Spoken(
        tuple(dict.fromkeys(name for text in texts for name in _names_in(text))),
        tuple(str(one.value) for one in others if isinstance(one, x509.IPAddress)),
        tuple(plain(text) for oid, text in subject if oid == NameOID.ORGANIZATION_NAME),
        tuple(plain(text) for oid, text in issuer if oid in _ORGANIZATIONS),
        tuple(name for text in foreign for name in _foreign_names(text)),
        subject_read and issuer_read and others_read,
    )


def plain(text: str) -> str:
    """Return a name of an organisation as it is compared: case, width and blanks do not matter."""
    return " ".join(normalize("NFKC", text.replace("\0", "")).casefold().split())


def _foreign_names(text: str) -> Iterator[str]:
    """Yield what UTS 46 makes of the names in a text."""
    for name in _names_in(text):
        wildcard = "*." if name.startswith("*.") else ""
        with suppress(idna.IDNAError, UnicodeError):
            yield wildcard + idna.encode(name.removeprefix("*."), uts46=True).decode()


def _names_in(text: str) -> Iterator[str]:
    for part in dict.fromkeys((text.replace("\0", ""), *text.split("\0"))):
        for word in _WORD.findall(part):
            # Only ASCII: of a Kelvin sign, `lower` would make the letter k.
            yield word.translate(_LOWER).strip(".")


def _attributes(
    certificate: Certificate, *, issuer: bool
) -> tuple[list[tuple[x509.ObjectIdentifier, str]], bool]:
    """Return the attributes of a name that are text, and whether it could be read."""
    try:
        with quiet():
            name = certificate.x509.issuer if issuer else certificate.x509.subject
    except ValueError:
        return [], False
    return [(one.oid, one.value) for one in name if isinstance(one.value, str)], True


def _values(name: x509.Name) -> list[str]:
    return [one.value for one in name if isinstance(one.value, str)]


def _alternatives(certificate: Certificate) -> tuple[list[x509.GeneralName], bool]:
    """Return the alternative names, and whether they could be read."""
    try:
        with quiet():
            found = certificate.x509.extensions
            return list(found.get_extension_for_class(x509.SubjectAlternativeName).value), True
    except x509.ExtensionNotFound:
        return [], True
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return [], False
