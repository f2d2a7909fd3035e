"""Fuzz the reader of `pins.toml`.

Run with `python fuzz/fuzz_pins_toml.py CORPUS`; needs atheris. A finding is any exception but
keypin's own, and any pin set that is not read back from its canonical form as the same.
"""

import sys

from keypin.errors import InputError
from keypin.pins.toml import loads
from keypin.pins.toml_write import dumps


def one_input(data: bytes) -> None:
    """Read `data` as a `pins.toml`."""
    try:
        pin_set = loads(data.decode(errors="replace"), name="pins.toml").pin_set
    except InputError:
        return
    if loads(dumps(pin_set)).pin_set != pin_set:
        raise RuntimeError("the canonical form means something else")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
