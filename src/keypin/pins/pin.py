"""A pin: a digest of a certificate or of its key, and the position at which it may match.

Reads every spelling in use and refuses whatever is not exactly one of them, for a pin that is
silently repaired or skipped is a hole: curl drops the rest of a list after one blank, OkHttp
accepts a "sha256" pin of five bytes that can never match.

Follows RFC 7469 section 2.4 (what is hashed) and RFC 4648 (how it is written). Must not know of
hosts, policies or time.
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from binascii import hexlify
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from keypin.certs import Certificate, Position, PublicKey
from keypin.errors import PinError

MAX_PIN = 256  # a SHA-512 digest in hex with colons and a prefix has 212 characters


class Digest(StrEnum):
    """The hash functions that pins are made with. SHA-1 is broken and refused."""

    SHA256 = "sha256"
    SHA512 = "sha512"

    @property
    def size(self) -> int:
        """The digest's length in bytes."""
        return 32 if self is Digest.SHA256 else 64


class Of(StrEnum):
    """What is hashed."""

    SPKI = "spki"
    CERTIFICATE = "certificate"


class PinPosition(StrEnum):
    """Where in the verified chain a pin may match: `Position`, and two wider words."""

    ANY = "any"
    LEAF = "leaf"
    INTERMEDIATE = "intermediate"
    ROOT = "root"
    CA = "ca"  # intermediate or root: Apple's CA identities, DANE's trust-anchor usages


class Spelling(StrEnum):
    """The ways in which the field writes a pin."""

    OKHTTP = "okhttp"  # sha256/BASE64, also Chromium's
    CURL = "curl"  # sha256//BASE64
    HPKP = "hpkp"  # pin-sha256="BASE64"
    HEX = "hex"
    HEX_COLON = "hex-colon"
    BASE64 = "base64"
    BASE64URL = "base64url"  # without padding


@dataclass(frozen=True, slots=True)
class Pin:
    """A digest, of what, and where it may match. Build one with `parse` or from a certificate.

    Attributes:
        digest: 32 bytes of SHA-256 or 64 of SHA-512.
        algorithm: which of the two.
        of: the SubjectPublicKeyInfo, or the certificate.
        position: where in the verified chain it may match.

    Raises:
        PinError: the digest's length is not the algorithm's.
    """

    digest: bytes
    algorithm: Digest = Digest.SHA256
    of: Of = Of.SPKI
    position: PinPosition = PinPosition.ANY

    def __post_init__(self) -> None:
        for field, kind in (("algorithm", Digest), ("of", Of), ("position", PinPosition)):
            if not isinstance(value := getattr(self, field), kind):
                object.__setattr__(self, field, kind(value))
        if len(self.digest) != self.algorithm.size:
            raise PinError(
                f"the digest has {len(self.digest)} bytes",
                expected=f"the {self.algorithm.size} bytes of {_NAMES[self.algorithm]}",
            )

    @classmethod
    def parse(cls, text: str, *, position: str = PinPosition.ANY) -> Self:
        """Read a pin in any spelling in use.

        Args:
            text: `sha256/BASE64`, `sha256//BASE64`, `pin-sha256="BASE64"`, bare base64, base64url
                with or without padding, hex with or without colons; `cert-` before `sha256` or
                `sha512` for the digest of a certificate. A bare digest is of an SPKI, and its
                length tells SHA-256 from SHA-512.
            position: where it may match: `any`, `leaf`, `intermediate`, `root` or `ca`.

        Raises:
            PinError: it is none of these; the error says what is wrong with it.
        """
        if common := COMMON_PIN.fullmatch(text):
            return cls(b64decode(common[1]), position=PinPosition(position))
        if len(text) > MAX_PIN:
            raise PinError(
                f"a pin of {len(text)} characters", expected=f"{MAX_PIN} characters at most"
            )
        _refuse_white_space(text)
        if not text:
            raise PinError("the pin is empty", expected=_EXPECTED)
        found = _PREFIX.match(text)
        if found is None:
            return cls(*_bare(text), Of.SPKI, PinPosition(position))
        of = Of.CERTIFICATE if found["cert"] else Of.SPKI
        algorithm = _algorithm(found["name"])
        value = _value(text[found.end() :], algorithm, quoted=bool(found["hpkp"]))
        hexadecimal = _is_hex(value, algorithm.size)
        digest = _from_hex(value) if hexadecimal else _decode_base64(value)
        return cls(_sized(digest, algorithm), algorithm, of, PinPosition(position))

    @classmethod
    def of_key(
        cls,
        key: Certificate | PublicKey,
        *,
        algorithm: str = Digest.SHA256,
        position: str = PinPosition.ANY,
    ) -> Self:
        """Pin a public key: the digest of its SubjectPublicKeyInfo as it stands (RFC 7469, 2.4)."""
        digest = key.spki_sha256 if algorithm == Digest.SHA256 else key.spki_sha512
        return cls(digest, Digest(algorithm), Of.SPKI, PinPosition(position))

    @classmethod
    def of_certificate(
        cls,
        certificate: Certificate,
        *,
        algorithm: str = Digest.SHA256,
        position: str = PinPosition.ANY,
    ) -> Self:
        """Pin a whole certificate: the pin dies when the certificate is renewed."""
        digest = certificate.sha256 if algorithm == Digest.SHA256 else certificate.sha512
        return cls(digest, Digest(algorithm), Of.CERTIFICATE, PinPosition(position))

    def matches(self, certificate: Certificate, position: Position) -> bool:
        """Tell whether the pin matches a certificate at its position in the verified chain.

        For `decide`, which turns the answer into evidence or an error: ask that for a verdict.
        """
        wanted = self.position
        above = wanted is PinPosition.CA and position is not Position.LEAF
        here = above or wanted is PinPosition.ANY or wanted.value == position.value
        return here and self.is_of(certificate)

    def is_of(self, certificate: Certificate) -> bool:
        """Tell whether the digest is this certificate's or its key's, at whatever position."""
        short = self.algorithm is Digest.SHA256
        if self.of is Of.SPKI:
            return self.digest == (certificate.spki_sha256 if short else certificate.spki_sha512)
        return self.digest == (certificate.sha256 if short else certificate.sha512)

    def spell(self, spelling: Spelling) -> str:
        """Return the pin as one part of the field writes it; only the first three name the hash."""
        return _SPELL[spelling](self)

    def __str__(self) -> str:
        return self.spell(Spelling.OKHTTP)


# The commonest spelling.
COMMON_PIN = re.compile(r"sha256/([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)")


def _prefix(pin: Pin) -> str:
    return f"cert-{pin.algorithm}" if pin.of is Of.CERTIFICATE else str(pin.algorithm)


def _base64(pin: Pin) -> str:
    return b64encode(pin.digest).decode()


_SPELL: dict[Spelling, Callable[[Pin], str]] = {
    Spelling.OKHTTP: lambda pin: f"{_prefix(pin)}/{_base64(pin)}",
    Spelling.CURL: lambda pin: f"{_prefix(pin)}//{_base64(pin)}",
    Spelling.HPKP: lambda pin: f'pin-{_prefix(pin)}="{_base64(pin)}"',
    Spelling.HEX: lambda pin: pin.digest.hex(),
    Spelling.HEX_COLON: lambda pin: hexlify(pin.digest, ":").decode().upper(),
    Spelling.BASE64: _base64,
    Spelling.BASE64URL: lambda pin: urlsafe_b64encode(pin.digest).decode().rstrip("="),
}

_NAMES = {Digest.SHA256: "SHA-256", Digest.SHA512: "SHA-512"}
_EXPECTED = "sha256/ and 44 characters of base64, or the digest in hex"

_IMPOSSIBLE = 3  # no whole number of bytes takes 4n + 1 characters of base64

_PREFIX = re.compile(
    r"(?P<hpkp>pin-)?(?P<cert>cert-)?(?P<name>sha-?[0-9]+|md5)(?(hpkp)=|[/:])", re.IGNORECASE
)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}:)*[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2})+")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=_-]")

_OTHER_DIGESTS = {16: "MD5", 20: "SHA-1", 28: "SHA-224", 48: "SHA-384"}


def _refuse_white_space(text: str) -> None:
    if found := re.search(r"\s", text):
        raise PinError(
            f"white space at character {found.start() + 1} of {text[:80]!r}",
            expected=_EXPECTED,
            next_step="take the white space out",
        )


def _algorithm(name: str) -> Digest:
    """Return the hash function of a prefix, refusing the broken and the unknown ones by name."""
    name = name.lower().replace("-", "")
    if name in ("sha1", "md5"):
        raise PinError(
            f"a {'SHA-1' if name == 'sha1' else 'MD5'} pin: collisions can be made for it",
            expected="sha256",
            next_step="compute the SHA-256 pin with `keypin pin`",
        )
    if name not in (Digest.SHA256, Digest.SHA512):
        raise PinError(f"the hash {name}", expected="sha256 or sha512")
    return Digest(name)


def _value(rest: str, algorithm: Digest, *, quoted: bool) -> str:
    """Return the digest's text behind a prefix: without quotes, or without curl's second slash.

    A slash is a base64 digit too: one pin in 64 reads `sha256//...` in OkHttp's spelling. Its
    length tells the two apart.
    """
    if not quoted:
        curl = rest.startswith("/") and len(rest) != _base64_length(algorithm)
        return rest[1:] if curl else rest
    if len(rest) < 2 or rest[0] != '"' or rest[-1] != '"':  # noqa: PLR2004 - the two quotes
        raise PinError(
            "the value of pin-sha256 is not quoted", expected='pin-sha256="BASE64" (RFC 7469)'
        )
    return rest[1:-1]


def _base64_length(algorithm: Digest) -> int:
    return -(-algorithm.size // 3) * 4


def _bare(text: str) -> tuple[bytes, Digest]:
    """Decode a digest without a prefix, whose length tells the hash function."""
    sizes = {algorithm.size: algorithm for algorithm in Digest}
    plain = len(text.replace(":", ""))
    hexadecimal = _HEX.fullmatch(text) is not None and (":" in text or plain % 4 == 0)
    hexadecimal = hexadecimal and plain // 2 in {*sizes, *_OTHER_DIGESTS}
    digest = _from_hex(text) if hexadecimal else _decode_base64(text, bare=True)
    algorithm = sizes.get(len(digest), Digest.SHA256)
    return _sized(digest, algorithm), algorithm


def _is_hex(value: str, size: int) -> bool:
    return _HEX.fullmatch(value) is not None and (":" in value or len(value) == 2 * size)


def _from_hex(value: str) -> bytes:
    return bytes.fromhex(value.replace(":", ""))


def _decode_base64(value: str, *, bare: bool = False) -> bytes:
    """Decode strictly: one spelling for each digest, so that equal pins are equal as text too.

    base64url is written without padding (RFC 7515 section 2). A value that both alphabets would
    spell alike may therefore lack its padding if it stands alone, and not behind `sha256/`.
    """
    _check_alphabet(value)
    url_safe = "-" in value or "_" in value or (bare and not set("+/=") & set(value))
    body = value.rstrip("=")
    padding = -len(body) % 4
    allowed = {padding, 0} if url_safe else {padding}
    if "=" in body or padding == _IMPOSSIBLE or len(value) - len(body) not in allowed:
        raise _padding_error(value, body, padding)
    plain = body.translate(_TO_BASE64)
    data = b64decode(plain + "=" * padding)
    if b64encode(data).decode().rstrip("=") != plain:
        raise PinError(
            f"the last character of {value!r} has bits that no byte uses",
            expected="canonical base64 (RFC 4648 section 3.5)",
            next_step="copy the pin again",
        )
    return data


def _check_alphabet(value: str) -> None:
    if found := _NOT_BASE64.search(value):
        raise PinError(
            f"{found[0]!r} at character {found.start() + 1} of {value[:80]!r}",
            expected="characters of base64, base64url or hex alone",
        )
    if set("-_") & set(value) and set("+/") & set(value):
        raise PinError(f"{value!r} mixes base64 (+ /) and base64url (- _)", expected="one of both")


_TO_BASE64 = str.maketrans("-_", "+/")


def _padding_error(value: str, body: str, padding: int) -> PinError:
    if "=" in body or padding == _IMPOSSIBLE:
        return PinError(f"{value!r} is no base64: its length or padding is wrong")
    return PinError(
        f"{value!r} ends in {len(value) - len(body)} padding characters",
        expected=f"{padding} (RFC 4648 section 3.2)",
        next_step="copy the pin again, with its = signs",
    )


def _sized(digest: bytes, algorithm: Digest) -> bytes:
    if len(digest) == algorithm.size:
        return digest
    other = _OTHER_DIGESTS.get(len(digest))
    raise PinError(
        f"the digest has {len(digest)} bytes{f', as {other} has' if other else ''}",
        expected=f"the {algorithm.size} bytes of {_NAMES[algorithm]}",
        next_step="copy the pin again, or compute it with `keypin pin`",
    )
