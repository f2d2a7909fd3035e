"""What the code has, the pages tell, and what the pages tell, the code has."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

import keypin
from keypin.cli.app import VERBS
from keypin.cli.app import root as command_line
from keypin.diagnose import RECOGNISERS
from keypin.formats import FORMS
from keypin.lab import SCENARIOS
from keypin.pins.lint import RULES
from keypin.pins.situation import QUESTIONS

_BLOCK = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def reference(root: Path) -> ModuleType:
    """Return the script that writes the generated pages."""
    spec = importlib.util.spec_from_file_location("reference", root / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages(root: Path) -> Iterator[Path]:
    """Yield every page that is written by hand."""
    yield from root.glob("*.md")
    generated = {"cli.md", "lint.md", "findings.md", "lab.md", "questions.md"}
    yield from (path for path in (root / "docs").rglob("*.md") if path.name not in generated)


def calls(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each call of keypin in a block of commands, with the page's name."""
    for page in pages(root):
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = re.split(r" [|>]|#", line.strip().removeprefix("$ "))[0]
                if words.startswith("keypin "):
                    yield page.name, shlex.split(words)[1:]


def test_every_command_of_the_pages_exists(root: Path) -> None:
    """Verbs and options that a page shows are those of the command line."""
    context = click.Context(command_line, info_name="keypin")
    found = 0
    for page, words in calls(root):
        command: click.Command = command_line
        own = words[: words.index("--")] if "--" in words else words
        while isinstance(command, click.Group) and own and own[0] in command.list_commands(context):
            below = command.get_command(context, own.pop(0))
            assert below is not None
            command = below
        options = {name for p in command.get_params(context) for name in p.opts}
        used = {word.split("=")[0] for word in own if word.startswith("-") and word != "-"}
        assert used <= options, f"{page}: keypin {' '.join(words)}"
        assert command is not command_line or used, f"{page}: keypin {' '.join(words)}"
        found += 1
    assert found > 20


def test_the_reference_tells_every_verb_and_option(reference: ModuleType) -> None:
    """The generated page has a section for each command, and a row for each option."""
    page = reference.cli_page()
    context = click.Context(command_line, info_name="keypin")
    for command, below in reference.commands(command_line, context):
        assert f"## `{below.command_path}`" in page
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[0] in page


def test_the_readme_shows_every_verb(root: Path) -> None:
    """The front page names each verb but the one that shells use."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    for verb in set(VERBS) - {"completion"}:
        assert f"keypin {verb}" in readme


def test_the_reference_tells_every_rule_and_scenario(reference: ModuleType) -> None:
    """Identifiers are promised for ever, so each is documented."""
    for rule in RULES:
        assert f"## `{rule.id}`" in reference.lint_page()
    for recogniser in RECOGNISERS:
        assert f"`{recogniser.id}`" in reference.recognisers_page()
    for name in SCENARIOS:
        assert f"`{name}`" in reference.lab_page()
    for question in QUESTIONS:
        assert f"## `{question.key}`" in reference.questions_page()


def test_identifiers_are_used_once() -> None:
    """A lint rule and a recogniser never share an identifier."""
    identifiers = [rule.id for rule in RULES] + [one.id for one in RECOGNISERS]
    assert sorted(set(identifiers)) == sorted(identifiers)


def test_every_public_name_is_in_the_reference(root: Path) -> None:
    """The page on Python shows each name of keypin, and each has a docstring."""
    page = (root / "docs/reference/python.md").read_text(encoding="utf-8")
    for name in set(keypin.__all__) - {"__version__"}:
        assert f"::: keypin.{name}\n" in page, name
        assert getattr(keypin, name).__doc__, name


def test_every_json_shape_is_documented(root: Path, package: Path) -> None:
    """Each name and version that a verb prints has its section."""
    page = (root / "docs/reference/json.md").read_text(encoding="utf-8")
    pattern = re.compile(r'document\(\s*"([\w-]+)",\s*(\d+)')
    found = {
        f"keypin/{name}/{version}"
        for path in (package / "cli").glob("*.py")
        for name, version in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert len(found) > 5
    assert {shape for shape in found if f"`{shape}`" not in page} == set()


def test_every_page_is_in_the_navigation(root: Path) -> None:
    """No page is lost, and none is promised that is not there."""
    navigation = (root / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"([\w/-]+\.md)$", navigation, re.MULTILINE)
    docs = root / "docs"
    written = {str(path.relative_to(docs)) for path in docs.rglob("*.md")}
    names = ("cli", "lint", "findings", "forms", "remarks", "lab", "questions")
    generated = {f"reference/{name}.md" for name in names}
    assert set(listed) == written | generated


def test_every_form_has_its_page(root: Path) -> None:
    """The page that a form names is there and in the navigation, and it names the form."""
    navigation = (root / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    overview = (root / "docs/how-to/platforms/index.md").read_text(encoding="utf-8")
    for form in FORMS:
        assert f" {form.page}\n" in navigation, form.id
        page = (root / "docs" / form.page).read_text(encoding="utf-8")
        assert form.id in page or form.id.startswith("keypin-"), form.id
        if form.page.startswith("how-to/platforms/"):
            assert f"`{form.id}`" in overview, form.id


def test_every_link_between_pages_leads_somewhere(root: Path) -> None:
    """The pages at the root, which the documentation's own build does not see, link to files."""
    for page in root.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
