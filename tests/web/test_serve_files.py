"""A server may open as many files as the operator lets it, not as many as select(2) can bear."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")

SAID = """
import resource
from keypin.web.serve_files import raise_limit
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(raise_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard"), [(256, 512), (512, 512)])
def test_the_limit_is_as_high_as_it_may_be(soft: int, hard: int) -> None:
    """In a process of its own, for it cannot be raised again."""
    command = [sys.executable, "-c", SAID.format(soft=soft, hard=hard)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(hard)] * 3
