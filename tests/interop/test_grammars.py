"""What is written in languages whose tools are not here is parsed by their grammars, with no error.

Go, Java and Node's JavaScript are run by tests of their own; Node reads all other JavaScript here.
"""

import subprocess
from collections.abc import Iterator

import pytest
import tree_sitter_c_sharp
import tree_sitter_dart
import tree_sitter_kotlin
import tree_sitter_rust
import tree_sitter_swift
from tree_sitter import Language, Node, Parser

from keypin.formats import FORMS, Form
from keypin.formats.abilities import Positions
from keypin.pins import HostPattern, Of, Pin, PinSet, Policy, PolicyPin, Role

_GRAMMARS = {
    "csharp": tree_sitter_c_sharp,
    "dart": tree_sitter_dart,
    "kotlin": tree_sitter_kotlin,
    "rust": tree_sitter_rust,
    "swift": tree_sitter_swift,
}
_WRITTEN = [one for one in FORMS if one.language in _GRAMMARS]


def _errors(node: Node) -> Iterator[str]:
    """Yield what a grammar could not read, with its line."""
    if node.is_error or node.is_missing:
        yield f"line {node.start_point[0] + 1}: {node}"
    for child in node.children:
        yield from _errors(child)


def _text(one: Form) -> str:
    """Return pins with all that stands beside them: comments, roles, wildcards, an exemption."""
    position = "any" if one.can.positions is Positions.ANY else "leaf"
    kind = Of.SPKI if Of.SPKI in one.can.of else Of.CERTIFICATE
    pins = [Pin(bytes([number]) * 32, of=kind, position=position) for number in range(2)]
    both = (PolicyPin(pins[0], comment="x $y {z} 'q' \"r\""), PolicyPin(pins[1], Role.BACKUP))
    policies = [
        Policy(host=HostPattern("api.example.com", wildcard), pins=both, comment="two\nlines")
        for wildcard in sorted(one.can.wildcards)[: 1 if one.can.one_per_name else None]
    ]
    if one.can.exempt:
        host = HostPattern.parse("free.example.org")
        policies.append(Policy(host=host, pins=(), exempt="a $reason {x}"))
    return one.dumps(PinSet(policies, "the app"))


@pytest.mark.parametrize("one", _WRITTEN, ids=lambda one: one.id)
def test_the_grammar_reads_what_is_written(one) -> None:
    """No part of the text is an error to its language's grammar."""
    text = _text(one)
    tree = Parser(Language(_GRAMMARS[one.language].language())).parse(text.encode())
    assert list(_errors(tree.root_node)) == []
    assert tree.root_node.end_byte == len(text.encode())


@pytest.mark.parametrize("one", _WRITTEN, ids=lambda one: one.id)
def test_the_grammar_finds_errors(one) -> None:
    """The same grammar sees that a bracket is gone, so that its silence means something."""
    text = _text(one)
    cut = text[: text.rindex(")")] + text[text.rindex(")") + 1 :]
    tree = Parser(Language(_GRAMMARS[one.language].language())).parse(cut.encode())
    assert list(_errors(tree.root_node)) != []


def test_every_language_is_here() -> None:
    """Each form in one of these languages is parsed, and no language is without a form."""
    assert {one.language for one in _WRITTEN} == set(_GRAMMARS)


@pytest.mark.parametrize(
    "one", [one for one in FORMS if one.language == "javascript"], ids=lambda one: one.id
)
def test_node_reads_what_is_written(one, program, tmp_path) -> None:
    """Node finds no error in the text, as a module or as a script."""
    text = _text(one)
    path = tmp_path / ("pins.mjs" if "import {" in text else "pins.cjs")
    path.write_text(text)
    command = [program("node"), "--check", str(path)]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert ran.returncode == 0, ran.stderr
