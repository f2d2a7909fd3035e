"""The losses that follow from a form's abilities: one function a feature, and the table of them.

Where nothing is lost, reading what was written gives the same pin set: the tests hold every form to
that, so a feature that is missing here would be found by them.
"""

from collections.abc import Callable, Iterator

from keypin.formats.abilities import EXACT, ONE_LABEL, SUBDOMAINS, Abilities, Expiry, Positions
from keypin.formats.loss import Effect, Loss, lost
from keypin.formats.notes import (
    is_sayable,
    pin_note,
    policy_notes,
    read_pin_note,
    read_policy_notes,
)
from keypin.formats.overlaps import overlaps
from keypin.formats.texts import EXEMPT, NO_BACKUP
from keypin.pins import Mode, Of, OnExpiry, PinPosition, PinSet, Policy, PolicyPin, Role
from keypin.pins.ca_facts import known_key
from keypin.pins.policy import ENOUGH_PINS


def losses(pin_set: PinSet, can: Abilities) -> Iterator[Loss]:
    """Yield what a form of these abilities cannot say of a pin set."""
    if pin_set.name is not None and not (can.names and is_sayable(pin_set.name, can.forbidden)):
        yield Loss(
            id="name",
            effect=Effect.DROPPED,
            subject=pin_set.name,
            message="the name of the pin set is not written",
            cure="keep it in pins.toml",
        )
    for policy in pin_set.policies:
        for check in _PINNED if policy.exempt is None else _EXEMPT:
            yield from check(policy, can)
    yield from overlaps(pin_set, can)


def _hosts(policy: Policy, can: Abilities) -> Iterator[Loss]:
    pattern = policy.host
    if pattern.wildcard not in can.wildcards:
        what = {
            EXACT: f"{pattern} alone: it would cover the subdomains too",
            ONE_LABEL: f"{pattern}: it would cover other hosts than those one label below",
            SUBDOMAINS: f"{pattern}: hosts are named one by one",
        }[pattern.wildcard]
        yield lost(policy, "host-pattern", Effect.BREAKS, what, "name the hosts in another way")
    if not can.dotless and not set(".:") & set(pattern.name):
        message = "a name without a dot is written, and not read back from source code"
        yield lost(policy, "dotless-host", Effect.DROPPED, message, "keep it in pins.toml")
    if pattern.wide and not can.suffixes:
        message = f"{pattern} covers a public suffix, below which everybody registers names"
        yield lost(policy, "public-suffix", Effect.BREAKS, message, "name the hosts that are yours")
    if not can.addresses and _is_address(pattern.name):
        message = "its platform does not pin IP addresses, so nothing would be checked"
        yield lost(policy, "ip-address", Effect.WEAKER, message, "pin a name")


def _is_address(name: str) -> bool:
    """Tell whether a canonical host is an IP address; a last label of digits is no name's."""
    return ":" in name or name.rpartition(".")[2].isdigit()


def _kinds(policy: Policy, can: Abilities) -> Iterator[Loss]:
    for entry in (*policy.pins, *policy.also):
        if not can.of:
            text = (
                "it compares whole certificates, which no digest gives back; give it the "
                "certificates themselves"
            )
            yield _of_pin(policy, entry, "digests", Effect.BREAKS, text)
        elif entry.pin.of not in can.of:
            of_key = entry.pin.of is Of.SPKI
            kind, other = ("key", "certificate") if of_key else ("certificate", "key")
            text = (
                f"it does not compare the {kind}, so that {entry.pin} would be missing; pin the "
                f"{other} and take this one out"
            )
            yield _of_pin(policy, entry, "kind", Effect.BREAKS, text)
        elif entry.pin.algorithm not in can.digests:
            text = (
                f"{entry.pin.algorithm} is not known to its platform, so that {entry.pin} would be "
                "missing; pin the SHA-256 digest"
            )
            yield _of_pin(policy, entry, "digest", Effect.BREAKS, text)


def _of_pin(policy: Policy, entry: PolicyPin, id: str, effect: Effect, text: str) -> Loss:  # noqa: A002
    """Return a loss of a pin; its text is the message and the cure, with a semicolon between."""
    message, _, cure = text.partition("; ")
    place = entry.place or policy.place
    subject = str(policy.host)
    return Loss(id=id, effect=effect, subject=subject, message=message, cure=cure, place=place)


def _positions(policy: Policy, can: Abilities) -> Iterator[Loss]:
    check = _BY_POSITIONS.get(can.positions)
    if check is not None:
        for entry in (*policy.pins, *policy.also):
            if (loss := check(policy, entry)) is not None:
                yield loss
    if can.positions is Positions.LEAF_OR_CA:
        yield from _two_lists(policy)


def _anywhere(policy: Policy, entry: PolicyPin) -> Loss | None:
    if entry.pin.position is PinPosition.ANY:
        return None
    text = (
        f"{entry.pin} would match at any position, not only as {entry.pin.position}; nothing, if "
        "its holder is trusted with either"
    )
    return _of_pin(policy, entry, "position", Effect.WIDER, text)


def _leaf_alone(policy: Policy, entry: PolicyPin) -> Loss | None:
    position = entry.pin.position
    if position is PinPosition.LEAF:
        return None
    known = known_key(entry.pin)
    if position is PinPosition.ANY and known is None:
        text = (
            f"only the leaf is compared, and should {entry.pin} be a CA's it can never match; say "
            'position = "leaf" for it'
        )
        return _of_pin(policy, entry, "leaf-alone", Effect.STRICTER, text)
    whose = f"of the CA {known.name}" if known else f"of the position {position}"
    text = (
        f"only the leaf is compared, and {entry.pin}, {whose}, can never match; pin the leaf's key"
    )
    return _of_pin(policy, entry, "leaf-alone", Effect.BREAKS, text)


def _leaf_or_ca(policy: Policy, entry: PolicyPin) -> Loss | None:
    position = entry.pin.position
    if position in (PinPosition.LEAF, PinPosition.CA):
        return None
    if position is not PinPosition.ANY:
        return _any_ca(policy, entry)
    if known_key(entry.pin) is None:
        text = (
            f"{entry.pin} must be said to be of the leaf or of a CA; say "
            'position = "leaf" or position = "ca" for it'
        )
        return _of_pin(policy, entry, "position", Effect.BREAKS, text)
    text = f'{entry.pin} would match as a CA alone; say position = "ca" for it'
    return _of_pin(policy, entry, "position", Effect.STRICTER, text)


def _any_ca(policy: Policy, entry: PolicyPin) -> Loss | None:
    position = entry.pin.position
    if position not in (PinPosition.INTERMEDIATE, PinPosition.ROOT):
        return None
    text = f'{entry.pin} would match as any CA, not only as {position}; say position = "ca" for it'
    return _of_pin(policy, entry, "position", Effect.WIDER, text)


_BY_POSITIONS: dict[Positions, Callable[[Policy, PolicyPin], Loss | None]] = {
    Positions.ANY: _anywhere,
    Positions.LEAF: _leaf_alone,
    Positions.LEAF_OR_CA: _leaf_or_ca,
    Positions.BOTH_USAGES: _any_ca,
}


def _two_lists(policy: Policy) -> Iterator[Loss]:
    """Yield the loss of a list that mixes leaves and CAs: the platform would demand both."""
    kinds = [
        {entry.pin.position is PinPosition.LEAF for entry in entries}
        for entries in (policy.pins, policy.also)
        if entries
    ]
    if any(len(kind) > 1 for kind in kinds) or (len(kinds) > 1 and kinds[0] == kinds[1]):
        message = "pins of the leaf and of CAs would both have to match, where one is to be enough"
        cure = "keep pins of one kind, or put the others into also_pins"
        yield lost(policy, "both-lists", Effect.BREAKS, message, cure)


def _backup(policy: Policy, can: Abilities) -> Iterator[Loss]:
    different = {entry.pin.digest for entry in policy.pins}
    if len(different) < can.fewest:
        message = f"its platform refuses fewer than {can.fewest} pins"
        yield lost(policy, "too-few-pins", Effect.BREAKS, message, "add a backup pin")
    implied = NO_BACKUP if len(different) < ENOUGH_PINS else None
    if policy.no_backup != implied and not _tells(policy, can, "no_backup"):
        message = "the reason why there is no backup pin is not written"
        yield lost(policy, "no-backup", Effect.DROPPED, message, "keep it in pins.toml")


def _tells(policy: Policy, can: Abilities, key: str) -> bool:
    """Tell whether the notes above a host give one of the policy's texts back."""
    allowed = can.comments if key == "comment" else can.reasons
    told = read_policy_notes(policy_notes(policy, can.forbidden))
    return allowed and told.get(key) == getattr(policy, key)


def _expiry(policy: Policy, can: Abilities) -> Iterator[Loss]:
    if policy.expires is None:
        if policy.on_expiry is not OnExpiry.REPORT:
            message = "on_expiry without expires is not written"
            yield lost(policy, "on-expiry", Effect.DROPPED, message, "take it out")
        return
    if can.expiry is Expiry.NONE:
        message = "it has no expiry: these pins are enforced until a new release is installed"
        cure = "plan that release before the date"
        yield lost(policy, "expiry", Effect.STRICTER, message, cure)
        return
    exact = policy.expires.microsecond == 0 or can.expiry is Expiry.MOMENT
    if can.expiry is Expiry.DATE:
        exact = policy.expires == policy.expires.replace(hour=0, minute=0, second=0, microsecond=0)
    if not exact:
        message = f"{can.expiry} is all it can say: these pins expire up to one later"
        yield lost(
            policy, "expiry-time", Effect.STRICTER, message, f"let them expire at {can.expiry}"
        )
    if can.on_expiry not in (None, policy.on_expiry):
        yield _on_expiry(policy)


def _on_expiry(policy: Policy) -> Loss:
    if policy.on_expiry is OnExpiry.REFUSE:
        message = "its platform stops to pin at expiry, where every connection is to be refused"
        return lost(policy, "on-expiry", Effect.WEAKER, message, 'say on_expiry = "allow"')
    message = "its platform stops to pin at expiry and reports nothing then"
    return lost(policy, "on-expiry", Effect.DROPPED, message, 'say on_expiry = "allow"')


def _settings(policy: Policy, can: Abilities) -> Iterator[Loss]:
    if policy.mode is Mode.REPORT and not can.report_only:
        message = "it cannot report without refusing: a mismatch would break the connection"
        cure = "leave it out there, or switch to enforce"
        yield lost(policy, "report-mode", Effect.BREAKS, message, cure)
    if policy.report_to and not can.report_to:
        message = "report addresses are not written: mismatches are not reported"
        yield lost(policy, "reports", Effect.DROPPED, message, "collect the errors of the clients")
    if policy.denied and not can.denied:
        message = f"denied keys cannot be said, and {policy.denied[0]} would no longer be refused"
        yield lost(policy, "denied", Effect.WEAKER, message, "take its pins' issuer out instead")
    if policy.also and not can.also:
        message = "it has one list of pins, so that also_pins would not have to match"
        yield lost(policy, "also", Effect.WEAKER, message, "pin by one list")


def _words(policy: Policy, can: Abilities) -> Iterator[Loss]:
    entries = (*policy.pins, *policy.also)
    if not can.roles and any(entry.role is not Role.ACTIVE for entry in entries):
        message = "which pins are backups is not written"
        yield lost(policy, "roles", Effect.DROPPED, message, "keep it in pins.toml")
    if not all(_tells_comment(entry, can) for entry in entries):
        message = "comments of pins are not written, or not all of them"
        yield lost(policy, "comments", Effect.DROPPED, message, "keep them in pins.toml")
    yield from _comment(policy, can)


def _tells_comment(entry: PolicyPin, can: Abilities) -> bool:
    if entry.comment is None:
        return True
    return can.comments and read_pin_note(pin_note(entry, can.forbidden))[1] == entry.comment


def _comment(policy: Policy, can: Abilities) -> Iterator[Loss]:
    if policy.comment is not None and not _tells(policy, can, "comment"):
        message = "the policy's comment is not written"
        yield lost(policy, "comment", Effect.DROPPED, message, "keep it in pins.toml")


def _exemption(policy: Policy, can: Abilities) -> Iterator[Loss]:
    if can.exempt and policy.host.wildcard and not can.exempt_below:
        message = "an exemption is for one name there, not for its subdomains"
        yield lost(policy, "exempt-below", Effect.BREAKS, message, "exempt the hosts one by one")
    if can.exempt and policy.exempt != EXEMPT and not _tells(policy, can, "exempt"):
        message = "the reason of the exemption is not written"
        yield lost(policy, "exempt-reason", Effect.DROPPED, message, "keep it in pins.toml")
    yield from _comment(policy, can)


Check = Callable[[Policy, Abilities], Iterator[Loss]]
_PINNED: tuple[Check, ...] = (
    _hosts,
    _kinds,
    _positions,
    _backup,
    _expiry,
    _settings,
    _words,
)
_EXEMPT: tuple[Check, ...] = (_hosts, _exemption)
