"""What is loaded when a process is ready is not looked at again."""

import subprocess
import sys

_PROGRAM = """
import gc
from keypin.watch.garbage import settle
loaded = len(gc.get_objects())
settle()
frozen, left = gc.get_freeze_count(), len(gc.get_objects())
print(frozen > loaded / 2, left < loaded / 10, gc.get_threshold()[0])
"""


def test_what_is_loaded_is_left_alone() -> None:
    """In a process of its own: it cannot be taken back."""
    told = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["True", "True", "50000"]
