"""YAML with lines."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError
from keypin.formats.yaml_text import MAX_DEPTH, Mapping, Scalar, Sequence, documents, mappings


def test_nodes() -> None:
    """Every value knows its line, in YAML and in JSON, and where a text ends."""
    (found,) = documents('# x\na: b # c\n"d": [1, {e: f}]\n')
    assert found == Mapping(
        2,
        [
            ("a", Scalar("b", 2, 4)),
            ("d", Sequence(3, [Scalar("1", 3, 7), Mapping(3, [("e", Scalar("f", 3, 14))])])),
        ],
    )
    assert len(documents('{"a": {}}\n---\nb\n')) == 2
    assert documents("") == []


def test_aliases() -> None:
    """An alias stands for what it names."""
    (found,) = documents("a: &x {k: v}\nb: *x\nc: [*x, &y z, *y]\n")
    assert len(list(mappings([found]))) == 4


def test_what_is_around() -> None:
    """A mapping is yielded with those around it, in the file's order."""
    (found,) = documents("a: {b: [{c: d}]}\ne: {f: g}\n")
    keys = [([key for key, _ in one.pairs], len(around)) for one, around in mappings([found])]
    assert keys == [(["a", "e"], 0), (["b"], 1), (["c"], 2), (["f"], 1)]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: [b", "x:2: no YAML: did not find expected ',' or ']'; expected a YAML or JSON file"),
        ("a: *b", "x:1: the alias *b; expected an anchor &b"),
        ("? [a]\n: b", "x:1: a key that is no text; expected a text as key"),
        ("[" * (MAX_DEPTH + 1), f"x:1: nested {MAX_DEPTH} deep; expected a configuration"),
        ("a: \x01", "x: no YAML: "),
    ],
)
def test_what_is_refused(text: str, error: str) -> None:
    """It is told with its place."""
    with pytest.raises(FormatError) as caught:
        documents(text, "x")
    assert str(caught.value).startswith(error)


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]\n",
        "a: &a [{b: c}]\n" + "".join(
            f"k{n}: &k{n} [{', '.join([f'*k{n - 1}' if n else '*a'] * 10)}]\n" for n in range(9)
        ),
    ],
    ids=["endless", "billion laughs"],
)  # fmt: skip
def test_aliases_without_end(text: str) -> None:
    """They are refused by name."""
    with pytest.raises(FormatError) as caught:
        list(mappings(documents(text), "x"))
    assert "aliases that grow without end; expected a configuration without them" in str(
        caught.value
    )


@given(st.text("ab:-[]{}&*\"'|>#? \n\x85"))
def test_any_text(text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(FormatError):
        list(mappings(documents(text)))
