"""wget2: the database of pins in `~/.wget-hpkp`, or in the file that `--hpkp-file` names.

https://gitlab.com/gnuwget/wget2, libwget/hpkp_db.c (the grammar, and which record decides) and
libwget/ssl_gnutls.c (which keys are compared). A record is a line `host incl created max-age` and
the `*sha256 BASE64` lines below it; what stands behind either is ignored. The first record on the
way up the host's labels decides, and if it is for its own name alone, the host is not pinned: it
masks a parent with subdomains, which becomes an exemption here. A record holds up to and including
the second `created + max-age`. Keys of the presented chain are compared, at any position.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from keypin.errors import FormatError, PinError, Place
from keypin.findings import Severity
from keypin.formats.abilities import Abilities, Expiry, Overlap
from keypin.formats.draft import Draft, pin_of, placed
from keypin.formats.form import Form, Reading
from keypin.formats.notes import heading, pin_note, policy_notes, read_heading
from keypin.formats.remark import Remark
from keypin.formats.wget2_losses import EPOCH, own
from keypin.pins import HostPattern, OnExpiry, PinSet, Policy, PolicyPin
from keypin.pins.pin import Spelling

_SOURCE = "https://gitlab.com/gnuwget/wget2/-/blob/master/libwget/hpkp_db.c"
DEAD_PIN = Remark(
    "wget2-dead-pin",
    Severity.ERROR,
    "wget2 compares SHA-256 digests alone, and says nothing of a pin that can never match.",
    "Write the pin as *sha256 and 44 characters of base64.",
    _SOURCE,
)
DEAD_HOST = Remark(
    "wget2-dead-host",
    Severity.ERROR,
    "wget2 looks names up in lower case and A-labels alone, so that the host is not pinned.",
    "Write the name in lower case, without a trailing dot.",
    _SOURCE,
)
DEAD_RECORD = Remark(
    "wget2-dead-record",
    Severity.ERROR,
    "wget2 drops a record without age or pins, so that the host is not pinned.",
    "Give it a max-age and pins, or take it out.",
    _SOURCE,
)
REPLACED = Remark(
    "wget2-replaced",
    Severity.WARNING,
    "The last record of a host counts alone.",
    "Put the pins into one record.",
    _SOURCE,
)
REMARKS = (DEAD_PIN, DEAD_HOST, DEAD_RECORD, REPLACED)

# The last second of the year 9999: nothing that a calendar can say is later. The form needs no
# clock: `created` is 0, and only its sum with max-age is ever looked at.
NEVER = 253_402_300_799
_TOO_LATE = 2**62  # libwget drops what could overflow (INT64_MAX / 2)

CAN = Abilities(
    overlap=Overlap.MASK,
    expiry=Expiry.SECOND,
    on_expiry=OnExpiry.ALLOW,
    exempt=True,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
)
_RECORD = re.compile(r"(\S{1,255})\s+([+-]?\d{1,19})\s+([+-]?\d{1,19})\s+([+-]?\d{1,19})(?!\S).*")
_PIN = re.compile(r"\*(\S{1,31})\s+(\S{1,255})(?:\s+(?:#\s*)?(.*))?")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass
class _Record:
    """A record: its host, for whom it is, until when, and what stands below it."""

    host: str
    below: bool
    last: int
    line: int
    notes: list[str]
    pins: list[PolicyPin] = field(default_factory=list[PolicyPin])
    dead: int = 0


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - names its own
    draft = Draft(name)
    kept: dict[str, _Record] = {}
    for record in _records(text, draft):
        if _is_alive(record, draft):
            if record.host in kept:
                message = f"a record of line {kept.pop(record.host).line} is replaced"
                draft.findings.append(REPLACED.at(record.host, message, draft.place(record.line)))
            kept[record.host] = record
    for record in kept.values():
        _add(record, kept, draft)
    pin_set = draft.pin_set("an HPKP database of wget2")
    return Reading(pin_set=pin_set, findings=tuple(draft.findings))


def _records(text: str, draft: Draft) -> Iterator[_Record]:
    """Yield the records of a database."""
    record: _Record | None = None
    notes: list[str] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if line.startswith("#"):
            notes.append(line.lstrip("#").strip())
            draft.title = draft.title or (read_heading(notes[-1]) if record is None else None)
            continue
        if line.startswith("*"):
            _pin(line, record, draft.place(number), draft)
        elif line:
            if record is not None:
                yield record
            record = _record(line, number, notes, draft)
        notes = []
    if record is not None:
        yield record


def _record(line: str, number: int, notes: list[str], draft: Draft) -> _Record:
    found = _RECORD.fullmatch(line)
    if found is None:
        raise FormatError(
            f"the line {line[:80]!r}",
            expected="a record as `example.com 1 0 31536000`",
            place=draft.place(number),
        )
    created, age = int(found[3]), int(found[4])
    valid = created >= 0 and 0 < age < _TOO_LATE and created < _TOO_LATE
    last = created + age if valid else -1
    return _Record(found[1], int(found[2]) != 0, last, number, notes)


def _pin(line: str, record: _Record | None, place: Place, draft: Draft) -> None:
    """Add a pin to its record; one that wget2 cannot match still counts as a pin there."""
    found = _PIN.fullmatch(line)
    if found is None or record is None:
        raise FormatError(
            f"the line {line[:80]!r}",
            expected="`*sha256 BASE64` below a record",
            place=place,
        )
    if found[1] == "sha256" and _BASE64.fullmatch(found[2]):
        try:
            record.pins.append(pin_of(f"sha256/{found[2]}", place, note=found[3] or ""))
        except PinError:
            pass
        else:
            return
    record.dead += 1
    draft.findings.append(DEAD_PIN.at(record.host, f"{found[2]!r} can never match", place))


def _is_alive(record: _Record, draft: Draft) -> bool:
    """Tell whether wget2 would ever use a record; refuse one that refuses every key."""
    place = draft.place(record.line)
    if record.dead and not record.pins:
        raise FormatError(
            f"no pin of {record.host} can match, so wget2 refuses every server",
            expected="*sha256 and 44 characters of base64",
            place=place,
        )
    if record.last < 0 or not record.pins:
        message = "the record is never valid" if record.pins else "the record has no pins"
        draft.findings.append(DEAD_RECORD.at(record.host, message, place))
        return False
    with placed(place):
        name = HostPattern.parse(record.host).name
    if name != record.host:
        draft.findings.append(DEAD_HOST.at(record.host, f"it should read {name}", place))
        return False
    return True


def _add(record: _Record, records: dict[str, _Record], draft: Draft) -> None:
    settings: dict[str, Any] = {}
    if record.last < NEVER:
        settings["expires"] = EPOCH + timedelta(seconds=record.last + 1)
        settings["on_expiry"] = OnExpiry.ALLOW
    place = draft.place(record.line)
    wildcard = "**." if record.below else ""
    draft.add(wildcard + record.host, record.pins, place, record.notes, **settings)
    if not record.below and _is_masking(record.host, records):
        draft.add(f"**.{record.host}", (), place)


def _is_masking(host: str, records: dict[str, _Record]) -> bool:
    """Tell whether a record of a name alone stands below one with subdomains."""
    parent = host.partition(".")[2]
    while parent:
        if parent in records and records[parent].below:
            return True
        parent = parent.partition(".")[2]
    return False


def _write(pin_set: PinSet) -> str:
    policies = [policy for policy in pin_set.policies if policy.exempt is None]
    return f"# HPKP 1.0 file\n# {heading(pin_set.name)}\n" + "".join(map(_block, policies))


def _block(policy: Policy) -> str:
    lines = ["", *(f"# {note}" for note in policy_notes(policy))]
    below = int(policy.host.wildcard != "")
    lines.append(f"{policy.host.name} {below} 0 {_last(policy.expires)}")
    for entry in policy.pins:
        note = pin_note(entry)
        behind = f" # {note}" if note else ""
        lines.append(f"*sha256 {entry.pin.spell(Spelling.BASE64)}{behind}")
    return "\n".join([*lines, ""])


def _last(expires: datetime | None) -> int:
    """Return the last second in which a policy holds; it is expired from `expires` on."""
    if expires is None:
        return NEVER
    past = expires.astimezone(UTC) - EPOCH
    return past // timedelta(seconds=1) - (0 if past.microseconds else 1)


def _is_database(text: str, name: str) -> bool:
    return "wget-hpkp" in name or text.startswith("# HPKP 1.0")


FORM = Form(
    id="wget2",
    title="wget2's HPKP database",
    file=".wget-hpkp",
    language="text",
    can=CAN,
    read=_read,
    write=_write,
    own=own,
    detect=_is_database,
    page="how-to/platforms/wget2.md",
)
FORMS = (FORM,)
