"""A table looked at value by value; `test_toml.py` tells how its errors read."""

import pytest

from keypin.alerts.table import Table, kind_of, meant
from keypin.errors import InputError


def test_a_key_is_named_from_the_top() -> None:
    """Below the table that the caller knows."""
    assert Table({}).key("name") == "name"
    assert Table({}, "when").key("ids") == "when.ids"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({}, "a table"),
        ([], "an array"),
        ((), "an array"),
        (True, "a boolean"),
        ("", "a string"),
        (1, "an integer"),
        (1.0, "a float"),
    ],
)
def test_values_are_called_what_toml_calls_them(value, name) -> None:
    """A boolean is no integer."""
    assert kind_of(value) == name


def test_the_word_that_was_meant_is_asked_for() -> None:
    """If one is near."""
    assert meant("warnign", ["warning", "error"]) == "did you mean 'warning'?"
    assert meant("x", ["warning", "error"]) is None


def test_what_is_missing_is_nothing() -> None:
    """Lists are empty, flags false."""
    assert Table({}).texts("ids", "an array") == ()
    assert not Table({}).flag("ignore")
    assert Table({}).maybe_length("repeat") is None
    with pytest.raises(InputError, match="when: ids is missing; expected a text; add ids"):
        Table({}, "when").text("ids", "a text")
