"""Host names as certificates spell them: ASCII labels (RFC 5890) or IP addresses.

One canonical form, so that a name compares equal to itself: lower case, no trailing dot, A-labels
by UTS 46, addresses as RFC 5952 writes them. Host patterns are a matter of pins, not of this room.
"""

import re
from ipaddress import ip_address

from keypin.errors import HostError

# RFC 1035 section 2.3.4: 255 octets on the wire are 253 characters.
MAX_HOST = 253

# What the WHATWG's URL standard takes for an IPv4 address: `127.1`, `0x7f000001`, `1.2.3.08`.
_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")

# Names that are in canonical form as they stand, as nearly all in a fleet are: lower-case labels of
# letters, digits and hyphens, the last no number. UTS 46 takes 15 us to say so of each. Two hyphens
# in a row may be an A-label's and are left to it.
_PLAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def is_plain(text: str) -> bool:
    """Tell whether a name is in canonical form for certain, at a fortieth of what it takes to say.

    False says nothing: the name may be canonical, or none.
    """
    return len(text) <= MAX_HOST and _PLAIN.fullmatch(text) is not None and "--" not in text


def ascii_host(text: str) -> str:
    """Return the canonical ASCII form of a host name or IP address.

    Args:
        text: a name in any case, in Unicode or A-labels, perhaps with one trailing dot; or an
            IPv4 or IPv6 address, without brackets.

    Raises:
        HostError: it is neither.
    """
    if is_plain(text):
        return text
    try:
        return str(ip_address(text.replace("%", " ")))  # a zone means nothing to a peer
    except ValueError:
        return _ascii_name(text)


def _ascii_name(text: str) -> str:
    import idna  # noqa: PLC0415 - its tables cost 10 ms of start-up that few commands need

    try:
        name = idna.encode(text.removesuffix("."), uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise _no_host(text, str(error)) from error
    if name.endswith("."):
        raise _no_host(text, "it ends in two dots")
    if _ENDS_IN_NUMBER.search(name):
        raise _no_host(text, "its last label is a number, as of an address written oddly")
    return name


def _no_host(text: str, why: str) -> HostError:
    return HostError(f"{text[:MAX_HOST]!r} is not a host: {why}", expected="a name or IP address")


def unicode_host(name: str) -> str:
    """Return a certificate's DNS name as people read it, or as it stands where it is no IDN."""
    if "xn--" not in name.lower():
        return name
    import idna  # noqa: PLC0415 - as above

    try:
        return ".".join(label if label == "*" else idna.decode(label) for label in name.split("."))
    except (idna.IDNAError, UnicodeError):
        return name
