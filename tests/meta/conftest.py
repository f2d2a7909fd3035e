"""The repository as its own subject: where things stand, and how its settings are read."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    """Return the folder of the package."""
    return root / "src" / "keypin"


@pytest.fixture(scope="session")
def settings(root: Path) -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
