"""Who issued a certificate that a log published, and whether that was expected.

Expected is who the user names, and whose key the releases pin. Where nobody is named and no CA is
pinned, nothing is expected, and nothing is said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keypin.certs import Certificate
from keypin.ct.caa import identifiers_of, operators_of, same
from keypin.pins import PinPosition, Policy, PolicyPin
from keypin.pins.ca_facts import known_key
from keypin.rotation.issued import Issued
from keypin.rotation.known_chain import KnownChain, Told

# Positions at which no server's own key can match.
_OF_CAS = {PinPosition.INTERMEDIATE, PinPosition.ROOT, PinPosition.CA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issued a certificate.

    Attributes:
        name: what to call it: common name and organisation.
        organization: its organisation, if it says one.
        identifiers: the names that it answers to in CAA records; empty where they are not known.
        expected: whether it was expected; `UNKNOWN` where nothing says so.
        why: what the answer rests on, in words.
        by_name: whether the user's own words decided.
    """

    name: str
    organization: str | None
    identifiers: frozenset[str]
    expected: Told
    why: str
    by_name: bool = False


def issuer_of(
    issued: Issued, *, expected: Iterable[str] = (), policies: Iterable[Policy] = ()
) -> Issuer:
    """Say who issued a certificate, and whether that was expected.

    Args:
        issued: what a log published.
        expected: whom the user expects: common names or organisations of issuers or of CAs above
            them, operators, or names in CAA records; in any case of letters.
        policies: those of the watched name in all releases, whose pinned CAs are expected.
    """
    chains, names = issued.chains(), tuple(expected)
    common_name, organization = _who(issued, chains)
    told = _by_pins(chains, tuple(policies))
    by_name = bool(names) and told is not Told.YES
    if by_name:
        found = {same(one) for one in names} & {same(one) for one in _names(issued, chains)}
        told = Told.YES if found else Told.NO
    return Issuer(
        name=" of ".join(one for one in (common_name, organization) if one) or "(no name)",
        organization=organization,
        identifiers=identifiers_of(organization),
        expected=told,
        why=f"it was to come from {' or '.join(names)}" if by_name else _WHY[told],
        by_name=by_name,
    )


_WHY = {
    Told.YES: "its key, or that of a CA above it, is pinned",
    Told.NO: "the pins name other CAs",
    Told.UNKNOWN: "nobody is named, and no pin tells",
}


def _who(issued: Issued, chains: tuple[KnownChain, ...]) -> tuple[str | None, str | None]:
    """Return common name and organisation: of the final issuer, where it is known."""
    for chain in chains:
        for issuer in chain.certificates[1:2]:
            return issuer.common_name, issuer.subject_organization
    leaf = issued.certificate
    return leaf.issuer_common_name, leaf.issuer_organization


def _names(issued: Issued, chains: tuple[KnownChain, ...]) -> Iterator[str]:
    """Yield all that an issuer may be called."""
    common_name, organization = _who(issued, chains)
    above = {one for chain in chains for one in chain.certificates[1:]}
    organizations = {organization, *(one.subject_organization for one in above)}
    yield from (one for one in (common_name, *(one.common_name for one in above)) if one)
    yield from (one for one in organizations if one)
    yield from operators_of(organization)
    yield from identifiers_of(organization)


def _by_pins(chains: tuple[KnownChain, ...], policies: tuple[Policy, ...]) -> Told:
    """Say whether the pins expect the issuer: one of a CA in a chain does, others of CAs do not."""
    above = [one for chain in chains for one in chain.certificates[1:]]
    entries = [entry for policy in policies for entry in (*policy.pins, *policy.also)]
    if any(_is_above(entry, above) for entry in entries):
        return Told.YES
    whole = all(chain.rooted for chain in chains)
    return Told.NO if whole and any(map(_of_a_ca, entries)) else Told.UNKNOWN


def _is_above(entry: PolicyPin, above: list[Certificate]) -> bool:
    return entry.pin.position is not PinPosition.LEAF and any(map(entry.pin.is_of, above))


def _of_a_ca(entry: PolicyPin) -> bool:
    """Tell whether a pin is a CA's for certain."""
    return entry.pin.position in _OF_CAS or known_key(entry.pin) is not None
