"""The root command: help that helps, a version, and errors without tracebacks."""

import pytest

from keypin._version import __version__
from keypin.cli.app import VERBS


def test_help_lists_every_verb(keypin) -> None:
    """`keypin --help` names every verb and the exit codes, in 80 columns."""
    ran = keypin("--help")
    assert ran.code == 0
    assert all(verb in ran.out for verb in VERBS)
    assert "0 fine, 1 a finding, 2 unusable input, 3 could not tell" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "completion"])
def test_every_verb_shows_examples(keypin, verb: str) -> None:
    """A verb's help ends in examples that can be copied, one a line."""
    ran = keypin(verb, "--help")
    assert ran.code == 0
    assert "Examples:" in ran.out
    assert any(line.strip().startswith(f"keypin {verb}") for line in ran.out.splitlines())


def test_version(keypin) -> None:
    """The version is one line."""
    assert keypin("--version").out == f"keypin {__version__}\n"


def test_unknown_verb(keypin) -> None:
    """A verb that does not exist is unusable input."""
    ran = keypin("chekc")
    assert ran.code == 2
    assert "No such command 'chekc'" in ran.err


def test_errors_are_one_sentence(keypin) -> None:
    """The error of a verb goes to standard error, as one sentence."""
    ran = keypin("check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "keypin: no HOST; name a server, as in: keypin check example.com\n"
