"""Shell scripts as words."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError
from keypin.formats.shell import commands


def _words(text: str) -> list[list[str]]:
    return [[word.text for word in command.words] for command in commands(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a 'b c' \"d e\" f\\ g", [["a", "b c", "d e", "f g"]]),
        ("a b; c && d | e\nf", [["a", "b"], ["c"], ["d"], ["e"], ["f"]]),
        ("a \\\n  b", [["a", "b"]]),
        ("a\\\nb", [["ab"]]),
        ('a "b\\\nc \\" \\$d \\x"', [["a", 'bc " $d \\x']]),
        ("a 2>&1 > file b <in", [["a", "b"]]),
        ("a#b # c", [["a#b"]]),
        ("$(curl x)", [["$"], ["curl", "x"]]),
        ("", []),
    ],
)
def test_words(text: str, words: list[list[str]]) -> None:
    """Quotes, escapes, continuations, redirections and comments are read as the shell does."""
    assert _words(text) == words


def test_constants() -> None:
    """A constant of the same file is put in where the shell would; anything else is not known."""
    text = 'PIN=abc\nexport X\ncurl "$PIN" \'$PIN\' ${PIN}d $OTHER `date` "\\$PIN"\n'
    words = list(commands(text))[-1].words
    assert [word.text for word in words[1:]] == [
        "abc", "$PIN", "abcd", "$OTHER", "`date`", "$PIN",
    ]  # fmt: skip
    assert [word.known for word in words[1:]] == [True, True, True, False, False, True]


def test_an_assignment_before_a_command() -> None:
    """What is assigned to something computed is not a constant."""
    assert [word.known for command in commands("A=$(b)\nc $A") for word in command.words] == [
        False, True, True, False,
    ]  # fmt: skip


def test_comments_and_lines() -> None:
    """The comment lines directly above a command are its own, and each word knows its line."""
    text = "# far\n\n# near\n#   too\na \\\n b\n"
    (command,) = commands(text)
    assert command.above == ["near", "too"]
    assert [word.line for word in command.words] == [5, 6]


@pytest.mark.parametrize("quote", ["'", '"', "\\"])
def test_an_open_quote(quote: str) -> None:
    """A script that the shell would refuse is refused, with the place."""
    with pytest.raises(FormatError) as caught:
        list(commands(f"a\nb {quote}", "x.sh"))
    assert str(caught.value) == (
        f"x.sh:2: the quote {quote} is not closed; expected a script that the shell accepts"
    )


@given(st.text("ab'\"\\$`#;&|<>() \n={}"))
def test_any_text(text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(FormatError):
        list(commands(text))
