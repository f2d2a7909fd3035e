"""Signed notes: a text with signatures below it, as checkpoints and witnesses use them.

C2SP signed-note (c2sp.org/signed-note) and tlog-cosignature. A verifier's key is a text, its
`vkey`: name, hash and key, joined by plus signs.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keypin.errors import InputError, KeypinError

MAX_NOTE = 1 << 20
MAX_SIGNATURES = 100

ED25519, COSIGNATURE, RFC6962 = 0x01, 0x04, 0x05
_DASH = "\u2014 "
_KEY_ID, _ED25519_KEY, _TIME = 4, 32, 8


class NoteError(KeypinError):
    """A signature of a note does not hold, or is not there."""


class NoteFormatError(InputError):
    """Bytes that are no signed note, or no key of one."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: whose it says it is, the hint of the key, and the bytes behind it."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text, with its last line's end, and the signatures below it, none of them verified."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a signed note.

        Raises:
            NoteFormatError: it is none.
        """
        if len(data) > MAX_NOTE:
            raise NoteFormatError(f"a note of {len(data)} bytes", expected=f"{MAX_NOTE} at most")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NoteFormatError("bytes that are no UTF-8", expected="a signed note") from error
        if any(letter < " " and letter != "\n" for letter in whole):
            raise NoteFormatError("a control character", expected="a signed note")
        text, blank, below = whole.rpartition("\n\n")
        if not blank or not below.endswith("\n"):
            raise NoteFormatError(
                "no signatures behind an empty line", expected="a signed note, to its last line"
            )
        lines = below[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteFormatError(f"{len(lines)} signatures", expected=f"{MAX_SIGNATURES} at most")
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def signatures_of(self, name: str, key_id: bytes) -> list[NoteSignature]:
        """Return the signatures that say they are of a key."""
        return [one for one in self.signatures if (one.name, one.key_id) == (name, key_id)]


def _signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _is_name(name):
        raise NoteFormatError(f"the line {line[:80]!r}", expected="a dash, a name, a signature")
    value = _decoded(encoded, "a signature")
    if len(value) <= _KEY_ID:
        raise NoteFormatError(f"a signature of {len(value)} bytes", expected="more than a key ID")
    return NoteSignature(name, value[:_KEY_ID], value[_KEY_ID:])


def _is_name(text: str) -> bool:
    """Tell whether a text has neither spaces nor plus signs, and something else."""
    return text.split() == [text] and "+" not in text


def _decoded(text: str, what: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise NoteFormatError(f"{what} that is no base64", expected="base64") from error


def key_id(name: str, algorithm: int, key: bytes) -> bytes:
    """Return the hint of a key: four bytes of the hash of its name, algorithm and bytes."""
    return sha256(f"{name}\n".encode() + bytes((algorithm,)) + key).digest()[:_KEY_ID]


@dataclass(frozen=True, slots=True)
class NoteKey:
    """An Ed25519 key that signs notes (0x01), or cosigns checkpoints as a witness (0x04)."""

    name: str
    algorithm: int
    key: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a key from its text.

        Raises:
            NoteFormatError: it is none, or of another algorithm.
        """
        name, _, rest = vkey.strip().partition("+")
        hint, _, encoded = rest.partition("+")
        raw = _decoded(encoded, "a key")
        # A text from outside may have surrogates, which are no UTF-8: those are not printable.
        named = _is_name(name) and name.isprintable()
        if not named or len(raw) != 1 + _ED25519_KEY or raw[0] not in (ED25519, COSIGNATURE):
            raise NoteFormatError(
                f"the key {vkey[:80]!r}", expected="NAME+HASH+KEY with an Ed25519 key"
            )
        key = cls(name, raw[0], raw[1:])
        if hint != key.key_id.hex():
            raise NoteFormatError(
                f"the hash {hint[:20]!r} in a key", expected=f"{key.key_id.hex()}, of that key"
            )
        return key

    @property
    def key_id(self) -> bytes:
        """The hint that its signatures carry."""
        return key_id(self.name, self.algorithm, self.key)

    def __str__(self) -> str:
        raw = b64encode(bytes((self.algorithm,)) + self.key).decode()
        return f"{self.name}+{self.key_id.hex()}+{raw}"

    def verify(self, note: Note) -> int | None:
        """Verify that this key signed a note.

        Returns:
            Of a witness's cosignature its time, in seconds since 1970; else None.

        Raises:
            NoteError: it did not.
        """
        signatures = note.signatures_of(self.name, self.key_id)
        if not signatures:
            raise NoteError(f"no signature of {self.name} is on the note")
        time = None
        for one in signatures:
            value, message = one.value, note.text.encode()
            if self.algorithm == COSIGNATURE:
                time, value = int.from_bytes(value[:_TIME], "big"), value[_TIME:]
                message = f"cosignature/v1\ntime {time}\n".encode() + message
            try:
                Ed25519PublicKey.from_public_bytes(self.key).verify(value, message)
            except InvalidSignature as error:
                raise NoteError(f"the signature of {self.name} does not hold") from error
        return time
