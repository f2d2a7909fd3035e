"""Names, tags, addresses, paths and spans: what is one, and what is none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InventoryError
from keypin.inventory.names import (
    check_count,
    check_issuers,
    check_mail,
    check_name,
    check_path,
    check_tags,
    check_title,
    refuse_twice,
    span_of,
    spell,
)


def test_what_is_well_formed_passes() -> None:
    """Each check is silent about what is right."""
    check_name("shop-ios-2", "name")
    check_title(None, "title")
    check_title("Shop für iPhone", "title")
    check_tags(("mobile", "team:a/b", "tier=1"))
    check_mail("first.last+pins@mail.example.com")
    check_path("pins/ios 3.2/NetworkSecurity.xml")
    check_count("ab", 2, "owner")
    refuse_twice("ab", "tag", "tags")


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a--b", "a b", "a" * 65, "ä"])
def test_a_name_is_lower_case_words(name: str) -> None:
    """Names go into addresses and commands, so they need no quotes there."""
    with pytest.raises(InventoryError, match=r"^name: the name of an owner"):
        check_name(name, "name of an owner")


@pytest.mark.parametrize("title", ["", " ", "a\nb", "a\x1b[31m", "a" * 201])
def test_a_title_is_one_line(title: str) -> None:
    """Titles are shown in tables and terminals."""
    with pytest.raises(InventoryError, match="expected one line of 1 to 200 characters"):
        check_title(title, "title of an owner")


def test_tags() -> None:
    """Tags are few, lower case, and there once."""
    with pytest.raises(InventoryError, match=r"^tags: the tag 'A'; expected lower case letters"):
        check_tags(("A",))
    with pytest.raises(InventoryError, match="the tag 'a' stands twice; take one out"):
        check_tags(("a", "b", "a"))
    with pytest.raises(InventoryError, match=r"^tags: 51 of tags; expected 50 at most"):
        check_tags(tuple(map(str, range(51))))
    with pytest.raises(InventoryError, match="the tag 'aa"):
        check_tags(("a" * 65,))


@pytest.mark.parametrize("issuer", ["", " ", "--", "A\nCA", "a" * 201])
def test_an_issuer_has_a_name(issuer: str) -> None:
    """What no CA is called would be expected in vain."""
    with pytest.raises(InventoryError, match=r"^expected_issuers: the issuer .* one line of 200"):
        check_issuers((issuer,))


def test_issuers_are_few() -> None:
    """And there once."""
    with pytest.raises(InventoryError, match="the issuer 'a' stands twice; take one out"):
        check_issuers(("a", "b", "a"))
    with pytest.raises(InventoryError, match=r"51 of expected_issuers; expected 50 at most"):
        check_issuers(tuple(map(str, range(51))))


@pytest.mark.parametrize("address", ["", "a", "a@", "@a", "a@b@c", "a b@c", "<a@b>", "a@b\n"])
def test_a_mail_address_has_two_parts(address: str) -> None:
    """What could smuggle a second address or a header is none."""
    with pytest.raises(InventoryError, match=r"expected an address as platform@example.com"):
        check_mail(address)


@pytest.mark.parametrize(
    "path", ["", "/a", "a//b", "../a", "a/../b", "a\\b", "c:a", "a/", "a\0", "a" * 1025]
)
def test_a_path_stays_below_the_folder(path: str) -> None:
    """Whoever applies an inventory that others wrote reads no other files by it."""
    with pytest.raises(InventoryError, match="expected a path below the folder of this file"):
        check_path(path)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("6h", timedelta(hours=6)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_span_has_a_number_and_a_unit(text: str, span: timedelta) -> None:
    """Spans are spelled as they are read."""
    assert span_of(text, "interval") == span
    assert spell(span) == text


@pytest.mark.parametrize(
    "text", ["", "1", "h", "0h", "-1h", "1.5h", "1 h", "1h30m", "٣h", "9" * 8 + "s"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    """One number, one unit, no more."""
    with pytest.raises(InventoryError, match=r"^interval: .*expected a span of time as 90s"):
        span_of(text, "interval")


@given(st.integers(1, 9_999_999))
def test_every_span_is_spelled(seconds: int) -> None:
    """The largest unit that divides a span spells it."""
    span = timedelta(seconds=seconds)
    assert span_of(spell(span), "interval") == span
