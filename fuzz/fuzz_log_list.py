"""Fuzz the reader of log lists.

Run with `python fuzz/fuzz_log_list.py CORPUS`; needs atheris. A finding is any exception but our
own.
"""

import sys
from contextlib import suppress
from datetime import UTC, datetime

from keypin.ct.log_list import LogList
from keypin.errors import InputError

_AT = datetime(2026, 11, 23, tzinfo=UTC)


def one_input(data: bytes) -> None:
    """Read `data` as a log list, and ask it everything."""
    with suppress(InputError):
        found = LogList.loads(data)
        found.taking(_AT)
        for log in found.logs:
            log.state_at(_AT)
            log.operator_at(_AT)


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
