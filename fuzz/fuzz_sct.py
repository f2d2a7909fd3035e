"""Fuzz the reader of lists of SCTs.

Run with `python fuzz/fuzz_sct.py CORPUS`; needs atheris. A finding is any exception but our own.
"""

import sys
from contextlib import suppress

from keypin.ct.sct import parse_list
from keypin.errors import InputError


def one_input(data: bytes) -> None:
    """Read `data` as a list of SCTs."""
    with suppress(InputError):
        parse_list(data)


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
