"""Fuzz the reader of `keypin.toml`.

Run with `python fuzz/fuzz_keypin_toml.py CORPUS`; needs atheris. A finding is any exception but
keypin's own, and any inventory that is not read back from its canonical form as the same, or
differs from itself.
"""

import sys

from keypin.errors import InputError
from keypin.inventory import diff, dumps, loads


def one_input(data: bytes) -> None:
    """Read `data` as a `keypin.toml`."""
    try:
        inventory = loads(data.decode(errors="replace"), name="keypin.toml", inline_urls=True)
    except InputError:
        return
    again = loads(dumps(inventory), inline_urls=True)
    if again != inventory or diff(inventory, again):
        raise RuntimeError("the canonical form means something else")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
