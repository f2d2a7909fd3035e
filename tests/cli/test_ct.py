"""`keypin ct`: what its verbs have in common."""

import subprocess
import sys

import pytest

# Runs the command line where a module is not installed.
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

MISSING = sys.argv[1]

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from keypin.cli.app import main
sys.argv = ["keypin", *sys.argv[2:]]
main()
"""


def without(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `keypin` where a module is not installed."""
    command = [sys.executable, "-c", WITHOUT, module, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("module", ["httpx2", "msgspec"])
def test_the_extra_is_not_installed(transparency, module: str) -> None:
    """Each verb that needs it says in one sentence how to get it."""
    path = transparency.file("alpha", "beta")
    for verb in (("logs",), ("audit", "alpha"), ("verify", path, "--inclusion")):
        ran = without(module, "ct", *verb, "--log-list", transparency.list)
        assert (ran.returncode, ran.stdout) == (2, ""), verb
        assert ran.stderr == (f"keypin: {module} is not installed; pip install 'keypin[ct]'\n"), (
            verb
        )


@pytest.mark.parametrize("module", ["httpx2", "msgspec", "ahocorasick_rs", "websockets"])
def test_help_needs_no_extra(module: str) -> None:
    """Help tells what there is before anything of it is installed."""
    ran = without(module, "ct", "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "verify" in ran.stdout


def test_scts_need_no_extra(transparency) -> None:
    """SCTs of a file are verified by the base install."""
    path = transparency.file("alpha", "beta")
    ran = without("httpx2", "ct", "verify", path, "--log-list", transparency.list)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_another_module_that_is_missing(transparency) -> None:
    """What is missing for another reason is not laid to the extra."""
    call = ("ct", "logs", "--log-list", transparency.list)
    ran = without("keypin.cli.ct_logs_view", *call)
    assert "keypin[ct]" not in ran.stderr
