"""Host names in the one form that certificates use."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import ascii_host, unicode_host
from keypin.errors import HostError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Shop.TEST", "shop.test"),
        ("shop.test.", "shop.test"),
        ("Bücher.test", "xn--bcher-kva.test"),
        ("xn--bcher-kva.test", "xn--bcher-kva.test"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
    ],
)
def test_canonical(text, expected) -> None:
    """Case, a dot at the end, Unicode and long addresses are brought to one form."""
    assert ascii_host(text) == expected


@given(text=st.from_regex(r"[a-z0-9.-]{0,70}[a-z0-9-]", fullmatch=True))
def test_plain_names_need_no_tables(text) -> None:
    """Of a name that is canonical as it stands, the short way says what UTS 46 says."""
    short = ascii_host_or_none(text)
    long = ascii_host_or_none(f"{text}.")  # the dot is what the short way does not know
    assert short == long or is_address(text)


def ascii_host_or_none(text) -> str | None:
    """Return the canonical form, or None where there is none."""
    try:
        return ascii_host(text)
    except HostError:
        return None


def is_address(text) -> bool:
    """Tell whether `text` is an IP address, which takes no dot."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "a.b..",
        "a b",
        "a\0b",
        "a%b",
        "user@a",
        "127.1",
        "0x7f000001",
        "1.2.3.08",
        "a" * 64,
        "a." * 127 + "a",
        "xn--a.test",
        "[::1]",
        "fe80::1%eth0",
        "*.shop.test",
    ],
)
def test_refused(text) -> None:
    """What no certificate can be for is refused, addresses in odd spellings among it."""
    with pytest.raises(HostError) as caught:
        ascii_host(text)
    assert str(caught.value).startswith(f"{text[:253]!r} is not a host: ")
    assert str(caught.value).endswith("; expected a name or IP address")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop.test", "shop.test"),
        ("xn--bcher-kva.test", "bücher.test"),
        ("*.XN--bcher-kva.test", "*.bücher.test"),
        ("xn--\x80.test", "xn--\x80.test"),
        ("xn--a.test", "xn--a.test"),
    ],
)
def test_for_people(name, expected) -> None:
    """A name is shown as people read it, or as it stands where it cannot be."""
    assert unicode_host(name) == expected


@given(st.text(max_size=80))
def test_any_text(text) -> None:
    """Whatever the text, there is a canonical form that stays itself, or a `HostError`."""
    unicode_host(text)
    try:
        found = ascii_host(text)
    except HostError:
        return
    assert ascii_host(found) == found
