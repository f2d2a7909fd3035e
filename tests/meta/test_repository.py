"""The files that hold the repository together: Makefile, lock, fragments, interpreters."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.once

KINDS = {"added", "changed", "fixed", "security"}


def test_every_target_of_the_pages_exists(root: Path) -> None:
    """A `make` target that a page names is in the Makefile, with its line of help."""
    targets = set(re.findall(r"^([a-z-]+):.*## ", (root / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test", "check", "bench", "docs", "fuzz", "lock", "clean", "help"} <= targets
    for page in [*root.glob("*.md"), *(root / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
        assert named <= targets, page


def test_the_makefile_lists_its_targets(root: Path) -> None:
    """`make` alone says what there is."""
    shown = subprocess.run(["make", "-s"], cwd=root, capture_output=True, text=True, check=True)
    assert "Start the watch" in shown.stdout
    assert len(shown.stdout.splitlines()) >= 9


def test_every_fragment_is_valid(root: Path) -> None:
    """A fragment has a kind, and is one sentence of one paragraph."""
    for fragment in sorted((root / "changelog.d").glob("*.md")):
        slug, kind, _ = fragment.name.rsplit(".", 2)
        text = fragment.read_text(encoding="utf-8").strip()
        assert re.fullmatch(r"\+[a-z0-9-]+", slug), fragment.name
        assert kind in KINDS, fragment.name
        assert text.endswith("."), fragment.name
        assert "\n\n" not in text, fragment.name


def test_the_lock_holds_every_dependency_with_its_hash(
    root: Path, settings: dict[str, Any]
) -> None:
    """What pyproject.toml asks for is locked, hashed, and of no particular registry."""
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = re.split(r"\n(?=\w)", lock.strip())
    locked = {re.split(r"==", package)[0].lower() for package in packages}
    assert all("--hash=sha256:" in package for package in packages)
    groups = [settings["project"]["dependencies"], *settings["dependency-groups"].values()]
    for requirement in (one for group in groups for one in group):
        name = re.split(r"[<>=;\[ ]", requirement)[0].lower()
        assert name in locked, name


def test_this_python_is_found(root: Path) -> None:
    """The interpreters that the machine has are found, the one of this test among them."""
    spec = importlib.util.spec_from_file_location("pythons", root / "scripts" / "pythons.py")
    assert spec is not None
    assert spec.loader is not None
    pythons = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pythons)
    assert sys.version_info[:2] in pythons.interpreters()
    assert pythons.version("/nowhere/python3.11") is None
    assert pythons.version("/bin/sh") is None


def test_every_python_that_is_promised_is_classified(settings: dict[str, Any]) -> None:
    """The classifiers and the set-up agree on which Pythons there are."""
    classifiers = settings["project"]["classifiers"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(classifiers))
    assert promised == ["3.11", "3.12", "3.13", "3.14"]


def test_the_package_is_marked_as_typed(package: Path) -> None:
    """Type checkers read the annotations of an installed keypin (PEP 561)."""
    assert (package / "py.typed").exists()


@pytest.mark.parametrize("skipped", ["reason unheard of", "no IPv6 on this machine"])
def test_a_skip_fails_in_ci_unless_allowed(
    skipped: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where CI is set, nothing is skipped unnoticed."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # plugins take seconds to start
    (tmp_path / "conftest.py").write_text((root / "tests" / "conftest.py").read_text())
    (tmp_path / "test_it.py").write_text(
        f"import pytest\n\ndef test_it():\n    pytest.skip({skipped!r})\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    allowed = skipped.startswith("no IPv6")
    assert ran.returncode == (0 if allowed else 1), ran.stdout
    assert ("REFUSED SKIP" in ran.stdout) is not allowed
