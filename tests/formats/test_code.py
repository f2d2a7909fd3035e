"""Tokens of source code, whatever the language, and in time that grows with the text alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.formats.code import Kind, Token, tokens


def strings(text: str) -> list[str]:
    """Return the values of a text's string literals."""
    return [token.text for token in tokens(text) if token.kind is Kind.STRING]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ("`a\nb`", "a\nb"),
        ('"""a "b" c"""', 'a "b" c'),
        ("'''it's'''", "it's"),
        ('r"a\\n"', "a\\n"),
        ("R'a\\n'", "a\\n"),
        ('@"a\\n"', "a\\n"),
        ('r#"a "b" c"#', 'a "b" c'),
        (r'"a\n\t\r\0\"\'\\"', "a\n\t\r\0\"'\\"),
        (r'"\u0041\x42\u{43}"', "ABC"),
        (r'"\u{110000}"', r"\u{110000}"),
        ('"// no comment"', "// no comment"),
        ('"${x} $y"', "${x} $y"),
    ],
)
def test_literals(text: str, value: str) -> None:
    """What each spelling of a literal means; an interpolation stays as it is written."""
    assert strings(text) == [value]


def test_kinds_and_lines() -> None:
    """Each token has its kind and its line, also behind what spans lines."""
    assert list(tokens('val x1 = """a\nb""" + 12.5 // done\n/* two\n * lines */ $y')) == [
        Token(Kind.WORD, "val", 1),
        Token(Kind.WORD, "x1", 1),
        Token(Kind.MARK, "=", 1),
        Token(Kind.STRING, "a\nb", 1),
        Token(Kind.MARK, "+", 2),
        Token(Kind.NUMBER, "12.5", 2),
        Token(Kind.COMMENT, "done", 2),
        Token(Kind.COMMENT, "two\nlines", 3),
        Token(Kind.WORD, "$y", 4),
    ]


def test_a_lifetime_is_no_literal() -> None:
    """Rust's apostrophe opens nothing that its line does not close."""
    assert strings("const PIN: &'static str = \"a\";\nlet x = 'b';") == ["a", "b"]


@pytest.mark.parametrize("text", ["/* a", 'r#"a', '"a', "'''a", "`a", "\\", "x \\\ny", "#"])
def test_what_does_not_close(text: str) -> None:
    """A text may end anywhere; nothing is lost before it."""
    assert strings(f"'before'\n{text}")[0] == "before"


@given(st.text(max_size=200) | st.text("\"'`/*\\#r\n ax", max_size=200))
def test_any_text(text: str) -> None:
    """It never fails, and lines never go back nor beyond the text's."""
    lines = [token.line for token in tokens(text)]
    assert lines == sorted(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@pytest.mark.parametrize(
    "piece", ["/*x", "'\\", 'r#"', '"\\\n', "`\\", '"""\\', "'''\\", "/**", "\\"]
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    """A crafted text of 200,000 characters takes no longer than any other."""
    text = piece * (200_000 // len(piece))
    begun = time.process_time()
    assert sum(1 for _ in tokens(text)) > 0
    assert time.process_time() - begun < 5
