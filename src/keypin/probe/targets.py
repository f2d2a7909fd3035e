"""A file of hosts: one endpoint a line, `#` begins a comment, blank lines count for nothing."""

from collections.abc import Iterator
from pathlib import Path

from keypin.certs import Endpoint
from keypin.errors import HostError, InputError, Place

# A URL of browsers' length and a comment of the same.
MAX_LINE = 4096


def read_targets(path: Path) -> Iterator[Endpoint | InputError]:
    """Yield each line's endpoint, or the error of a line that holds none, with its number.

    The file is read as it is asked for: it may be larger than memory.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                found = _read(line, Place(file=str(path), line=number))
                if found is not None:
                    yield found
                while len(line) > MAX_LINE and not line.endswith(b"\n"):
                    line = file.readline(MAX_LINE + 1)
    except OSError as error:
        raise InputError(
            f"the file of hosts cannot be read: {error.strerror}",
            expected="a readable file with one host a line",
            place=Place(file=str(path)),
        ) from error


def check_targets(path: Path) -> tuple[int, tuple[InputError, ...]]:
    """Return how many endpoints the file holds, and the errors of its bad lines.

    Raises:
        InputError: the file cannot be read.
    """
    count, bad = 0, list[InputError]()
    for found in read_targets(path):
        if isinstance(found, InputError):
            bad.append(found)
        else:
            count += 1
    return count, tuple(bad)


def _read(line: bytes, place: Place) -> Endpoint | InputError | None:
    if len(line) > MAX_LINE:
        return InputError("the line is too long", expected=f"at most {MAX_LINE} bytes", place=place)
    try:
        text = line.decode("utf-8-sig").partition("#")[0].strip()
        return Endpoint.parse(text) if text else None
    except UnicodeDecodeError:
        return InputError("the line is not UTF-8", expected="host or host:port", place=place)
    except HostError as error:
        return error.at(place)
