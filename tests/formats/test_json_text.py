"""JSON with lines: where each value stands, and what is no JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError
from keypin.formats.json_text import loads, without_comments

WHAT = "a list"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


def paths(value, path=()):
    """Yield the path of every value."""
    yield path
    rows = value.items() if isinstance(value, dict) else ()
    rows = enumerate(value) if isinstance(value, list) else rows
    for key, inner in rows:
        yield from paths(inner, (*path, key))


@given(VALUES)
def test_every_value_has_its_line(value) -> None:
    """With a line for each value, every path is where the text has it."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    document = loads(text, "f", what=WHAT)
    assert document.value == value
    assert set(document.lines) == set(paths(value))
    lines = text.split("\n")
    for path, line in document.lines.items():
        if path and isinstance(path[-1], str):
            assert json.dumps(path[-1], ensure_ascii=False) in lines[line - 1]


def test_comments() -> None:
    """Comments go, lines stay, and what looks like one in a string is left alone."""
    text = '// a\n{"a": "b//c", /* d\n e */ "f": 1}'
    assert without_comments(text) == '\n{"a": "b//c", \n "f": 1}'
    assert loads(text, "f", what=WHAT, comments=True).lines[("f",)] == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "f:1: not valid JSON: Expecting property name enclosed in double quotes; expected "
         "a list"),
        ('{"a": 1,\n"a": 2}', "f: the key 'a' stands twice; expected each key once"),
        ("[" * 33 + "]" * 33, "f:1: values nested too deeply; expected 32 levels at most"),
        ("[" + "9" * 5000 + "]", "f: a number of many digits; expected a list"),
        ("[" * 200_000, "f: values nested too deeply; expected a list"),
    ],
)  # fmt: skip
def test_mistakes(text: str, complaint: str) -> None:
    """What is no JSON is refused with its place; of two equal keys neither holds."""
    with pytest.raises(FormatError) as caught:
        loads(text, "f", what=WHAT)
    assert str(caught.value) == complaint


DOCUMENT = loads('{"n": null,\n"l": [1],\n"s": "x",\n"b": true}', "f", what=WHAT)


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda one: one.table([], (), "it"), "f:1: an array for it; expected an object"),
        (lambda one: one.array(one.value, "s", ()), "f:3: a string for 's'; expected an array"),
        (lambda one: one.text(one.value, "n", ()), "f:1: null for 'n'; expected a string"),
        (lambda one: one.text(one.value, "x", ()), "f:1: 'x' is missing; expected a string"),
        (lambda one: one.flag(one.value, "s", ()), "f:3: a string for 's'; expected true or "
         "false"),
    ],
)  # fmt: skip
def test_values_of_another_kind(ask, complaint: str) -> None:
    """A value of the wrong kind is told with its line."""
    with pytest.raises(FormatError) as caught:
        ask(DOCUMENT)
    assert str(caught.value) == complaint


def test_values() -> None:
    """What is there is given; what may be missing has its default."""
    value = DOCUMENT.table(DOCUMENT.value, (), "it")
    assert DOCUMENT.array(value, "l", ()) == [1]
    assert DOCUMENT.array(value, "x", ()) == []
    assert DOCUMENT.text(value, "s", ()) == "x"
    assert DOCUMENT.flag(value, "b", ()) is True
    assert DOCUMENT.flag(value, "x", ()) is False
    assert str(DOCUMENT.place("l", 0)) == "f:2"
