"""What expressions are worth: literals and constants, and nothing that has no end."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.formats.code_values import DEEPEST, LONGEST, Source, constants, split, value


def known(text: str) -> dict[str, list[str]]:
    """Return the constants of a text."""
    found = constants(Source.of(text))
    return {name: [one.text for one in texts] for name, texts in found.items()}


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ('val x = "a"', ["a"]),
        ('const val x: String = "a" + "b"', ["ab"]),
        ('static final String[] x = {"a", "b"};', ["a", "b"]),
        ('String[] x = new String[]{"a", "b"};', ["a", "b"]),
        ('val x: List<String> = listOf(\n  "a",\n  "b",\n).toTypedArray()', ["a", "b"]),
        ('x = ["a", ["b"]]', ["a", "b"]),
        ('val y = "a"\nval x = Pins.y + "b"', ["ab"]),
        ('val y = listOf("a", "b")\nval x = listOf(*y, "c")', ["a", "b", "c"]),
        ('val y = "a"\nval x = "${y}b$y"', ["aba"]),
        ('val x =\n  "a" +\n  "b"', ["ab"]),
    ],
)
def test_values(text: str, texts: list[str]) -> None:
    """Literals, sums, lists, templates and constants of the same file."""
    assert known(text)["x"] == texts


@pytest.mark.parametrize(
    "text",
    [
        'x = load("a")',
        'x = "a" + y',
        'x = "$y"',
        "x = 1",
        "x =",
        'x = y == "a"',
        'x = "a"\nx = "b"',
        'x = (("a") + 1)',
        '"x" = "a"',
        f'x = {"[" * (DEEPEST + 2)}"a"{"]" * (DEEPEST + 2)}',
        f'{"(" * (DEEPEST + 2)}x = "a"{")" * (DEEPEST + 2)}',
        f'{")" * 9}{"(" * (DEEPEST + 2)}x = ["a"]',
        f'x = "{"a" * (LONGEST + 1)}"',
        f'y = "{"a" * LONGEST}"\nx = y + "a"',
        f'y = "{"a" * LONGEST}"\nx = "$y$y"',
        "x = [" + '"a", ' * (LONGEST + 1) + "]",
    ],
)
def test_what_has_no_value(text: str) -> None:
    """What is computed, ambiguous, too long or too deep."""
    assert "x" not in known(text)


def test_comments() -> None:
    """Those alone on their lines are of what follows, once; those behind code are of that."""
    source = Source.of("// one\n// two\nadd() // three\n")
    assert source.behind == {3: "three"}
    assert source.above(3) == ["one", "two"]
    assert source.above(3) == []


def test_arguments() -> None:
    """Parts of a list are split at its own commas; what is not closed goes to the end."""
    source = Source.of('f("a", g("b", "c"), *x')
    parts = list(split(source.code[2 : source.ends[1]]))
    assert [len(part) for part in parts] == [1, 6, 2]
    assert value(parts[2], {}) is None
    assert value([], {}) is None


@pytest.mark.parametrize(
    "text",
    [
        "x=(" * 30_000,
        "x=a+\n" * 50_000,
        "x = " + "[" * 30_000 + "]" * 30_000,
        "x = " + "listOf(" * 20_000 + ")" * 20_000,
        'x = "' + "$b" * 100_000 + '"',
        'a1 = listOf("x", "y")\n' + "".join(f"a{n} = [a{n - 1}, a{n - 1}]\n" for n in range(2, 99)),
        'a1 = "xy"\n' + "".join(f"a{n} = a{n - 1} + a{n - 1}\n" for n in range(2, 99)),
        "a = [" + '"x", ' * LONGEST + "]\n" + "".join(f"b{n} = [a]\n" for n in range(2_000)),
    ],
)
def test_time_and_memory_have_an_end(text: str) -> None:
    """No crafted text makes values out of values without end, nor is looked through again."""
    begun = time.process_time()
    found = constants(Source.of(text))
    assert sum(len(texts) for texts in found.values()) < 1_000_000
    assert time.process_time() - begun < 10


@given(st.text("ab=([{}])\"'+,;:\n $*.<>", max_size=80))
def test_any_text(text: str) -> None:
    """It never fails."""
    source = Source.of(text)
    assert isinstance(constants(source), dict)
    assert list(split(source.code)) is not None
