"""The words of the gate's findings: pins by the names they are known by, chains, and next steps."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from keypin.certs import Certificate, Position, Reason, VerificationError, VerifiedChain
from keypin.pins import MismatchError, MismatchReason, Pin, Policy, PolicyPin, Role
from keypin.pins.ca_facts import known_key
from keypin.pins.story import name_of, plain
from keypin.rotation.release import Match

# Hosts that a sentence can hold.
_SHOWN = 3

Today = tuple[Match, ...] | None


def day(moment: datetime) -> str:
    """Return a day in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def joined(hosts: Iterable[str]) -> str:
    """Return hosts in words, the first few by name."""
    shown = list(dict.fromkeys(hosts))
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def why(refusal: MismatchError | VerificationError) -> str:
    """Return why a policy, or the verifier, does not accept a chain."""
    if isinstance(refusal, VerificationError):
        return refusal.detail
    if refusal.denied is not None:
        pin, certificate = refusal.denied
        return f"the chain has the denied key {pin} of {name_of(certificate)}"
    if refusal.reason is MismatchReason.EXPIRED_POLICY:
        expires = f"{refusal.policy.expires:%Y-%m-%d}"
        return f"its policy refuses every connection from its expiry on, {expires}"
    if refusal.missing != refusal.policy.pins:
        return "a pin matches, and none of those that must match as well"
    return "the chain has none of the keys that it pins"


def accepted(policy: Policy, today: Today) -> Iterator[str]:
    """Yield each pin that a policy accepts, with what is known of its key."""
    yield "it accepts:"
    for entry in policy.pins:
        yield f"  {entry.pin} {', '.join(_notes(entry, today))}"
    if policy.also:
        yield "and one of these as well:"
    for entry in policy.also:
        yield f"  {entry.pin} {', '.join(_notes(entry, today))}"


def _notes(entry: PolicyPin, today: Today) -> Iterator[str]:
    yield str(entry.role)
    if (known := known_key(entry.pin)) is not None:
        yield f"{known.name} of {known.operator}"
    if entry.comment:
        yield entry.comment
    if today and any(match.pin == entry for match in today):
        yield "matches what is deployed now"


def in_chain(chain: VerifiedChain, matches: Iterable[Match] = ()) -> Iterator[str]:
    """Yield the certificates of a chain as pins, those that match a pin with its role."""
    roles = {match.certificate: f", {match.pin.role} pin" for match in matches}
    for index, found in enumerate(chain):
        where = f"{chain.position(index)}{roles.get(found, '')}"
        yield f"  {Pin.of_key(found)} {where}, {short(found)}"


def short(certificate: Certificate) -> str:
    """Return what a person calls a certificate: its common name, or its subject."""
    return plain(certificate.common_name or name_of(certificate))


def said(match: Match) -> str:
    """Return a match in words."""
    return f"{match.pin.pin} {match.pin.role}, of the {match.position} {short(match.certificate)}"


def cure(refusal: MismatchError | VerificationError, today: Today) -> str:
    """Return what to do instead of deploying a chain that is refused."""
    if isinstance(refusal, VerificationError):
        return _verifiable(refusal)
    if refusal.denied is not None:
        return "Deploy another key: this one is denied for good."
    if refusal.reason is MismatchReason.EXPIRED_POLICY:
        return "No chain helps: ship a release with a later expiry, and have users update."
    if refusal.misplaced:
        entry, position = refusal.misplaced[0]
        return (
            f"The {entry.pin.position} pin {entry.pin} is in the chain as {position}: ship a "
            "release that pins it there, or deploy a chain that has it in its place."
        )
    return (
        f"{_key_to_deploy(refusal.missing, today)} Or ship a release that pins a key of this "
        "chain, and wait until its users have it."
    )


def _verifiable(problem: VerificationError) -> str:
    if len(problem.chain) == 1 and problem.reason in _INCOMPLETE:
        return "Give the whole file that the server will send: fullchain.pem, not cert.pem."
    return f"{problem.next_step[:1].upper()}{problem.next_step[1:]}."


_INCOMPLETE = {Reason.MISSING_INTERMEDIATE, Reason.UNKNOWN_ISSUER}


def _key_to_deploy(pins: tuple[PolicyPin, ...], today: Today) -> str:
    """Return which key to take: the one that is deployed now, a CA's, or one of the pins'."""
    if today and today[0].position is Position.LEAF:
        return f"Renew with the key that is deployed now, {today[0].pin.pin}."
    if today:
        return f"Have it issued under {short(today[0].certificate)}, as what is deployed now is."
    for entry in pins:
        known = known_key(entry.pin)
        if known is not None and entry.role is Role.ACTIVE:
            return f"Have it issued under {known.name} of {known.operator}."
    return f"Renew with the key of {pins[0].pin}, the {pins[0].role} pin."
