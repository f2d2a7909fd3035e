"""Reading shipped apps, for `keypin audit` and for every verb that takes a file with pins."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from keypin.errors import InputError, PinSetError, Place

if TYPE_CHECKING:
    from keypin.findings import Finding
    from keypin.pins import PinSet

_ZIP = b"PK\3\4"


@contextmanager
def opened(path: str) -> Generator[BinaryIO]:
    """Open an app for reading.

    Raises:
        InputError: it cannot be read, or not from any place of it, as a pipe.
    """
    try:
        with Path(path).open("rb") as file:
            if not file.seekable():
                raise InputError("is a pipe", expected="a file", place=Place(path))
            yield file
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}",
            next_step="check the name and the permissions",
            place=Place(path),
        ) from error


def is_app(path: str) -> bool:
    """Tell whether a file is an archive, as apps are; what cannot be opened is none."""
    try:
        with Path(path).open("rb") as file:
            return file.seekable() and file.read(len(_ZIP)) == _ZIP
    except OSError:
        return False


def pins_of_app(path: str) -> "tuple[PinSet, tuple[Finding, ...]]":
    """Return what an app accepts, and what is wrong with it.

    Raises:
        InputError: it is no app, or built to harm its reader.
        PinSetError: none of its pins has a host.
    """
    from keypin.audit import audit

    with opened(path) as file:
        found = audit(file, name=Path(path).name, at=datetime.now(UTC))
    if found.pin_set is None:
        raise PinSetError(
            "no pin in this app has a host",
            next_step=f"see what is in it: keypin audit {path}",
            place=Place(Path(path).name),
        )
    return found.pin_set, found.findings
