"""The GitHub Action: valid, and its steps are run here as GitHub's runner does."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from keypin.cli.app import root as command_line
from keypin.lab.authority import Request, issue
from keypin.lab.cast import Cast

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def action(root: Path) -> dict[str, Any]:
    """Return the action."""
    loaded: dict[str, Any] = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    return loaded


def options_of(verb: str) -> set[str]:
    """Return the options of a verb."""
    context = click.Context(command_line, info_name="keypin")
    command = command_line.get_command(context, verb)
    assert command is not None, verb
    return {name for parameter in command.params for name in parameter.opts}


def calls(script: str) -> list[list[str]]:
    """Return the calls of keypin in a script, as words."""
    return [
        line.split()
        for line in map(str.strip, script.splitlines())
        if line.startswith(("keypin ", "set --", "[ -z"))
    ]


def test_every_option_of_the_action_is_real(action: dict[str, Any]) -> None:
    """Verbs and options that the steps use are those of the command line."""
    verbs = set()
    for step in action["runs"]["steps"][1:]:
        (verb,) = set(re.findall(r"\bkeypin (\w+)", step["run"]))
        used = {word for words in calls(step["run"]) for word in words if re.match(r"--\w", word)}
        assert used <= options_of(verb), step["name"]
        verbs.add(verb)
    assert verbs == {"lint", "gate"}


def test_no_input_becomes_a_command(action: dict[str, Any]) -> None:
    """Scripts read inputs as variables; an expression in a script would run a stranger's text."""
    used: set[str] = set()
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"], step["name"]
        used |= set(re.findall(r"inputs\.([\w-]+)", f"{step['env']} {step.get('if', '')}"))
    assert used == set(action["inputs"])
    assert all(given["description"] for given in action["inputs"].values())


@pytest.fixture
def run(action: dict[str, Any], tmp_path: Path) -> Run:
    """Return a function that runs a step of the action as GitHub's runner does."""

    def step(name: str, **inputs: str) -> "subprocess.CompletedProcess[str]":
        (found,) = (one for one in action["runs"]["steps"] if one["name"] == name)
        values = {key: given["default"] for key, given in action["inputs"].items()}
        values |= {key.replace("_", "-"): value for key, value in inputs.items()}
        environment = {
            variable: values[re.findall(r"inputs\.([\w-]+)", text)[0]]
            for variable, text in found["env"].items()
        }
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
            cwd=tmp_path,
            env={
                **os.environ,
                **environment,
                "PATH": path,
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                "PYTHONUTF8": "1",
                "NO_COLOR": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return step


@pytest.fixture
def cast(tmp_path: Path) -> Cast:
    """Return the laboratory's keys, with a sound pin set for them in the step's folder."""
    made = Cast(datetime.now(UTC))
    pins(tmp_path / "pins.toml", made.pin("active"), made.pin("backup"))
    return made


def pins(path: Path, *given: str) -> None:
    """Write a pin set of an active pin and perhaps a backup."""
    rest = f'backup_pins = ["{given[1]}"]' if len(given) > 1 else 'no_backup = "a test"'
    path.write_text(
        f'version = 1\n[[policy]]\nhost = "api.shop.example"\npins = ["{given[0]}"]\n{rest}\n'
    )


def test_the_action_lints(run: Run, cast: Cast, tmp_path: Path) -> None:
    """Files and patterns, one a line; a finding fails the step and annotates the line."""
    good = run("Lint", fail_on="error")
    assert good.returncode == 0, good.stderr
    (tmp_path / "more pins").mkdir()
    pins(tmp_path / "more pins" / "b.toml", cast.pin("active"), cast.pin("backup"))
    both = run("Lint", files="pins.toml\nmore pins/*.toml\n", fail_on="note")
    assert both.returncode == 1
    assert "file=more pins/b.toml" in both.stdout
    assert run("Lint", files="no.toml").returncode == 2


def test_the_action_writes_sarif(run: Run, cast: Cast, tmp_path: Path) -> None:
    """The file is there although findings fail the step, and its path is an output."""
    pins(tmp_path / "pins.toml", cast.pin("active"))
    done = run("Lint", format="sarif", fail_on="note")
    assert done.returncode == 1, done.stderr
    assert '"2.1.0"' in (tmp_path / "keypin.sarif").read_text()
    assert (tmp_path / "output").read_text() == "sarif=keypin.sarif\n"


@pytest.mark.parametrize(("key", "code"), [("active", 0), ("renewed", 1)])
def test_the_action_asks_the_gate(
    run: Run, cast: Cast, tmp_path: Path, key: str, code: int
) -> None:
    """A chain with a pinned key passes, one with another is stopped, its release named."""
    issuer = cast.authority("intermediate")
    request = Request(name="shop", key=cast.key(key), hosts=("api.shop.example",), issuer=issuer)
    chain = issue(request, cast.now).pem + issuer.pem
    (tmp_path / "fullchain.pem").write_bytes(chain)
    (tmp_path / "ca.pem").write_bytes(cast.authority("root").pem)
    shutil.copy(tmp_path / "pins.toml", tmp_path / "v 2.toml")
    done = run(
        *("Gate",),
        chain="fullchain.pem",
        cafile="ca.pem",
        releases="3.1=pins.toml\n3.2=v 2.toml",
    )
    assert done.returncode == code, done.stderr
    said = "3.1, 3.2 would break" if code else "3.1, 3.2 accept it"
    assert said in done.stdout
