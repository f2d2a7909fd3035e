"""Which addresses are internal: explicit lists, asked of every address before it is dialled.

`ipaddress.is_global` is no guard: it passes 64:ff9b::7f00:1, which a NAT64 gateway turns into
127.0.0.1, and multicast. Here an address is public only if it is in no row of the tables, and IPv6
besides only where IANA has allocated it for that. What carries an IPv4 address inside is judged by
that one too. Sources: the IANA special-purpose registries (RFC 6890 and its updates), and what
clouds answer their own machines at. Pure: no name is resolved and nothing dialled here.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# A network, what it is, and where that stands. The first row that holds an address names it.
_INTERNAL: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("169.254.169.254/32", "a cloud's metadata service"),
        ("168.63.129.16/32", "a cloud's metadata service (Azure's wire server)"),
        ("192.0.0.192/32", "a cloud's metadata service (Oracle)"),
        ("100.100.100.200/32", "a cloud's metadata service (Alibaba)"),
        ("fd00:ec2::254/128", "a cloud's metadata service"),
        ("fd20:ce::254/128", "a cloud's metadata service (Google)"),
        ("0.0.0.0/8", "this host, unspecified (RFC 791)"),
        ("10.0.0.0/8", "private (RFC 1918)"),
        ("100.64.0.0/10", "shared behind a carrier's NAT (RFC 6598)"),
        ("127.0.0.0/8", "loopback (RFC 1122)"),
        ("169.254.0.0/16", "link-local (RFC 3927)"),
        ("172.16.0.0/12", "private (RFC 1918)"),
        ("192.0.0.0/24", "for protocols (RFC 6890)"),
        ("192.0.2.0/24", "for documentation (RFC 5737)"),
        ("192.88.99.0/24", "a relay of 6to4 (RFC 7526)"),
        ("192.168.0.0/16", "private (RFC 1918)"),
        ("198.18.0.0/15", "for benchmarks (RFC 2544)"),
        ("198.51.100.0/24", "for documentation (RFC 5737)"),
        ("203.0.113.0/24", "for documentation (RFC 5737)"),
        ("224.0.0.0/4", "multicast (RFC 5771)"),
        ("240.0.0.0/4", "reserved (RFC 1112)"),
        ("::/128", "this host, unspecified (RFC 4291)"),
        ("::1/128", "loopback (RFC 4291)"),
        ("64:ff9b:1::/48", "a local NAT64 (RFC 8215)"),
        ("100::/64", "for discarding (RFC 6666)"),
        ("100:0:0:1::/64", "a dummy (RFC 9780)"),
        ("2001:2::/48", "for benchmarks (RFC 5180)"),
        ("2001:10::/28", "no address but a hash (RFC 4843)"),
        ("2001:20::/28", "no address but a hash (RFC 7343)"),
        ("2001:db8::/32", "for documentation (RFC 3849)"),
        ("3fff::/20", "for documentation (RFC 9637)"),
        ("5f00::/16", "an identifier of a segment (RFC 9602)"),
        ("fc00::/7", "private (RFC 4193)"),
        ("fe80::/10", "link-local (RFC 4291)"),
        ("fec0::/10", "site-local (RFC 3879)"),
        ("ff00::/8", "multicast (RFC 4291)"),
    )
)

# Prefixes that carry IPv4 addresses: how far the address stands from the right, in bits, and what
# its bits are turned over with.
_CARRIERS: tuple[tuple[IPv6Network, str, tuple[tuple[int, int], ...]], ...] = (
    (IPv6Network("::ffff:0:0/96"), "mapped", ((0, 0),)),
    (IPv6Network("::ffff:0:0:0/96"), "translated", ((0, 0),)),
    (IPv6Network("::/96"), "compatible", ((0, 0),)),
    (IPv6Network("64:ff9b::/96"), "NAT64", ((0, 0),)),
    (IPv6Network("2002::/16"), "6to4", ((80, 0),)),
    (IPv6Network("2001::/32"), "Teredo", ((64, 0), (0, 0xFFFFFFFF))),
)

# Interface identifiers of ISATAP (RFC 5214 section 6.1), with and without the universal bit.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})

# Where IANA allocates unicast addresses; the carriers' prefixes are judged before.
_GLOBAL = IPv6Network("2000::/3")


def why_internal(address: Address, allowed: Iterable[Network] = ()) -> str | None:
    """Return what makes an address one that strangers must not have reached, or None.

    Args:
        address: one that a name resolved to.
        allowed: networks that may be reached though they are internal.

    Returns:
        a noun phrase, as `loopback (RFC 1122)`.
    """
    if any(address in network for network in allowed if network.version == address.version):
        return None
    listed = next((what for network, what in _INTERNAL if _within(address, network)), None)
    if listed is not None or isinstance(address, IPv4Address):
        return listed
    carried = _carried(address)
    for form, inner in carried:
        what = why_internal(inner, allowed)
        if what is not None:
            return f"{form} {inner}, {what}"
    return None if carried or address in _GLOBAL else "allocated to nobody (RFC 4291)"


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _carried(address: IPv6Address) -> list[tuple[str, IPv4Address]]:
    """Return the IPv4 addresses inside an IPv6 one, and by which form they are."""
    bits = int(address)
    found = [
        (form, IPv4Address((bits >> shift & 0xFFFFFFFF) ^ mask))
        for network, form, places in _CARRIERS
        if address in network
        for shift, mask in places
    ]
    if bits >> 32 & 0xFFFFFFFF in _ISATAP:
        found.append(("ISATAP", IPv4Address(bits & 0xFFFFFFFF)))
    return found
