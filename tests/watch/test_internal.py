"""Which addresses are internal, each by the text that says so."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.watch.internal import why_internal

PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "172.15.255.255",
    "172.32.0.0",
    "100.128.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
    "2002:808:808::1",
)

INTERNAL = (
    ("0.0.0.0", "unspecified"),  # noqa: S104 - nothing binds to it here
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private (RFC 1918)"),
    ("100.64.0.1", "carrier's NAT"),
    ("100.100.100.200", "metadata"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("168.63.129.16", "metadata"),
    ("169.254.169.254", "metadata"),
    ("169.254.0.1", "link-local"),
    ("172.16.0.1", "private (RFC 1918)"),
    ("172.31.255.255", "private (RFC 1918)"),
    ("192.0.0.8", "for protocols"),
    ("192.0.0.192", "metadata"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4"),
    ("192.168.1.1", "private (RFC 1918)"),
    ("198.18.0.1", "benchmarks"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("224.0.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "compatible 127.0.0.1, loopback"),
    ("::ffff:127.0.0.1", "mapped 127.0.0.1, loopback"),
    ("::ffff:0:10.0.0.1", "translated 10.0.0.1, private"),
    ("64:ff9b::7f00:1", "NAT64 127.0.0.1, loopback"),
    ("64:ff9b::a9fe:a9fe", "NAT64 169.254.169.254, a cloud's metadata"),
    ("64:ff9b:1::808:808", "a local NAT64"),
    ("100::1", "discarding"),
    ("100:0:0:1::1", "a dummy"),
    ("2001::1", "Teredo 0.0.0.0"),
    ("2001:0:7f00:1:0:0:f7f7:f7f7", "Teredo 127.0.0.1, loopback"),
    ("2001:0:808:808:0:0:80ff:fffe", "Teredo 127.0.0.1, loopback"),
    ("2001:2::1", "benchmarks"),
    ("2001:10::1", "hash"),
    ("2001:20::1", "hash"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::1", "6to4 127.0.0.1, loopback"),
    ("2002:c0a8:101::1", "6to4 192.168.1.1, private"),
    ("2606:4700::5efe:a00:1", "ISATAP 10.0.0.1, private"),
    ("2606:4700::200:5efe:a00:1", "ISATAP 10.0.0.1, private"),
    ("3fff::1", "documentation"),
    ("4000::1", "allocated to nobody"),
    ("5f00::1", "segment"),
    ("fc00::1", "private (RFC 4193)"),
    ("fd00:ec2::254", "metadata"),
    ("fd20:ce::254", "metadata"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("1::1", "allocated to nobody"),
)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_may_be_dialled(text) -> None:
    """The neighbours of internal networks too."""
    assert why_internal(ip_address(text)) is None


@pytest.mark.parametrize(("text", "what"), INTERNAL, ids=[text for text, _ in INTERNAL])
def test_an_internal_address_is_named(text, what) -> None:
    """With what it is."""
    assert what in (why_internal(ip_address(text)) or "")


def test_what_the_settings_allow_may_be_dialled() -> None:
    """Inside other forms too, and nothing beside it."""
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd12::/16"))
    for text in ("10.1.2.3", "fd12::1", "::ffff:10.1.2.3"):
        assert why_internal(ip_address(text), allowed) is None
    for text in ("10.2.0.1", "fd13::1", "127.0.0.1"):
        assert why_internal(ip_address(text), allowed) is not None


@given(st.ip_addresses(v=4))
def test_no_form_hides_an_ipv4_address(inner: IPv4Address) -> None:
    """Whatever carries it is as internal as it is."""
    bits = int(inner)
    plain = why_internal(inner)
    for carrier in (
        IPv6Address(0xFFFF << 32 | bits),
        IPv6Address(int(IPv6Address("64:ff9b::")) | bits),
        IPv6Address(0x2002 << 112 | bits << 80 | 1),
    ):
        assert (why_internal(carrier) is None) == (plain is None), carrier


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_internal(address: IPv4Address) -> None:
    """And its lists are shorter than ours."""
    if address.is_private or address.is_multicast or address.is_reserved:
        assert why_internal(address) is not None


@given(st.ip_addresses(v=6))
def test_nothing_outside_of_global_unicast_passes_but_what_carries(address: IPv6Address) -> None:
    """RFC 4291 section 2.4."""
    if why_internal(address) is None and address not in ip_network("2000::/3"):
        assert address in ip_network("64:ff9b::/96") or int(address) >> 64 == 0
