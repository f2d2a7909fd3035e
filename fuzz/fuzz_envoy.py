"""Fuzz the reader of Envoy's configurations.

Run with `python fuzz/fuzz_envoy.py CORPUS`; needs atheris. A finding is any exception but keypin's
own, and any pin set that is written and not read back with the same pins.
"""

import sys

from keypin.errors import InputError
from keypin.formats import form


def one_input(data: bytes) -> None:
    """Read `data` as YAML."""
    envoy = form("envoy")
    try:
        pin_set = envoy.loads(data.decode(errors="replace"), name="x", host="a.example").pin_set
    except InputError:
        return
    again = envoy.loads(envoy.dumps(pin_set)).pin_set
    for ours, theirs in zip(pin_set.policies, again.policies, strict=True):
        if (ours.host, {entry.pin for entry in ours.pins}) != (
            theirs.host,
            {entry.pin for entry in theirs.pins},
        ):
            raise RuntimeError("what is written means something else")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
