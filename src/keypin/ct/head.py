"""Signed tree heads: a log's word on what it holds, in either of its forms.

RFC 6962 section 3.5 (get-sth, JSON) and the checkpoint of the Static CT API, which is the same
signature in a signed note (c2sp.org/static-ct-api, algorithm 0x05). RFC 9162 signs another
structure, which no log serves.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, Self

from keypin.ct.merkle import HASH_SIZE
from keypin.ct.note import RFC6962, Note, key_id
from keypin.ct.sct import LogKey, SctError
from keypin.errors import InputError, KeypinError

MAX_HEAD = 1 << 16

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNED = Struct(">BBQQ32s")  # version, type of the signature, timestamp, size, root
_TREE_HEAD = 1
_SIGNATURE = Struct(">BBH")  # hash, signature algorithm, length
_TIME = 8
_LINES = 3  # origin, size, root
_MAX_SIZE = 1 << 63


class HeadError(KeypinError):
    """A tree head is not the log's: its signature does not hold."""


class HeadFormatError(InputError):
    """Bytes that are no tree head."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A signed tree head, whose signature nobody has verified yet.

    Raises:
        HeadFormatError: numbers that no log has, a root of another length, no signature.

    Attributes:
        size: how many entries the tree has.
        timestamp_ms: when the log signed it, in milliseconds since 1970.
        root: the root of the tree.
        signature: the log's, as a DigitallySigned (RFC 5246 section 4.7): two bytes that name its
            algorithms, its length, and itself.
        note: the checkpoint that it came in; empty where it came as JSON.
    """

    size: int
    timestamp_ms: int
    root: bytes
    signature: bytes
    note: str = ""

    def __post_init__(self) -> None:
        if type(self.size) is not int or type(self.timestamp_ms) is not int:
            raise HeadFormatError("a size or time that is no number", expected="whole numbers")
        if not (0 <= self.size < _MAX_SIZE and 0 <= self.timestamp_ms < _MAX_SIZE):
            raise HeadFormatError(
                f"a size of {self.size} at {self.timestamp_ms}", expected="less than 2^63"
            )
        if len(self.root) != HASH_SIZE:
            raise HeadFormatError(f"a root of {len(self.root)} bytes", expected=f"{HASH_SIZE}")
        length = int.from_bytes(self.signature[2:4], "big")
        if len(self.signature) != _SIGNATURE.size + length:
            raise HeadFormatError("a signature that is no DigitallySigned", expected="RFC 5246's")

    @property
    def timestamp(self) -> datetime:
        """When the log signed it; an impossible moment is as late as can be."""
        try:
            return _EPOCH + timedelta(milliseconds=self.timestamp_ms)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)

    def verify(self, key: LogKey) -> None:
        """Verify that a log signed it.

        Raises:
            HeadError: it did not.
        """
        data = _SIGNED.pack(0, _TREE_HEAD, self.timestamp_ms, self.size, self.root)
        hashed, signed, _ = _SIGNATURE.unpack_from(self.signature)
        try:
            key.verify_signature(hashed, signed, self.signature[_SIGNATURE.size :], data)
        except SctError as error:
            raise HeadError(f"the tree head of size {self.size}: {error}") from error

    def dumps(self) -> str:
        """Return it as JSON, in the members of get-sth."""
        return json.dumps(
            {
                "tree_size": self.size,
                "timestamp": self.timestamp_ms,
                "sha256_root_hash": b64encode(self.root).decode(),
                "tree_head_signature": b64encode(self.signature).decode(),
            }
        )

    @classmethod
    def of_json(cls, data: bytes | str) -> Self:
        """Read an answer to get-sth (RFC 6962 section 4.3).

        Raises:
            HeadFormatError: it is none.
        """
        if len(data) > MAX_HEAD:
            raise HeadFormatError(f"{len(data)} bytes", expected=f"{MAX_HEAD} at most")
        try:
            members: Any = json.loads(data)
            size, timestamp = members["tree_size"], members["timestamp"]
            root = b64decode(members["sha256_root_hash"], validate=True)
            signature = b64decode(members["tree_head_signature"], validate=True)
        except (ValueError, TypeError, KeyError, Base64Error, RecursionError) as error:
            raise HeadFormatError(
                f"no tree head ({type(error).__name__}: {str(error)[:60]})",
                expected="JSON with tree_size, timestamp, sha256_root_hash, tree_head_signature",
            ) from error
        return cls(size, timestamp, root, signature)

    @classmethod
    def of_checkpoint(cls, data: bytes, origin: str, key: LogKey) -> Self:
        """Read a checkpoint of a log, and verify its signature.

        Args:
            data: the signed note.
            origin: the log's name, which is its submission prefix without the scheme; empty
                to take the one that the checkpoint says: the key is what binds.
            key: the log's.

        Raises:
            HeadError: the log did not sign it, or it is of another log.
            HeadFormatError: it is no checkpoint.
            keypin.ct.note.NoteFormatError: it is no signed note.
        """
        note = Note.parse(data)
        lines = note.text.split("\n")
        if len(lines) <= _LINES:
            raise HeadFormatError(f"a text of {len(lines) - 1} lines", expected="a checkpoint")
        name, size, root = lines[:_LINES]
        if origin and name != origin:
            raise HeadError(f"the checkpoint is of {name[:100]!r}, not of {origin!r}")
        hint = key_id(name, RFC6962, key.log_id)
        for one in note.signatures_of(name, hint)[:1]:
            timestamp = int.from_bytes(one.value[:_TIME], "big")
            signature = one.value[_TIME:]
            head = cls(_number(size), timestamp, _root(root), signature, note=data.decode())
            head.verify(key)
            return head
        raise HeadError(f"the checkpoint of {name[:100]!r} has no signature of the log's key")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or str(int(text)) != text:  # noqa: PLR2004 - digits of 2^63
        raise HeadFormatError(f"a size of {text[:30]!r}", expected="a decimal number")
    return int(text)


def _root(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise HeadFormatError("a root that is no base64", expected="32 bytes") from error
