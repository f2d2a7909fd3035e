"""Fuzz the lines of a fleet's journal, which anybody may have written.

Run with `python fuzz/fuzz_journal.py CORPUS`; needs atheris. A finding is any exception but
`InputError`, and an observation that is read and cannot be written and read again.
"""

import sys

from keypin.errors import InputError
from keypin.probe.journal import dumps, loads


def one_input(data: bytes) -> None:
    """Read `data` as a line."""
    try:
        seen = loads(data)
    except InputError:
        return
    if loads(dumps(seen)) != seen:
        raise RuntimeError("the observation does not return as it was")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
