"""Where a request comes from: the client's address behind trusted proxies, and its network.

`X-Forwarded-For` is a list that each proxy adds to at the end; what stands left of the first hop
that is not trusted is whatever the client likes to say, and is not read.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

from keypin.watch.settings import Addresses

Networks = Iterable[IPv4Network | IPv6Network]

# A site has a /64 of IPv6 at least, so a single address of it limits nobody.
_SITE = 64
_CUT = {4: 24, 6: 48}

# More hops than any installation has; the rest of a long header is not read.
_HOPS = 20


def client_address(scope: Scope, behind: Networks) -> str:
    """Return the address of the client, or an empty text: a socket of this machine.

    Args:
        scope: of ASGI.
        behind: the networks of proxies that are believed.
    """
    trusted = tuple(behind)
    peer = str((scope.get("client") or ("", 0))[0])
    for hop in _forwarded(scope):
        if not within(peer, trusted):
            break
        peer = hop
    return peer


def site(address: str) -> str:
    """Return what limits count by: an IPv4 address, the /64 of an IPv6 one."""
    found = _parse(address)
    if isinstance(found, IPv6Address):
        return _cut(found, _SITE)
    return str(found or address)


def network(address: str, addresses: Addresses) -> str:
    """Return as much of an address as the settings keep; may be empty."""
    found = _parse(address)
    if found is None or addresses is not Addresses.CUT:
        return ""
    return _cut(found, _CUT[found.version])


def _forwarded(scope: Scope) -> list[str]:
    """Return the hops that proxies noted, the nearest first."""
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    text = b",".join(lines).decode("latin-1")
    hops = [hop.strip() for hop in text.rsplit(",", _HOPS)[-_HOPS:]]
    return [hop for hop in reversed(hops) if hop]


def within(address: str, networks: Networks) -> bool:
    """Tell whether an address is in one of the networks; a text that is none is in no network."""
    found = _parse(address)
    return found is not None and any(found in one for one in networks)


def _cut(address: IPv4Address | IPv6Address, bits: int) -> str:
    """Return the network that so many bits of an address name."""
    rest = address.max_prefixlen - bits
    return f"{type(address)(int(address) >> rest << rest)}/{bits}"


# One address is asked about several times in a row, and reading it takes 5 microseconds.
@lru_cache(1000)
def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    # A socket for both families shows IPv4 clients as IPv6.
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
