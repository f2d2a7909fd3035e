"""Where a request comes from, behind proxies that are trusted and clients that lie."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.watch.settings import Addresses
from keypin.web.security_source import client_address, network, site

BEHIND = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def scope(peer, *forwarded: str):
    """Return the scope of a request."""
    headers = [(b"x-forwarded-for", one.encode("latin-1", "replace")) for one in forwarded]
    return {"client": peer, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.1", (), "198.51.100.1"),
        ("198.51.100.1", ("1.2.3.4",), "198.51.100.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1, 10.0.0.2",), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1", "10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("::1", ("2001:db8::1",), "2001:db8::1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("nonsense",), "nonsense"),
    ],
)
def test_the_client_is_the_first_that_is_not_trusted_from_the_right(
    peer, forwarded, client
) -> None:
    """What stands left of it is whatever the client said."""
    assert client_address(scope((peer, 1), *forwarded), BEHIND) == client


def test_a_socket_of_this_machine_has_no_address() -> None:
    """Nor is anything believed of it."""
    assert client_address(scope(None, "1.2.3.4"), BEHIND) == ""


@given(st.text(), st.text())
def test_any_header_is_read(first: str, second: str) -> None:
    """Without an error."""
    client_address(scope(("10.0.0.1", 1), first, second), BEHIND)
    site(first)
    network(first, Addresses.CUT)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_limits_count_by_site(address, counted) -> None:
    """An IPv6 client has a /64 to come from."""
    assert site(address) == counted


@pytest.mark.parametrize(
    ("address", "setting", "kept"),
    [
        ("192.0.2.7", Addresses.CUT, "192.0.2.0/24"),
        ("2001:db8:1:2::4", Addresses.CUT, "2001:db8:1::/48"),
        ("192.0.2.7", Addresses.NOTHING, ""),
        ("192.0.2.7", Addresses.DIGEST, ""),
        ("unknown", Addresses.CUT, ""),
    ],
)
def test_as_much_is_kept_as_the_settings_say(address, setting, kept) -> None:
    """Of those who sign in, as of those who report."""
    assert network(address, setting) == kept
