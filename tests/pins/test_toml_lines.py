"""Every value of a valid TOML document has a line."""

import tomllib
from resource import RUSAGE_SELF, getrusage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.pins.toml_lines import lines_of

DOCUMENT = '''# a comment with "quotes" and [brackets]
version = 1
"quoted key" = 'a # no comment'
dotted.key.two = [1, 2.5,
    3, # three
    { a = "x", b = [
        """many
lines "" of text""",
        "after",
    ] },
]
[table]
text = \'\'\'
two
lines\'\'\'
[[policy]]
host = "a"   # trailing
[[policy.pin]]
x = 1979-05-27T07:32:00Z
[[policy.pin]]
x = -inf
[policy.extra]
y = true
[[policy]]
host = "b\\"c"
empty = []
none = {}
[[policy.pin]]
x = 1
'''


def test_paths() -> None:
    """Tables, elements, nested values and the second of two tables are where they stand."""
    lines = lines_of(DOCUMENT)
    expected = {
        ("version",): 2,
        ("quoted key",): 3,
        ("dotted", "key", "two"): 4,
        ("dotted", "key", "two", 2): 5,
        ("dotted", "key", "two", 3): 6,
        ("dotted", "key", "two", 3, "b", 0): 7,
        ("dotted", "key", "two", 3, "b", 1): 9,
        ("dotted",): 4,
        ("dotted", "key"): 4,
        ("table",): 12,
        ("table", "text"): 13,
        ("policy", 0): 16,
        ("policy", 0, "pin", 1, "x"): 21,
        ("policy", 0, "extra", "y"): 23,
        ("policy", 1): 24,
        ("policy", 1, "host"): 25,
        ("policy", 1, "empty"): 26,
        ("policy", 1, "pin", 0, "x"): 29,
    }
    assert {path: lines.get(path) for path in expected} == expected


def paths_of(value, path=()):
    """Yield the path of every value below `value`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths_of(item, (*path, index))
    else:
        yield path


def test_every_value_has_a_line() -> None:
    """Whatever tomllib reads, the walk has seen."""
    lines = lines_of(DOCUMENT)
    assert set(paths_of(tomllib.loads(DOCUMENT))) <= set(lines)


pieces = st.sampled_from(
    [*DOCUMENT.splitlines(keepends=True), "[a.b]\n", "c = 1\n", "\r\n", 'd = "\\u00e9"\n', "\t\n"]
)


@given(text=st.lists(pieces, max_size=12).map("".join))
def test_whatever_is_valid(text: str) -> None:
    """The walk ends, and finds each value, on every document that tomllib accepts."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = lines_of(text)
    assert set(paths_of(values)) <= set(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "a = 1"])
def test_small_documents(text: str) -> None:
    """Small documents have as many lines as values."""
    assert len(lines_of(text)) == len(tomllib.loads(text))


def test_a_long_string_takes_no_memory() -> None:
    """More than a few times its own: one of 32 MB took 4 GB."""
    for quote in ('"', "'", '"""', "'''"):
        text = f"a = {quote}{'a' * 1_000_000}{quote}\nb = 1"
        before = getrusage(RUSAGE_SELF).ru_maxrss
        assert lines_of(text) == {("a",): 1, ("b",): 2}
        assert getrusage(RUSAGE_SELF).ru_maxrss - before < 30_000
