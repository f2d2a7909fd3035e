"""Endpoints as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Endpoint, Protocol
from keypin.errors import HostError


@pytest.mark.parametrize(
    ("text", "expected", "spelled"),
    [
        ("shop.test", Endpoint("shop.test"), "shop.test:443"),
        (" Shop.test:8443 ", Endpoint("shop.test", 8443), "shop.test:8443"),
        ("::1", Endpoint("::1"), "[::1]:443"),
        ("[2001:DB8::1]:99", Endpoint("2001:db8::1", 99), "[2001:db8::1]:99"),
        ("https://shop.test/a?b#c", Endpoint("shop.test"), "shop.test:443"),
        ("SMTP://mx.test", Endpoint("mx.test", 25, Protocol.SMTP), "smtp://mx.test:25"),
        ("ldap://[::1]:1389/", Endpoint("::1", 1389, Protocol.LDAP), "ldap://[::1]:1389"),
        ("imaps://mail.test", Endpoint("mail.test", 993), "mail.test:993"),
        ("Bücher.test", Endpoint("xn--bcher-kva.test"), "xn--bcher-kva.test:443"),
    ],
)
def test_forms(text, expected, spelled) -> None:
    """Every common form is read, and written again in one."""
    found = Endpoint.parse(text)
    assert found == expected
    assert str(found) == spelled
    assert Endpoint.parse(spelled).host == expected.host


@pytest.mark.parametrize("protocol", Protocol)
def test_every_protocol_has_a_scheme(protocol) -> None:
    """Each protocol can be asked for by a URL, with a port of its own."""
    assert Endpoint.parse(f"{protocol}://a.test").protocol is protocol


@pytest.mark.parametrize(
    "text", ["", "gopher://a.test", "a.test:b", "user@a.test", "[::1", "a b", "x" * 3000]
)
def test_no_endpoint(text) -> None:
    """The error shows what was seen and the forms that are taken."""
    with pytest.raises(HostError) as caught:
        Endpoint.parse(text)
    assert str(caught.value) == (
        f"{text[:80]!r} is not an endpoint; expected host, host:port, [ipv6]:port, "
        "or a URL such as https://host or smtp://host:25"
    )


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_no_port(port) -> None:
    """A port has its range."""
    with pytest.raises(HostError) as caught:
        Endpoint.parse(f"a.test:{port}")
    assert str(caught.value) == f"port {port} of a.test; expected a port from 1 to 65535"


@given(st.text(max_size=80))
def test_any_text(text) -> None:
    """Whatever the text, it is an endpoint that can be written and read again, or a `HostError`."""
    try:
        found = Endpoint.parse(text)
    except HostError:
        return
    assert Endpoint.parse(str(found)) == found
