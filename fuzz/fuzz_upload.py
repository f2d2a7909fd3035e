"""Fuzz what may be uploaded to the watch: the pins of a release, and the chain of a plan.

Run with `python fuzz/fuzz_upload.py CORPUS`; needs atheris. A finding is any exception but
keypin's own, and any upload whose canonical text means something else.
"""

import io
import sys
from contextlib import suppress
from datetime import UTC, datetime

from keypin.errors import InputError
from keypin.pins.toml import loads
from keypin.watch.inventory import read_upload
from keypin.watch.inventory.plans import read_chain

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def one_input(data: bytes) -> None:
    """Read `data` as the pins of a release, and as a chain."""
    with suppress(InputError):
        read_chain(data, "fuzz")
    try:
        upload = read_upload(io.BytesIO(data), "fuzz", at=NOW)
    except InputError:
        return
    if loads(upload.text).pin_set != upload.pin_set:
        raise RuntimeError("the canonical text means something else")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
