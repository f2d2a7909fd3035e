"""The data of TLSA records: from the words of one to its pin and usage, and back.

RFC 6698 section 2.1 (usage, selector, matching type, data), RFC 7218 (their names), RFC 3597 (as
bytes). What clients pass over as unusable is a remark; what no name server loads is refused.
"""

from hashlib import sha256
from typing import NamedTuple

from keypin.errors import FormatError, Place
from keypin.findings import Severity
from keypin.formats.remark import Remark
from keypin.pins import Digest, Of, Pin

PKIX_TA, PKIX_EE, DANE_TA, DANE_EE = range(4)
FULL, SHA256, SHA512 = range(3)

UNUSABLE = Remark(
    "tlsa-unusable",
    Severity.ERROR,
    "Clients pass over a record that they do not understand, and without a usable record they may "
    "connect without any pin.",
    "Write usage, selector, matching type and a digest of its length, as 3 1 1 and 64 digits.",
    "RFC 6698 section 4.1",
)
IN_FULL = Remark(
    "tlsa-full",
    Severity.NOTE,
    "A whole certificate or key makes large answers, which some resolvers truncate.",
    "Publish its SHA-256 digest, matching type 1.",
    "RFC 7671 section 10.1.2",
)
REMARKS = (UNUSABLE, IN_FULL)

_WORDS = {
    "0": 0,
    "1": 1,
    "2": 2,
    "3": 3,
    "pkix-ta": 0,
    "pkix-ee": 1,
    "dane-ta": 2,
    "dane-ee": 3,
    "privcert": 255,
    "cert": 0,
    "spki": 1,
    "privsel": 255,
    "full": 0,
    "sha2-256": 1,
    "sha2-512": 2,
    "privmatch": 255,
}
_FIELDS = 3
_OCTET = 255
_OF = (Of.CERTIFICATE, Of.SPKI)
_DIGESTS = {SHA256: Digest.SHA256, SHA512: Digest.SHA512}

# Nearly every record is one of these: zones hold many, and the way to them is short.
_USUAL = {
    f"{usage} {selector} {matching}": (usage, of, digest)
    for usage in range(4)
    for selector, of in enumerate(_OF)
    for matching, digest in _DIGESTS.items()
}


class Data(NamedTuple):
    """What one record says; a tuple, for zones hold many.

    Attributes:
        usage: 0 to 3.
        of: what is hashed.
        algorithm: how; SHA-256 where a certificate or key is given whole.
        digest: the digest.
        full: whether it is given whole.
    """

    usage: int
    of: Of
    algorithm: Digest
    digest: bytes
    full: bool = False


def read_data(words: list[str], place: Place) -> Data | str:
    """Return what the words behind TLSA say, or why clients do not use the record.

    Raises:
        FormatError: no name server would load it; says where.
    """
    usual = _USUAL.get(" ".join(words[:_FIELDS]))
    if usual and len(words) == _FIELDS + 1 and len(words[_FIELDS]) == 2 * usual[2].size:
        return Data(*usual, _hex(words[_FIELDS], place))
    return _read_unusual(words, place)


def _read_unusual(words: list[str], place: Place) -> Data | str:
    if words and words[0] == "\\#":
        words = _from_bytes(words[1:], place)
    if len(words) <= _FIELDS:
        raise _malformed(words, place)
    usage, selector, matching = (_field(word, place) for word in words[:_FIELDS])
    data = _hex("".join(words[_FIELDS:]), place)
    if usage > DANE_EE:
        return f"the usage {usage} is not one of 0 to 3"
    if selector >= len(_OF):
        return f"the selector {selector} is not 0 or 1"
    if matching == FULL:
        return Data(usage, _OF[selector], Digest.SHA256, sha256(data).digest(), full=True)
    digest = _DIGESTS.get(matching)
    if digest is None:
        return f"the matching type {matching} is not 0, 1 or 2"
    if len(data) != digest.size:
        return f"the digest has {len(data)} bytes, not {digest.size}"
    return Data(usage, _OF[selector], digest, data)


def _from_bytes(words: list[str], place: Place) -> list[str]:
    """Return the words of a record that is given as RFC 3597 says: length and bytes."""
    data = _hex("".join(words[1:]), place)
    if not words or words[0] != str(len(data)):
        raise _malformed(words, place)
    return [*map(str, data[:_FIELDS]), data[_FIELDS:].hex()] if data[_FIELDS:] else []


def _field(word: str, place: Place) -> int:
    number = _WORDS.get(word)
    if number is None:
        number = _WORDS.get(word.lower(), -1)
        if word.isascii() and word.isdigit() and len(word) <= len(str(_OCTET)):
            number = int(word)
        if not 0 <= number <= _OCTET:
            raise _malformed([word], place)
    return number


def _hex(text: str, place: Place) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if not data:
        raise _malformed([text], place)
    return data


def _malformed(words: list[str], place: Place) -> FormatError:
    return FormatError(
        f"the data {' '.join(words)[:80]!r}",
        expected="usage, selector, matching type and hex digits, as `3 1 1 9f86…`",
        place=place,
    )


def write_data(usage: int, pin: Pin) -> str:
    """Return the words of the record of a pin."""
    matching = SHA256 if pin.algorithm is Digest.SHA256 else SHA512
    return f"{usage} {_OF.index(pin.of)} {matching} {pin.digest.hex()}"
