"""Tables of TOML: what each question gives, and what it says of a value that is not as asked."""

import re
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from keypin.errors import FormatError, InputError, PinError, PinSetError, Place
from keypin.pins.toml_table import Tables, did_you_mean, kind_of, parse


class Colour(StrEnum):
    """Some words."""

    RED = "red"
    GREEN = "green"


TABLES = Tables("a.toml", {("colour",): 3}, FormatError)


def test_a_document_is_values_and_their_lines() -> None:
    """Both are of the same text."""
    values, lines = parse("a = 1\n\nb = [2]", name=None, limit=20, what="a file")
    assert values == {"a": 1, "b": [2]}
    assert lines[("b", 0)] == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = " + "1" * 30, "a.toml: 34 characters; expected 32 at most"),
        ("a = [", "a.toml:1: not valid TOML: Invalid value; expected TOML 1.0"),
        ("\na = b", "a.toml:2: not valid TOML: Invalid value; expected TOML 1.0"),
    ],
)
def test_what_is_no_document_is_refused(text: str, says: str) -> None:
    """The error is of the kind that was asked for."""
    with pytest.raises(FormatError) as caught:
        parse(text, name="a.toml", limit=32, what="a file", error=FormatError)
    assert str(caught.value) == says


def test_an_integer_without_end_is_refused() -> None:
    """Python refuses to read it, in words of its own."""
    with pytest.raises(PinSetError, match="line 2: not valid TOML: Exceeds the limit"):
        parse("a = 1\nb = " + "1" * 5000, name=None, limit=6000, what="a file")


def test_nesting_without_end_is_refused() -> None:
    """The parser's stack is no limit of the format."""
    with pytest.raises(PinSetError, match="arrays are nested too deeply; expected a file"):
        parse("a = " + "[" * 5000, name=None, limit=6000, what="a file")


@pytest.mark.parametrize("part", ["a", '"a"', "'a'", "a "])
def test_a_key_without_end_is_refused(part: str) -> None:
    """Reading a dotted key takes the square of its parts, in time and in memory."""
    with pytest.raises(PinSetError, match="line 2: a name of more than 40 parts; expected"):
        parse("a = 1\n" + f"{part}." * 100_000 + "a = 1", name=None, limit=10**6, what="a file")
    parse(f"b = 'a{'.a' * 39}'\nc = '{'a' * 500_000}'", name=None, limit=10**6, what="a file")


@pytest.mark.parametrize("text", ["a = [1,1,1,1,1,1,1,1]", "[a]\n[b]\n[c]\n[d]\n[e]\n", "#\n" * 50])
def test_values_without_end_are_refused(text: str) -> None:
    """Before they are read; what stands in strings and comments makes no value."""
    with pytest.raises(PinSetError, match="values, keys and tables; expected 9 at most"):
        parse(text, name=None, limit=200, what="a file", values=9)
    for quote in ('"', "'", '"""', "'''"):
        said = f"a = {quote}{'[,.=' * 9}{quote} # {'[,.=' * 9}"
        parse(said, name=None, limit=200, what="a file", values=9)


def test_words() -> None:
    """One of a few, the default where there is none, and the nearest where it is none of them."""
    assert TABLES.word((), {}, "colour", Colour.RED) is Colour.RED
    assert TABLES.word((), {"colour": "green"}, "colour", Colour.RED) is Colour.GREEN
    with pytest.raises(FormatError) as caught:
        TABLES.word((), {"colour": "gren"}, "colour", Colour.RED)
    assert str(caught.value) == (
        "a.toml:3: colour: 'gren'; expected one of \"red\", \"green\"; did you mean 'green'?"
    )


def test_moments() -> None:
    """A date is its midnight in UTC, and a time has an offset."""
    moment = datetime(2027, 6, 1, tzinfo=UTC)
    assert TABLES.moment((), {}, "at") is None
    assert TABLES.moment((), {"at": moment.date()}, "at") == moment
    assert TABLES.moment((), {"at": moment}, "at") == moment
    with pytest.raises(FormatError, match="2027-06-01T00:00:00 without an offset"):
        TABLES.moment((), {"at": moment.replace(tzinfo=None)}, "at")
    for far in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        with pytest.raises(FormatError, match=rf"at: {re.escape(far)}; expected a date as"):
            TABLES.moment((), {"at": datetime.fromisoformat(far)}, "at")


def test_arrays_of_texts() -> None:
    """Each element is a string, or is named with its place."""
    assert TABLES.texts((), {}, "tags", "an array", "a tag") == ()
    assert TABLES.texts((), {"tags": ["a", "b"]}, "tags", "an array", "a tag") == ("a", "b")
    with pytest.raises(FormatError, match=r"tags\[1\]: an integer; expected a tag"):
        TABLES.texts((), {"tags": ["a", 1]}, "tags", "an array", "a tag")


def test_values_are_of_their_kind() -> None:
    """What is missing and what is of another kind is refused; a boolean is no integer."""
    assert TABLES.value((), {"a": 1}, "a", int, "an integer") == 1
    assert TABLES.value((), {}, "a", int, "an integer", required=False) is None
    with pytest.raises(FormatError, match=r"a is missing; expected an integer; add a"):
        TABLES.value((), {}, "a", int, "an integer")
    with pytest.raises(FormatError, match="a: a boolean; expected an integer"):
        TABLES.value((), {"a": True}, "a", int, "an integer")


def test_tables_and_keys() -> None:
    """A table is one, and has no key that nobody knows."""
    assert TABLES.table(("a",), {"b": 1}, "a table") == {"b": 1}
    with pytest.raises(FormatError, match=r"a\[0\]: a float; expected a table"):
        TABLES.table(("a", 0), 1.5, "a table")
    TABLES.known((), {"pin": 1}, ("pin",))
    with pytest.raises(FormatError, match="the unknown key 'pn'; expected one of pin; did you"):
        TABLES.known((), {"pn": 1}, ("pin",))


def test_errors_get_the_place_that_they_lack() -> None:
    """An error of a part has no line; one that has a line of its own keeps it."""

    def refuse(place: Place | None) -> None:
        raise PinError("no pin", place=place)

    assert TABLES.placed((), lambda: 1) == 1
    with pytest.raises(InputError, match=r"^a.toml:3: colour: no pin$"):
        TABLES.placed(("colour",), lambda: refuse(Place("b.toml")))
    with pytest.raises(InputError, match=r"^b.toml:7: no pin$"):
        TABLES.placed(("colour",), lambda: refuse(Place("b.toml", 7)))


def test_words_for_people() -> None:
    """What a value is, and which word was meant."""
    assert kind_of(object()) == "a object"
    assert did_you_mean("xyz", ["abc"]) is None
