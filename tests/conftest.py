"""What every test may ask for."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Return the folder of foreign test vectors, or skip, saying where it was looked for."""
    folder = Path(os.environ.get("KEYPIN_VECTORS", REPOSITORY.parent / "shared" / "vectors"))
    if not folder.is_dir():
        pytest.skip(f"no foreign vectors at {folder}; set KEYPIN_VECTORS to their folder")
    return folder
