"""Reading the files that a user names: a limit on size, and errors that say which file and why."""

import sys
from pathlib import Path

from keypin.errors import InputError, Place

# As large as the largest input that a parser accepts (`keypin.certs.MAX_INPUT`), so that a
# device file or an endless pipe cannot exhaust memory before any parser has a say.
MAX_FILE = 16 * 1024 * 1024


def read_bytes(path: str) -> bytes:
    """Return the bytes of the file at `path`, `-` being standard input.

    Raises:
        InputError: it cannot be read, or is larger than `MAX_FILE`.
    """
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}",
            next_step="check the name and the permissions",
            place=Place(file=path),
        ) from error
    if len(data) > MAX_FILE:
        raise InputError("is larger than 16 MiB", expected="a smaller file", place=Place(file=path))
    return data


def display_name(path: str) -> str:
    """Return how messages call the file."""
    return "standard input" if path == "-" else path


def write_text(path: str, text: str) -> None:
    """Write a whole file or nothing: to a neighbour first, which then takes its place.

    What is no file, as a device or a pipe, is written to as it stands: nothing may take the place
    of /dev/null. Of a link, the file that it leads to is replaced.

    Raises:
        InputError: the file cannot be written.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
            return
        target = target.resolve()
        neighbour = target.with_name(f".{target.name}.part")
        neighbour.write_text(text, encoding="utf-8")
        neighbour.replace(target)
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}",
            next_step="check the folder and its permissions",
            place=Place(file=path),
        ) from error
