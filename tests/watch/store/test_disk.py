"""What outlives a power cut."""

import os
from pathlib import Path

import pytest

from keypin.watch.store.disk import keep_names


def test_it_is_the_folder_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the files in it."""
    written: list[str] = []
    sync = os.fsync

    def told(handle: int) -> None:
        written.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", told)
    keep_names(tmp_path)
    assert written == [str(tmp_path)]
