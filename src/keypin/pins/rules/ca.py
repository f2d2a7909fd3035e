"""Rules on pins of CA keys: intermediates that come and go, roots that have stand-ins.

Which key of a CA ends up in the verified chain is decided by the CA, by the server's configuration
and by the client's trust store, in that order of surprise. The facts are in
`keypin.pins.ca_facts`.
"""

from collections.abc import Iterator

from keypin.certs.verified import Position
from keypin.findings import Severity
from keypin.pins.ca_facts import (
    CROSS,
    CrossSign,
    KnownKey,
    Level,
    known_key,
    roots_of,
    rotation_by_name,
    rotation_of,
)
from keypin.pins.pin import Pin
from keypin.pins.policy import PolicyPin, Role
from keypin.pins.rules.rule import Case, Hit, Rule


def intermediate_rotates(case: Case) -> Iterator[Hit]:
    """Fire on an active pin of an intermediate whose CA is known to replace intermediates."""
    for entry in case.pins(Role.ACTIVE):
        known = known_key(entry.pin)
        if known is not None and known.level is Level.INTERMEDIATE:
            name, rotation = known.name, rotation_of(known.operator)
        else:
            seen = [s for s in case.matches(entry.pin) if s.position is Position.INTERMEDIATE]
            # A cross-signed root stands in the middle of a chain without being an intermediate.
            if known is not None or not seen:
                continue
            name = seen[0].certificate.common_name or seen[0].certificate.subject
            rotation = rotation_by_name(seen[0].certificate)
        if rotation is not None and not _roots_pinned(case, rotation.operator):
            evidence = [f"{rotation.practice} ({rotation.source})"]
            if known is not None:
                evidence.append(f"{name}'s last certificate ends {known.not_after}")
            text = f"{entry.pin} pins the intermediate {name} of {rotation.operator}"
            yield Hit(text, tuple(evidence), entry.place)


def _roots_pinned(case: Case, operator: str) -> bool:
    """Whether all roots of an operator are accepted, so that its intermediates do not matter."""
    roots = roots_of(operator)
    return bool(roots) and all(root.pin in _accepted(case) for root in roots)


def _accepted(case: Case) -> dict[str, PolicyPin]:
    """Return the policy's pins by their text, which leaves out the position."""
    return {str(entry.pin): entry for entry in case.pins()}


def _in_use(case: Case, cross: CrossSign) -> bool:
    """Whether a chain through the cross-signed key is to be expected at these hosts."""
    if case.chains:
        return any(str(Pin.of_key(s.certificate)) == cross.subject.pin for s in case.seen())
    return cross.subject.operator == cross.by.operator


def _missed(case: Case) -> dict[KnownKey, list[CrossSign]]:
    """Return the cross-signs by a pinned root whose subject is not pinned, by that root."""
    accepted = _accepted(case)
    missed: dict[KnownKey, list[CrossSign]] = {}
    for cross in CROSS:
        covered = cross.subject.pin in accepted or cross.until < case.at.date()
        if cross.by.pin in accepted and not covered and _in_use(case, cross):
            missed.setdefault(cross.by, []).append(cross)
    return missed


def cross_sign_missed(case: Case) -> Iterator[Hit]:
    """Fire where a root is pinned whose cross-signed successor is trusted by itself elsewhere."""
    for root, crosses in _missed(case).items():
        names = ", ".join(cross.subject.name for cross in crosses)
        yield Hit(
            f"{root.name} is pinned without {names}: a client that trusts such a root "
            "itself builds a chain without the pinned key",
            tuple(
                f"missing: {cross.subject.pin}: {cross.subject.name}, cross-signed by "
                f"{root.name} until {cross.until}"
                for cross in crosses
            ),
            _accepted(case)[root.pin].place,
        )


def cross_signed_position(case: Case) -> Iterator[Hit]:
    """Fire on a root that is pinned as root only, while clients meet it as an intermediate."""
    accepted = _accepted(case)
    for cross in CROSS:
        entry = accepted.get(cross.subject.pin)
        if entry is None or entry.pin.position != "root" or cross.by.pin in accepted:
            continue
        if case.at.date() <= cross.until:
            yield Hit(
                f"{cross.subject.name} is pinned as a root only, but in clients that know only "
                f"{cross.by.name} it stands in the middle of the chain",
                (f"cross-signed by {cross.by.name} until {cross.until}",),
                entry.place,
            )


def root_set_incomplete(case: Case) -> Iterator[Hit]:
    """Fire where only some of the roots are pinned that a CA issues from as it likes."""
    accepted = _accepted(case)
    reported = {cross.subject for crosses in _missed(case).values() for cross in crosses}
    pinned = [key for key in map(known_key, accepted) if key is not None]
    operators = dict.fromkeys(key.operator for key in pinned if key.level is Level.ROOT)
    for operator in operators:
        # A CA that does not rotate at will keeps a customer under the root that was bought.
        rotation = rotation_of(operator)
        if rotation is None or not rotation.new_key:
            continue
        absent = [
            key for key in roots_of(operator) if key.pin not in accepted and key not in reported
        ]
        if absent:
            yield _incomplete(operator, absent)


def _incomplete(operator: str, absent: list[KnownKey]) -> Hit:
    names = ", ".join(key.name for key in absent)
    evidence = tuple(f"missing: {key.pin}: {key.name}" for key in absent)
    return Hit(f"{operator} also issues under roots that are not pinned: {names}", evidence)


def root_removed(case: Case) -> Iterator[Hit]:
    """Fire on a root that Mozilla no longer trusts: updated clients build other chains."""
    for entry in case.pins():
        key = known_key(entry.pin)
        if key is not None and key.removed and case.at.date() <= key.not_after:
            yield Hit(
                f"{key.name} has left Mozilla's root store",
                (f"{entry.pin}: {key.name}, {key.operator}, not in certifi 2026.10.18",),
                entry.place,
            )


RULES: tuple[Rule, ...] = (
    Rule(
        id="intermediate-rotates",
        severity=Severity.WARNING,
        reason="When the CA changes the intermediate, at a renewal you did not think about, every "
        "client is cut off.",
        cure="Pin the CA's roots, all of them, or a key of your own.",
        check=intermediate_rotates,
    ),
    Rule(
        id="root-misses-cross-sign",
        severity=Severity.WARNING,
        reason="Which of two roots a chain ends in depends on each client's trust store, so a part "
        "of the clients is refused.",
        cure="Add the missing root's pin, at any position.",
        check=cross_sign_missed,
    ),
    Rule(
        id="root-position-cross-signed",
        severity=Severity.WARNING,
        reason="A cross-signed root stands at another position in older clients.",
        cure="Allow the pin at any position, or add the cross-signing root's pin.",
        check=cross_signed_position,
    ),
    Rule(
        id="root-set-incomplete",
        severity=Severity.WARNING,
        reason="The CA may issue the next certificate under another of its roots.",
        cure="Add the pins of the missing roots, or pin a key of your own.",
        check=root_set_incomplete,
    ),
    Rule(
        id="root-removed",
        severity=Severity.WARNING,
        reason="Clients with a current trust store no longer build chains to this root.",
        cure="Add the pin of the root that the server's chain ends in now, then retire this one.",
        check=root_removed,
    ),
)
