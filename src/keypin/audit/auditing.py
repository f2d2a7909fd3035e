"""The audit of an app, from its bytes to what is to be said of it."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from keypin.audit.android import is_android, read_android
from keypin.audit.apple import is_apple, read_apple
from keypin.audit.archive import Archive
from keypin.audit.gathered import Gathered
from keypin.audit.judge import findings_of
from keypin.audit.model import Audit, FoundPin
from keypin.audit.policies import pin_set_of
from keypin.errors import InputError, Place


def audit(
    file: BinaryIO, *, name: str, at: datetime, room: Callable[[], BinaryIO] = io.BytesIO
) -> Audit:
    """Find the pins of a shipped app. No code of it is run.

    Args:
        file: an APK, AAB, XAPK, APKS or IPA, seekable; it is read piece by piece.
        name: what places call it.
        at: the time to judge at, timezone-aware.
        room: makes the file that an APK in an XAPK is unpacked into; in memory unless given.

    Raises:
        InputError: it is no such archive, or is built to harm its reader: a zip bomb, path
            traversal, a billion laughs, cyclic resources; says which.
    """
    archive = Archive(file, name, room=room)
    gathered = Gathered()
    if is_apple(archive):
        app = read_apple(archive, gathered)
    elif is_android(archive):
        app = read_android(archive, gathered)
    else:
        raise InputError(
            "is an archive, but no app",
            expected="an APK, AAB, XAPK, APKS or IPA",
            place=Place(name),
        )
    pins = tuple(gathered.pins.values())
    found = Audit(
        app,
        _told_once(pins),
        pin_set_of(pins, gathered.policies, name=app.identifier, at=at),
        tuple(gathered.certificates.values()),
        tuple(gathered.libraries),
        tuple(gathered.findings),
    )
    return replace(found, findings=tuple(dict.fromkeys(findings_of(found, at))))


def _told_once(pins: tuple[FoundPin, ...]) -> tuple[FoundPin, ...]:
    """Return pins with a host, then those whose digest has a host nowhere in the app."""
    hosted = {found.pin.digest for found in pins if found.host is not None}
    return (
        *(found for found in pins if found.host is not None),
        *(found for found in pins if found.host is None and found.pin.digest not in hosted),
    )
