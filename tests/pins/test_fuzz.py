"""The fuzz targets of pins and pins.toml hold on seeds: what a fuzzer starts from must pass."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from keypin.pins import Pin, Spelling

FUZZ = Path(__file__).parents[2] / "fuzz"
PIN = Pin(b"\1" * 32)


def target(name: str) -> Callable[[bytes], None]:
    """Return the function that a fuzzer calls."""
    function: Callable[[bytes], None] = runpy.run_path(str(FUZZ / name))["one_input"]
    return function


@pytest.mark.parametrize("spelling", list(Spelling))
def test_pins(spelling: Spelling) -> None:
    """Every spelling is a seed."""
    target("fuzz_pins.py")(PIN.spell(spelling).encode())


@pytest.mark.parametrize(
    "seed",
    [b"", b"\xff", b"example.com.", b"**.example.com", b"*.co.uk", "bücher.example".encode()],
)
def test_hosts(seed: bytes) -> None:
    """Hosts and patterns, right and wrong, are seeds."""
    target("fuzz_pins.py")(seed)


@pytest.mark.parametrize(
    "seed",
    [
        b"",
        b"\xff",
        b"version = 1",
        f'version = 1\n[[policy]]\nhost = "a.example"\npins = ["{PIN}"]\nno_backup = "x"'.encode(),
    ],
)
def test_pins_toml(seed: bytes) -> None:
    """A whole pins.toml and fragments of one are seeds."""
    target("fuzz_pins_toml.py")(seed)
