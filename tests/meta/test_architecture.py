"""Every room has its place in the import contracts, and every module its tests."""

import re
from pathlib import Path
from typing import Any

# Rooms that read clocks, files or sockets; every other room is pure, and the contracts say so.
DOES_IO = {"cli", "lab", "monitor", "probe", "tls", "watch", "web"}

# Tests of several modules together, or of a module against foreign vectors.
WITHOUT_A_MODULE = {
    "audit/test_fuzz.py",
    "certs/test_fuzz.py",
    "pins/test_fuzz.py",
    "certs/test_limbo.py",
    "formats/test_verifiers.py",
    "monitor/test_killed.py",
    "tls/test_no_way_around.py",
    "watch/transparency/test_killed.py",
    "web/api/test_contract.py",
    "web/api/test_crossing.py",
    "web/api/test_documentation.py",
    "web/api/test_odd_input.py",
    "web/pages/test_odd_fields.py",
    "web/pages/test_tables.py",
    "web/pages/test_walk.py",
    "web/test_collector_killed.py",
    "web/test_odd_requests.py",
    "test_init.py",
}

# Modules that every test of their neighbours exercises.
WITHOUT_A_TEST = {"pins/rules/rule.py", "diagnose/diagnosis.py"}

# What a reader takes in at one sitting; see CONTRIBUTING.md.
LONGEST_FILE = 330


def rooms(package: Path) -> set[str]:
    """Return the names of the packages in keypin."""
    return {path.parent.name for path in package.glob("*/__init__.py")}


def contract(settings: dict[str, Any], kind: str, word: str = "") -> dict[str, Any]:
    """Return the import contract of a kind whose name holds a word."""
    found = settings["tool"]["importlinter"]["contracts"]
    return next(one for one in found if one["type"] == kind and word in one["name"])


def test_every_room_has_a_place_in_the_layers(package: Path, settings: dict[str, Any]) -> None:
    """The layers name every room, so that imports point down from the first commit on."""
    layers = {
        name.strip()
        for layer in contract(settings, "layers")["layers"]
        for name in layer.split("|")
    }
    assert rooms(package) <= layers


def test_every_room_without_io_is_held_pure(package: Path, settings: dict[str, Any]) -> None:
    """A new room is pure unless it is named here as one that does I/O."""
    pure = {
        name.split(".")[1] for name in contract(settings, "forbidden", "pure")["source_modules"]
    }
    assert rooms(package) - DOES_IO == pure - {"errors", "findings"}


def test_every_pure_room_is_measured(settings: dict[str, Any]) -> None:
    """Coverage is taken of the rooms that the contract holds pure, and of no others."""
    pure = contract(settings, "forbidden", "pure rooms")["source_modules"]
    assert settings["tool"]["coverage"]["run"]["source_pkgs"] == pure


def test_the_architecture_page_draws_every_room(root: Path, package: Path) -> None:
    """ARCHITECTURE.md's tree names each room, and each of its lines exists."""
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^  (\w+)/ ", page, re.MULTILINE)
    assert set(drawn) == rooms(package)


def test_the_architecture_page_gives_a_reason_for_each_dependency(
    root: Path, settings: dict[str, Any]
) -> None:
    """A dependency of the product stands in the table of reasons."""
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = page.partition("## Dependencies")[2]
    for dependency in settings["project"]["dependencies"]:
        name = re.split(r"[<>=;\[ ]", dependency)[0]
        assert re.search(rf"^\|.*\b{name}\b.*\|", table, re.MULTILINE), name


def test_every_pure_module_has_its_tests(package: Path, root: Path) -> None:
    """The tests of the pure rooms mirror the source, path for path."""
    for room in rooms(package) - DOES_IO:
        for module in sorted((package / room).rglob("*.py")):
            # A table of facts alone has nothing to test but what uses it.
            if module.name == "__init__.py" or "def " not in module.read_text(encoding="utf-8"):
                continue
            below = module.relative_to(package)
            if str(below) in WITHOUT_A_TEST:
                continue
            assert (root / "tests" / below.with_name(f"test_{below.name}")).exists(), below


def test_every_test_file_has_its_module(package: Path, root: Path) -> None:
    """A test file mirrors a module, or is named here."""
    for room in rooms(package):
        for test in sorted((root / "tests" / room).rglob("test_*.py")):
            below = test.relative_to(root / "tests")
            if str(below) not in WITHOUT_A_MODULE:
                module = below.with_name(below.name.removeprefix("test_"))
                assert (package / module).exists(), below


def test_no_file_is_longer_than_a_sitting(package: Path) -> None:
    """A file is one idea."""
    lengths = {
        str(path.relative_to(package)): len(path.read_text(encoding="utf-8").splitlines())
        for path in package.rglob("*.py")
    }
    assert {name: count for name, count in lengths.items() if count > LONGEST_FILE} == {}


def test_every_module_opens_with_what_it_is(package: Path) -> None:
    """Each file begins with a docstring."""
    for path in package.rglob("*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""'), path
