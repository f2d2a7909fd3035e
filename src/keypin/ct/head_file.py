"""A text of tree heads, as monitors exchange them: JSON Lines, or checkpoints one after another.

A line of JSON has the log's ID in hexadecimal (`log_id`), its name (`log`, which may be missing),
and either the members of get-sth (RFC 6962 section 4.3) or a signed note (`checkpoint`). A
checkpoint (c2sp.org/tlog-checkpoint) may also stand as it is; whose it is tells the hint of the
log's key, so that what a log, a witness or a distributor serves is read as it comes.

Nothing that is read here is verified until `Said.verified` is asked.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from keypin.ct.head import HeadFormatError, TreeHead
from keypin.ct.merkle import HASH_SIZE
from keypin.ct.note import MAX_NOTE, RFC6962, Note, NoteFormatError, key_id
from keypin.ct.sct import LogKey
from keypin.errors import InputError, Place

# What a monitor keeps of 40 logs: 4,096 heads each, of 400 bytes.
MAX_HEAD_FILE = 64 << 20

# A checkpoint in JSON: each of its bytes may be escaped by six.
_LONGEST = 6 * MAX_NOTE
_SIGNATURE = "\u2014 ".encode()
_ID = "SHA-256 of the log's key, in hexadecimal"


class HeadFileError(InputError):
    """A text that holds no tree heads."""


@dataclass(frozen=True, slots=True)
class Said:
    """A head as a text says it, unverified.

    Attributes:
        line: where it begins, from 1.
        log_id: whose it says it is; empty where it does not say.
        name: what it calls the log; empty where it does not.
        head: the head; of a checkpoint, its bytes.
    """

    line: int
    log_id: bytes
    name: str
    head: TreeHead | bytes

    def verified(self, keys: Mapping[bytes, LogKey]) -> tuple[bytes, TreeHead] | None:
        """Return the log's ID and the head, or None where the log is none of the known ones.

        Args:
            keys: those of the known logs, by the logs' IDs.

        Raises:
            HeadError: the log did not sign it.
            HeadFormatError: it is a signed note, but no checkpoint.
        """
        log_id = self.log_id
        if not log_id and isinstance(self.head, bytes):
            log_id = _signer(self.head, keys)
        key = keys.get(log_id)
        if key is None:
            return None
        if isinstance(self.head, bytes):
            return log_id, TreeHead.of_checkpoint(self.head, "", key)
        self.head.verify(key)
        return log_id, self.head


def loads(data: bytes, *, name: str | None = None) -> Iterator[Said]:
    """Read a text of heads, one at a time.

    Args:
        data: the text, in UTF-8.
        name: what errors call the file.

    Raises:
        HeadFileError: it is none, from the line on that is named; or it is too large.
    """
    if len(data) > MAX_HEAD_FILE:
        raise HeadFileError(
            f"{len(data)} bytes", expected=f"{MAX_HEAD_FILE} at most", place=Place(file=name)
        )
    for line, piece in _pieces(data):
        try:
            yield _of_json(line, piece) if piece.startswith(b"{") else _of_note(line, piece)
        except (HeadFormatError, NoteFormatError, HeadFileError) as error:
            place = Place(file=name, line=line)
            raise HeadFileError(error.seen, expected=error.expected, place=place) from error


def dumps(log_id: bytes, name: str, head: TreeHead) -> str:
    """Return a head as one line of JSON, without its end.

    Args:
        log_id: SHA-256 of the log's key.
        name: what people call the log; empty to leave it out.
        head: what the log signed; one that came as a checkpoint stays one, with its cosignatures.
    """
    members: dict[str, Any] = {"log_id": log_id.hex()}
    if name:
        members["log"] = name
    said = {"checkpoint": head.note} if head.note else json.loads(head.dumps())
    return json.dumps(members | said)


def _pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each line of JSON, and each note: up to its last signature, or to the text's end."""
    held, size, begin = list[bytes](), 0, 0
    for number, line in enumerate(BytesIO(data), 1):
        # A note ends with its last signature line: whatever follows begins something else.
        if held and held[-1].startswith(_SIGNATURE) and not line.startswith(_SIGNATURE):
            yield begin, b"".join(held)
            held, size = [], 0
        if not held and line.startswith(b"{"):
            yield number, line.rstrip(b"\r\n")
        elif held or line.strip():
            begin = begin if held else number
            held.append(line)
            size += len(line)
        if size > MAX_NOTE:
            break
    if held:
        yield begin, b"".join(held)


def _of_note(line: int, data: bytes) -> Said:
    Note.parse(data)
    return Said(line, b"", "", data)


def _of_json(line: int, data: bytes) -> Said:
    members = _members(data)
    log_id, name = _log_id(members), members.get("log", "")
    if not isinstance(name, str):
        raise HeadFileError("a name of a log that is no text", expected="a text")
    if "checkpoint" in members:
        note = _checkpoint(members["checkpoint"])
        return Said(line, log_id, name, note)
    if not log_id:
        raise HeadFileError("a head without log_id", expected=_ID)
    return Said(line, log_id, name, TreeHead.of_json(data))


def _members(data: bytes) -> dict[str, Any]:
    if len(data) > _LONGEST:
        raise HeadFileError(f"a line of {len(data)} bytes", expected=f"{_LONGEST} at most")
    try:
        members: dict[str, Any] = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise HeadFileError(f"no JSON ({str(error)[:80]})", expected="one object a line") from error
    return members


def _log_id(members: dict[str, Any]) -> bytes:
    text = members.get("log_id", "")
    try:
        log_id = bytes.fromhex(text)
    except (ValueError, TypeError) as error:
        raise HeadFileError("a log_id that is no hexadecimal number", expected=_ID) from error
    if log_id and len(log_id) != HASH_SIZE:
        raise HeadFileError(f"a log_id of {len(log_id)} bytes", expected=_ID)
    return log_id


def _checkpoint(text: Any) -> bytes:  # noqa: ANN401 - JSON holds anything
    if not isinstance(text, str):
        raise HeadFileError("a checkpoint that is no text", expected="a signed note")
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise HeadFileError("a checkpoint that is no Unicode", expected="a signed note") from error
    Note.parse(data)
    return data


def _signer(checkpoint: bytes, keys: Mapping[bytes, LogKey]) -> bytes:
    """Return the log whose key a checkpoint says it is signed by; nothing if there is none."""
    note = Note.parse(checkpoint)
    origin = note.text.partition("\n")[0]
    hints = {one.key_id for one in note.signatures if one.name == origin}
    return next((one for one in keys if key_id(origin, RFC6962, one) in hints), b"")
