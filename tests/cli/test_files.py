"""Writing files: whole or not at all, and never in the place of what is no file."""

import os
from pathlib import Path

import pytest

from keypin.cli.files import write_text
from keypin.errors import InputError


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """No neighbour is left behind."""
    path = tmp_path / "pins.toml"
    for text in ("first", "second"):
        write_text(str(path), text)
        assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    """What the link leads to is replaced."""
    path, link = tmp_path / "pins.toml", tmp_path / "link"
    link.symlink_to(path)
    write_text(str(link), "text")
    assert link.is_symlink()
    assert path.read_text() == "text"


def test_a_device_is_written_to() -> None:
    """Whoever writes to /dev/null as root must still have one."""
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    write_text(name, "text\n")
    assert os.read(ours, 100) == b"text\r\n"
    assert Path(name).is_char_device()
    os.close(ours)
    os.close(theirs)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A folder that is not there, and a folder in the file's place, are told by name."""
    for path in (tmp_path / "none" / "pins.toml", tmp_path):
        with pytest.raises(InputError, match="cannot be written: "):
            write_text(str(path), "text")
