"""Which hosts a certificate is judged for: the names it bears, met with the hosts that are pinned.

A wildcard names hosts that nobody lists. Those that a pin set names are judged one by one, for each
may have a policy of its own; all others are judged by one that stands for them.

Follows RFC 9525 section 6.3: a wildcard is a whole first label, and covers one label.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from keypin.certs import Certificate
from keypin.errors import HostError
from keypin.pins import PinSet, canonical_host


@dataclass(frozen=True, slots=True)
class Name:
    """A host to be judged.

    Attributes:
        host: the canonical host.
        shown: what to call it: `*.example.com` for all that a wildcard names and nobody lists.
    """

    host: str
    shown: str


def names_of(leaf: Certificate) -> tuple[str, ...]:
    """Return the names that a certificate bears, canonical; what is no host matches no host."""
    given = (*leaf.dns_names, *leaf.ip_addresses)
    return tuple(dict.fromkeys(name for text in given for name in _canonical(text)))


def _canonical(text: str) -> Iterator[str]:
    wildcard = "*." if text.startswith("*.") else ""
    try:
        yield wildcard + canonical_host(text.removeprefix(wildcard))
    except HostError:
        return


def hosts_of(names: Iterable[str], pin_set: PinSet) -> tuple[Name, ...]:
    """Return the hosts that a certificate of these names is judged for under a pin set."""
    found: dict[str, Name] = {}
    for name in names:
        for one in _below(name[2:], pin_set) if name.startswith("*.") else (Name(name, name),):
            found.setdefault(one.host, one)
    return tuple(found.values())


def _below(parent: str, pin_set: PinSet) -> Iterator[Name]:
    """Yield the pinned hosts one label below `parent`, and one that stands for all others."""
    named = (policy.host for policy in pin_set.policies if policy.host.wildcard != "*.")
    children = {host.name for host in named if host.name.partition(".")[2] == parent}
    yield from (Name(host, host) for host in sorted(children))
    others = (f"any-{number}.{parent}" for number in count())
    yield Name(next(host for host in others if host not in children), f"*.{parent}")
