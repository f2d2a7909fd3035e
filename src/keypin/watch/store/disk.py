"""What a file is named outlives a power cut when its folder was written, too."""

import os
from pathlib import Path


def keep_names(folder: Path) -> None:
    """Have the disk keep which files a folder names, as after a file took another's place."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
