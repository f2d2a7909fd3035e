"""Witnesses: who cosigned a checkpoint, and whether those are enough.

c2sp.org/tlog-cosignature and tlog-witness: a witness cosigns a checkpoint after the log has proved
to it that its tree only grew. A checkpoint that enough independent witnesses cosigned is shown to
all of them alike, so that the log cannot show its reader another tree alone.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from keypin.ct.alarm import NOT_WITNESSED, Alarm
from keypin.ct.head import TreeHead
from keypin.ct.note import COSIGNATURE, Note, NoteError, NoteFormatError, NoteKey
from keypin.errors import InputError, Place

MAX_WITNESSES = 1000  # the whole public network has some dozens


class WitnessError(InputError):
    """Keys that make no quorum, or are none of witnesses."""


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many of these witnesses are to cosign a checkpoint.

    Raises:
        WitnessError: there is no witness, one is there twice, or more are needed than there are.

    Attributes:
        witnesses: their keys.
        needed: how many of them.
    """

    witnesses: tuple[NoteKey, ...]
    needed: int

    def __post_init__(self) -> None:
        if not self.witnesses:
            raise WitnessError("no witness", expected="the key of one")
        if not 0 < self.needed <= len(self.witnesses):
            raise WitnessError(
                f"a quorum of {self.needed}", expected=f"1 to {len(self.witnesses)} witnesses"
            )
        seen = set[bytes]()
        for one in self.witnesses:
            # One key under two names would count twice.
            if one.key in seen:
                raise WitnessError(f"the key of {one.name} twice", expected="each witness once")
            seen.add(one.key)

    @classmethod
    def of(cls, witnesses: Iterable[NoteKey], needed: int | None = None) -> Self:
        """Return the quorum of some witnesses; of all of them, where no number is said."""
        keys = tuple(witnesses)
        return cls(keys, len(keys) if needed is None else needed)

    def cosigners(self, note: Note) -> dict[str, datetime]:
        """Return who of the witnesses cosigned a note, and when they say that they did."""
        found = dict[str, datetime]()
        for one in self.witnesses:
            with suppress(NoteError):
                found[one.name] = _moment(one.verify(note) or 0)
        return found

    def reached(self, head: TreeHead) -> datetime | None:
        """Return when enough had cosigned a checkpoint; None where they have not.

        Args:
            head: one that came as a checkpoint; an answer to get-sth has no room for a witness.
        """
        if not head.note:
            return None
        times = sorted(self.cosigners(Note.parse(head.note.encode())).values())
        return times[self.needed - 1] if len(times) >= self.needed else None

    def alarm(self, head: TreeHead) -> Alarm:
        """Return the alarm that too few cosigned a checkpoint."""
        found = self.cosigners(Note.parse(head.note.encode()))
        names = [one.name for one in self.witnesses]
        cosigned = [f"{name} at {found[name]:%Y-%m-%dT%H:%M:%SZ}" for name in found]
        missing = [name for name in names if name not in found]
        return Alarm(
            NOT_WITNESSED,
            f"the checkpoint of {head.size} entries is cosigned by {len(found)} of"
            f" {len(names)} witnesses, where {self.needed} are needed",
            (head,),
            (("cosigned", ", ".join(cosigned)), ("missing", ", ".join(missing))),
        )


def witness_key(vkey: str) -> NoteKey:
    """Read the key of a witness.

    Some witnesses publish the key that signs notes (0x01), with which they cosign (0x04) as well:
    that is taken as the key of their cosignatures.

    Raises:
        NoteFormatError: it is no key.
    """
    key = NoteKey.parse(vkey)
    return NoteKey(key.name, COSIGNATURE, key.key)


def witness_keys(text: str, *, name: str | None = None) -> list[NoteKey]:
    """Read the keys of witnesses: one a line; lines that begin with # are remarks.

    Raises:
        WitnessError: a line is no key, or there are too many.
    """
    found = list[NoteKey]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        place = Place(file=name, line=number)
        if len(found) == MAX_WITNESSES:
            raise WitnessError("more keys", expected=f"{MAX_WITNESSES} at most", place=place)
        try:
            found.append(witness_key(line))
        except NoteFormatError as error:
            raise WitnessError(error.seen, expected=error.expected, place=place) from error
    return found


def _moment(seconds: int) -> datetime:
    """Return a moment; an impossible one is as late as can be."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)
