"""Notes of pins as comment lines above a host, where the pins themselves stand in one string.

`# sha256//BASE64: backup: kept in the safe` tells of the pin what other forms say behind it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from keypin.formats.loss import Effect, Loss, lost
from keypin.formats.notes import pin_note, policy_notes, read_pin_note
from keypin.pins import PinSet, Policy, PolicyPin
from keypin.pins.pin import Spelling

_LINE = re.compile(r"(sha256//[A-Za-z0-9+/]{43}=): (.+)")


def note_lines(policy: Policy, mark: str = "#") -> Iterator[str]:
    """Yield the comment lines above a host: its own notes, then those of its pins."""
    for note in policy_notes(policy):
        yield f"{mark} {note}"
    for entry in policy.pins:
        if note := pin_note(entry):
            yield f"{mark} {entry.pin.spell(Spelling.CURL)}: {note}"


def read_note_lines(
    lines: Iterable[str], pins: Iterable[PolicyPin]
) -> tuple[list[str], list[PolicyPin]]:
    """Return the notes of the host, and the pins with what the lines tell of them."""
    entries = {entry.pin.spell(Spelling.CURL): entry for entry in pins}
    kept: list[str] = []
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is not None and found[1] in entries:
            role, comment = read_pin_note(found[2])
            entries[found[1]] = replace(entries[found[1]], role=role, comment=comment)
        else:
            kept.append(line)
    return kept, list(entries.values())


def ambiguous_comments(pin_set: PinSet) -> Iterator[Loss]:
    """Yield the loss of a host's comment that would be taken for the note of a pin."""
    for policy in pin_set.policies:
        if any(_LINE.fullmatch(note) for note in policy_notes(policy)):
            message = "a line of the comment would be read as the note of a pin"
            yield lost(policy, "comment", Effect.DROPPED, message, "word it in another way")
