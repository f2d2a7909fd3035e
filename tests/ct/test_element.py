"""Values of a foreign JSON: taken in their form, or refused with their place."""

from datetime import UTC, datetime

import pytest

from keypin.ct.element import MAX_ELEMENTS, Element, ElementError

ROOT = Element(
    {
        "t": "x", "e": "", "n": 7, "b": "AAE=", "o": {"k": 1}, "l": [{}, 2], "yes": True,
        "m": "2016-11-30T13:24:18.33+01:00", "u": "https://log.example/2026", "null": None,
    },
    file="list.json",
)  # fmt: skip


def test_what_has_its_form() -> None:
    """Members come as what they are."""
    assert (ROOT.text("t"), ROOT.number("n", 8), ROOT.octets("b")) == ("x", 7, b"\x00\x01")
    assert ROOT.moment("m") == datetime(2016, 11, 30, 12, 24, 18, 330000, tzinfo=UTC)
    assert ROOT.url("u") == "https://log.example/2026/"
    assert ROOT.element("o").element is not None
    assert [row.path for row in ROOT.elements("l")] == ["l[0]", "l[1]"]
    assert ROOT.element("o").names == ("k",)
    assert Element({"p": {"q": {}}}).element("p").element("q").path == "p.q"
    assert Element({"p": {"q": [{}]}}).element("p").elements("q")[0].path == "p.q[0]"


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda: ROOT.text("none"), "none: nothing; expected a text"),
        (lambda: ROOT.text("e"), "e: ''; expected a text of 1 to 4096 characters"),
        (lambda: ROOT.text("o"), "o: an object; expected a text of 1 to 4096 characters"),
        (lambda: ROOT.text("l"), "l: a list; expected a text of 1 to 4096 characters"),
        (lambda: ROOT.number("n", 7), "n: 7; expected a whole number below 7"),
        (lambda: ROOT.number("yes", 7), "yes: True; expected a whole number below 7"),
        (lambda: ROOT.octets("m"), "m: '2016-11-30T13:24:18.33+01:00'; expected base64"),
        (lambda: ROOT.element("null"), "null: None; expected an object"),
        (lambda: ROOT.elements("t"), "t: 'x'; expected a list"),
        (lambda: ROOT.elements("l")[1].names, "l[1]: 2; expected an object"),
        (lambda: ROOT.moment("t"), "t: 'x'; expected a time as 2026-11-23T12:00:00Z"),
        (lambda: ROOT.url("t"), "t: 'x'; expected a web address"),
    ],
)
def test_what_has_not(ask, complaint: str) -> None:
    """Everything else is refused, with the file and the path."""
    with pytest.raises(ElementError) as caught:
        ask()
    assert str(caught.value) == f"list.json: {complaint}"


@pytest.mark.parametrize(
    "time", ["2016-11-30", "2016-11-30T13:24:18", "0001-01-01T00:00:00+12:00", "later"]
)
def test_no_times(time: str) -> None:
    """A time without its offset, or outside of what there is, is none."""
    with pytest.raises(ElementError, match="expected a time"):
        Element({"m": time}).moment("m")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://log.example/", "https:///x", "https://log.example/?a=b", "https://log.example:x/",
        "https://log.example/a b", "https://log.example/\x1b[2J", "https://l\xf6g.example/",
        "https://log.example:0/", "https://[::1/",
    ],
)  # fmt: skip
def test_no_addresses(address: str) -> None:
    """What no client should ask is no address."""
    with pytest.raises(ElementError, match="expected a web address"):
        Element({"u": address}).url("u")


def test_too_many() -> None:
    """A list has an end; so has what a complaint shows."""
    with pytest.raises(ElementError, match=rf"^l: {MAX_ELEMENTS + 1} elements; expected"):
        Element({"l": [0] * (MAX_ELEMENTS + 1)}).elements("l")
    with pytest.raises(ElementError, match=r"^n: '(x{59})\.\.\.; expected"):
        Element({"n": "x" * 200}).number("n", 1)
