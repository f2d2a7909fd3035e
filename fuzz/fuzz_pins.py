"""Fuzz the spellings of pins, hosts and host patterns.

Run with `python fuzz/fuzz_pins.py CORPUS`; needs atheris. A finding is any exception but keypin's
own, and any accepted text that does not read back as the same.
"""

import sys

from keypin.errors import HostError, PinError
from keypin.pins import HostPattern, Pin, canonical_host


def one_input(data: bytes) -> None:
    """Read `data` as a pin, a host and a host pattern."""
    text = data.decode(errors="replace")
    _pin(text)
    _host(text)
    _pattern(text)


def _pin(text: str) -> None:
    try:
        pin = Pin.parse(text)
    except PinError:
        return
    if Pin.parse(str(pin)) != pin:
        raise RuntimeError(f"{text!r} does not read back")


def _host(text: str) -> None:
    try:
        host = canonical_host(text)
    except HostError:
        return
    if canonical_host(host) != host:
        raise RuntimeError(f"{text!r} has two forms")


def _pattern(text: str) -> None:
    try:
        pattern = HostPattern.parse(text)
    except HostError:
        return
    if HostPattern.parse(str(pattern)) != pattern:
        raise RuntimeError(f"{text!r} does not read back")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
