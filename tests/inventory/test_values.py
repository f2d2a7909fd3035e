"""Values of TOML, on one line."""

import tomllib

from keypin.inventory.values import lines, written

TABLE = {
    "text": 'a "quoted"\n',
    "number": 1,
    "share": 0.5,
    "yes": True,
    "no": False,
    "list": ["a", ["b"], {}],
    "table": {"a key": {"b": ["c"]}},
}


def test_what_is_written_is_read_back() -> None:
    """Each kind of value, one line each."""
    text = "\n".join(lines(TABLE))
    assert tomllib.loads(text) == TABLE
    assert len(text.splitlines()) == len(TABLE)


def test_a_table_is_written_inline() -> None:
    """Keys that are more than a word are quoted; a tuple is an array."""
    assert written({"a key": {"b": ("c", 1)}}) == '{ "a key" = { b = ["c", 1] } }'
