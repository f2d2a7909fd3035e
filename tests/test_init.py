"""The one door: what it exports exists, and opening it costs nothing."""

import subprocess
import sys

import pytest

import keypin


@pytest.mark.parametrize("name", keypin.__all__)
def test_every_name_is_there(name: str) -> None:
    """Every public name can be had, and has a docstring unless it is the version."""
    value = getattr(keypin, name)
    assert value == "0.1.0" or value.__doc__


def test_dir_lists_the_names() -> None:
    """An interactive user sees the names before any is imported."""
    assert dir(keypin) == sorted(keypin.__all__)


def test_unknown_name() -> None:
    """A name that is not there fails as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'pinn'"):
        _ = keypin.pinn  # type: ignore[attr-defined]  # the mistake is the test


def test_import_is_light() -> None:
    """`import keypin` loads neither cryptography nor the command line nor a network library."""
    program = "import sys, keypin; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"cryptography", "click", "rich", "OpenSSL", "asyncio", "ssl"} & set(loaded)
