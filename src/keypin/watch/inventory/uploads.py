"""Uploads: the pins of a release, from bytes in whatever form they come.

A file of pins in any form of `keypin.formats`, or a shipped app, whose pins `keypin.audit` finds
without its source. What is kept is canonical pins.toml, once however many releases ship it.
"""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

from keypin.audit import audit
from keypin.errors import InputError, Place
from keypin.findings import Finding
from keypin.formats import read
from keypin.formats.form import MAX_TEXT
from keypin.pins import PinSet
from keypin.pins.toml import loads
from keypin.pins.toml_write import dumps

# Every app is an archive, and no file of pins is.
_ARCHIVE = b"PK\3\4"

# Remarks that a page can show; a list of ten thousand code places helps nobody.
MAX_REMARKS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The pins of a release, read.

    Attributes:
        pin_set: what it accepts.
        text: the same, as canonical pins.toml.
        form: what was uploaded: a form's name, `apk`, `aab`, `xapk`, `apks` or `ipa`.
        source: the file's name.
        remarks: what the reader had to say of it.
    """

    pin_set: PinSet
    text: str
    form: str
    source: str
    remarks: tuple[Finding, ...] = ()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).digest()


def read_upload(
    file: BinaryIO, name: str, *, at: datetime, form: str | None = None, host: str | None = None
) -> Upload:
    """Read the pins of a release.

    Args:
        file: the upload, seekable.
        name: its file's name, for errors, and to tell forms apart.
        at: the time that an app is judged at.
        form: the form it is in; without it, it is recognised.
        host: the host pattern that it is for, where its form does not say so.

    Raises:
        InputError: it is in no form that is read, holds no pins, or is too large; says where.
    """
    start = file.read(len(_ARCHIVE))
    file.seek(0)
    if start == _ARCHIVE and form is None:
        return _of_app(file, name, at)
    chosen, reading = read(file.read(MAX_TEXT + 1), name=name, form_id=form, host=host)
    return _upload(reading.pin_set, chosen.id, name, reading.findings)


def of_pin_set(pin_set: PinSet, source: str = "", form: str = "keypin-toml") -> Upload:
    """Return the upload of a pin set that was read elsewhere."""
    return _upload(pin_set, form, source, ())


def remark(finding: Finding) -> dict[str, object]:
    """Return a remark as the storage keeps it."""
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "message": finding.message,
        "cure": finding.cure,
        "evidence": list(finding.evidence),
        "place": str(finding.place) if finding.place else "",
    }


def _of_app(file: BinaryIO, name: str, at: datetime) -> Upload:
    found = audit(file, name=name, at=at, room=_room)
    if found.pin_set is None:
        raise InputError(
            f"{found.app} has no pin with a host",
            expected="an app whose pins can be found",
            next_step="upload its pins.toml, or the source that its pins stand in",
            place=Place(file=name),
        )
    ending = name.lower().rpartition(".")[2]
    form = ending if ending in {"apk", "aab", "xapk", "apks", "ipa"} else found.app.platform.value
    return _upload(found.pin_set, form, name, found.findings)


def _room() -> BinaryIO:
    """Make a file on the disk: several apps may be read at a time."""
    return cast("BinaryIO", tempfile.TemporaryFile())


def _upload(pin_set: PinSet, form: str, source: str, remarks: tuple[Finding, ...]) -> Upload:
    # What cannot be read again is refused now, and not by the first who looks at it.
    text = dumps(pin_set)
    kept = loads(text, name=source).pin_set
    return Upload(
        pin_set=kept,
        text=text,
        form=form,
        source=source[-300:],
        remarks=remarks[:MAX_REMARKS],
    )
