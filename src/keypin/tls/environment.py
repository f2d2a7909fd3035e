"""What `keypin exec` hands to the programs that it starts, by way of their environment."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from keypin.errors import InputError, Place

PINS, UNPINNED = "KEYPIN_EXEC_PINS", "KEYPIN_EXEC_UNPINNED"

# The folder whose `sitecustomize` pins a Python at its start.
_BOOT = Path(__file__).parent / "boot"

_PYTHON = re.compile(r"(python|pypy)[0-9.]*(\.exe)?")

# Options of Python that leave out PYTHONPATH or `sitecustomize`: isolated, without environment,
# without site.
_UNPINNABLE = re.compile(r"-[a-zA-Z]*?[IES]")


def environment(pins: Path, *, unpinned: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which every Python pins itself.

    Args:
        pins: the pins.toml.
        unpinned: `refuse` or `allow` hosts without a policy.
        inherited: the environment to add to.
    """
    paths = [str(_BOOT), inherited.get("PYTHONPATH", "")]
    return {
        **inherited,
        PINS: str(pins.absolute()),
        UNPINNED: unpinned,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }


def executable(command: Sequence[str]) -> tuple[str, bool]:
    """Return the program that a command names, and whether it is Python.

    Raises:
        InputError: there is no such program, or Python is told to ignore its environment.
    """
    found = shutil.which(command[0])
    if found is None:
        raise InputError(
            f"the program {command[0]!r} is not there, or cannot be run",
            next_step="check the command behind --",
        )
    if not _is_python(Path(found)):
        return found, False
    if _PYTHON.fullmatch(Path(command[0]).name):
        for option in command[1:]:
            if not option.startswith("-") or option in {"-c", "-m", "-"}:
                break
            if _UNPINNABLE.match(option):
                raise InputError(
                    f"the option {option} of Python leaves out what pins it",
                    expected="Python without -I, -E and -S",
                    place=Place(key=" ".join(command[:2])),
                )
    return found, True


def _is_python(program: Path) -> bool:
    """Tell whether a program is Python, or a script that begins with its name."""
    if _PYTHON.fullmatch(program.name):
        return True
    with program.open("rb") as file:
        first = file.read(256).partition(b"\n")[0]
    return first.startswith(b"#!") and b"python" in first
