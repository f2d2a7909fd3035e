"""Whose host it is: suffixes, issuers and certificate names that give a CDN or third party away.

A pin is a promise about somebody's keys. On a host that is served by a CDN, a platform or another
company, that somebody is not the one who writes the pins, and the keys change without a word. The
tables are rows; the functions match host names and leaf certificates against them. No network, no
policy: `keypin.pins.rules.hosting` and `keypin.diagnose` draw the conclusions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from keypin.certs.certificate import Certificate
from keypin.pins.hosting_table import SERVICES

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

MANY_OWNERS = 8
"""Distinct registrable names in one certificate from which it counts as shared.

A company's own certificate seldom names more than a handful of brands; the shared certificates of
CDNs carry some tens of customers (Cloudflare's old `sni*.cloudflaressl.com`: up to 60).
"""


class Kind(StrEnum):
    """Who holds the key of such a host."""

    CDN = "cdn"
    PLATFORM = "platform"
    THIRD_PARTY = "third party"


@dataclass(frozen=True, slots=True)
class Service:
    """A company that terminates TLS for others, or whose interface others call.

    Attributes:
        name: what it is called.
        kind: who holds the key.
        suffixes: names of its own under which hosts are given out, each with everything below.
        issuers: fragments of issuer names (RFC 4514) that only it is issued from.
    """

    name: str
    kind: Kind
    suffixes: tuple[str, ...]
    issuers: tuple[str, ...] = ()


KNOWN: tuple[Service, ...] = tuple(
    Service(name, Kind(kind), suffixes, issuers) for name, kind, suffixes, issuers in SERVICES
)


_BY_SUFFIX: dict[str, Service] = {
    suffix: service for service in KNOWN for suffix in service.suffixes
}


def service_of_host(host: str) -> Service | None:
    """Return the service that hands out a host name, or None; the longest suffix decides.

    Args:
        host: a canonical host name, or the base name of a host pattern.
    """
    labels = host.split(".")
    suffixes = (".".join(labels[start:]) for start in range(len(labels)))
    return next((_BY_SUFFIX[suffix] for suffix in suffixes if suffix in _BY_SUFFIX), None)


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a certificate is thought to be a service's: one fact of it."""

    service: Service
    evidence: str


def marks(leaf: Certificate, host: str | None = None) -> tuple[Mark, ...]:
    """Return the signs by which a server certificate shows that a service holds its key.

    Args:
        leaf: the server's certificate.
        host: the host that was asked for: a name of the service in the certificate says nothing
            when it is itself what was asked for.
    """
    found = [
        Mark(service, f"issuer: {leaf.issuer}")
        for service in KNOWN
        if any(part in leaf.issuer for part in service.issuers)
    ]
    asked = service_of_host(host) if host is not None else None
    for name in leaf.dns_names:
        service = service_of_host(bare(name))
        if service is not None and service is not asked:
            found.append(Mark(service, f"name in the certificate: {name}"))
    return tuple(found)


def bare(name: str) -> str:
    """Return a DNS name of a certificate in lower case, without a wildcard label."""
    return name.lower().removeprefix("*.").rstrip(".")


@cache
def _suffixes() -> "PublicSuffixList":
    # Imported here: the list costs a tenth of a second that most commands do not need.
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - start-up time, see above

    return PublicSuffixList()


@cache
def registrable(name: str) -> str:
    """Return the registrable part of a DNS name by the Public Suffix List, or the name itself."""
    return _suffixes().privatesuffix(name) or name


def owners(names: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct owners that DNS names hint at, in the order of appearance.

    An owner is the first label of a registrable name, so that amazon.com and amazon.co.uk are one.
    """
    labels = (registrable(bare(name)).partition(".")[0] for name in names)
    return tuple(dict.fromkeys(labels))


def shared_between(leaf: Certificate) -> tuple[str, ...]:
    """Return the owners that share a certificate, or nothing where it looks like one owner's.

    A certificate of organisation or extended validation is one owner's however many names it
    carries: the CA has checked that the organisation controls them.
    """
    if leaf.validation in {"OV", "EV"} or len(leaf.dns_names) < MANY_OWNERS:
        return ()
    found = owners(leaf.dns_names)
    return found if len(found) >= MANY_OWNERS else ()
