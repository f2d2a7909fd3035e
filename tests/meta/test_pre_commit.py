"""The pre-commit hook: its command is real, and it takes the files that hold pins."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from keypin.cli.app import VERBS


@pytest.fixture(scope="module")
def hook(root: Path) -> dict[str, Any]:
    """Return the one hook."""
    text = (root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    (found,) = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def test_the_hook_lints(hook: dict[str, Any]) -> None:
    """Its command is real, and its pattern takes the files that hold pins."""
    program, verb = hook["entry"].split()
    assert (hook["id"], hook["language"], program) == ("keypin-lint", "python", "keypin")
    assert verb in VERBS
    taken = re.compile(hook["files"])
    for path in ("pins.toml", "apps/ios/pins.toml", "shop.pins.toml"):
        assert taken.search(path), path
    assert taken.search("app/src/main/res/xml/network_security_config.xml")
    for path in ("pyproject.toml", "mypins.toml", "pins.toml.bak"):
        assert not taken.search(path), path
