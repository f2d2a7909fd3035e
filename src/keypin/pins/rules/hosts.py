"""Rules on the host: who really holds its keys.

Pinning works where one hand holds the client and the server's key. A CDN, a platform or another
company renews when it likes, with what key and CA it likes.
"""

from collections.abc import Iterator

from keypin.findings import Severity
from keypin.pins.hosting import Kind, Service, marks, service_of_host, shared_between
from keypin.pins.rules.rule import Case, Hit, Rule


def _by_name(case: Case, *kinds: Kind) -> Service | None:
    service = service_of_host(case.base)
    return service if service is not None and service.kind in kinds else None


def third_party(case: Case) -> Iterator[Hit]:
    """Fire on a host that belongs to another company by its name."""
    if service := _by_name(case, Kind.THIRD_PARTY):
        yield Hit(f"{case.base} belongs to {service.name}, whose keys change without notice to you")


def served_by_others(case: Case) -> Iterator[Hit]:
    """Fire on a host that a CDN or platform serves, by its name or by its certificate."""
    if service := _by_name(case, Kind.CDN, Kind.PLATFORM):
        yield Hit(f"{case.base} is served by {service.name}, which holds the key")
        return
    found = {
        mark.service.name: mark
        for host, chain in case.chains
        for mark in marks(chain.leaf, host)
        if mark.service.kind is not Kind.THIRD_PARTY
    }
    for name, mark in found.items():
        yield Hit(
            f"the certificate of {case.base} is {name}'s, which holds the key", (mark.evidence,)
        )


def shared(case: Case) -> Iterator[Hit]:
    """Fire on a certificate that names many unrelated owners."""
    for leaf in dict.fromkeys(chain.leaf for _, chain in case.chains):
        if found := shared_between(leaf):
            names = ", ".join(found[:5])
            text = f"the certificate of {case.base} is shared by {len(found)} owners"
            yield Hit(text, (f"among them: {names}", f"subject: {leaf.subject}"))


RULES: tuple[Rule, ...] = (
    Rule(
        id="third-party-host",
        severity=Severity.ERROR,
        reason="A third party owes your pins nothing: its next routine renewal is your outage.",
        cure="Remove the policy, or get the pins and a notice period from that party in writing.",
        check=third_party,
    ),
    Rule(
        id="cdn-host",
        severity=Severity.WARNING,
        reason="The provider renews and changes CA by its own schedule, with a new key.",
        cure="Upload a certificate with a key of your own to the provider and pin that key, or "
        "pin roots of every CA the provider may use, or do not pin this host.",
        check=served_by_others,
    ),
    Rule(
        id="shared-key",
        severity=Severity.WARNING,
        reason="Whoever holds that key holds it for strangers too, and reissues when one of them "
        "comes or goes.",
        cure="Get a certificate with a key of your own for this host before pinning it.",
        check=shared,
    ),
)
