"""Fuzz the readers of wget2's database, and of HAProxy's, nginx's and stunnel's configurations.

Run with `python fuzz/fuzz_servers.py CORPUS`; needs atheris. A finding is any exception but
keypin's own, and any pin set that is written and not read back with the same pins.
"""

import sys

from keypin.errors import InputError
from keypin.formats import form


def one_input(data: bytes) -> None:
    """Read `data` in each of the forms."""
    text = data.decode(errors="replace")
    for form_id in ("wget2", "haproxy", "nginx", "stunnel"):
        one = form(form_id)
        try:
            pin_set = one.loads(text, name="x", host="host.example").pin_set
            again = one.loads(one.dumps(pin_set)).pin_set
        except InputError:
            continue
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
