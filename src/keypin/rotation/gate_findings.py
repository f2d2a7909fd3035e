"""The gate's answer as findings: what would break, on what evidence, and what to do instead.

Hosts of one release that one policy decides, and that fare alike, are one finding: a certificate
may bear a hundred names. So are all hosts for which the chain does not verify for the same reason,
for no policy decides that.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from keypin.certs import VerificationError
from keypin.findings import Finding, Severity
from keypin.pins import MismatchError, MismatchReason, Role
from keypin.pins.story import plain
from keypin.rotation.gate import Judgement, Outcome
from keypin.rotation.gate_words import accepted, cure, day, in_chain, joined, said, why

Group = tuple[Judgement, ...]

SEVERITIES: dict[str, Severity] = {
    "gate-breaks": Severity.ERROR,
    "gate-some-paths": Severity.ERROR,
    "gate-not-verified": Severity.ERROR,
    "gate-would-report": Severity.WARNING,
    "gate-on-backup": Severity.WARNING,
    "gate-on-retiring": Severity.WARNING,
    "gate-breaks-later": Severity.WARNING,
    "gate-policy-expires": Severity.NOTE,
    "gate-not-pinned": Severity.NOTE,
}
"""Every finding of the gate; an error is what no release in the field survives."""


def findings(
    judgements: Iterable[Judgement], *, require_pinned: bool = False, any_path: bool = False
) -> tuple[Finding, ...]:
    """Return what is to be said of judgements, release by release.

    Args:
        judgements: what `judge` returned.
        require_pinned: a release that pins none of the hosts is an error, not a note.
        any_path: one chain that matches is enough, as it is for keypin's own contexts.
    """
    graver = {"gate-not-pinned": Severity.ERROR} if require_pinned else {}
    milder = {"gate-some-paths": Severity.WARNING} if any_path else {}
    changed = graver | milder
    found: list[Finding] = []
    for _, several in groupby(judgements, key=lambda one: id(one.release)):
        of_release = tuple(several)
        if all(one.state.outcome is Outcome.NOT_PINNED for one in of_release):
            found.append(_not_pinned(of_release))
        for group in alike(of_release):
            found += (one for rule in _RULES for one in rule(group))
    return tuple(replace(one, severity=changed.get(one.id, one.severity)) for one in found)


def alike(judgements: Group) -> tuple[Group, ...]:
    """Return the judgements of one release, those together that differ in their host alone."""
    groups: dict[object, list[Judgement]] = {}
    for one in judgements:
        changes = tuple((state.at, state.outcome) for state in one.later)
        decides: object = id(one.state.policy)
        if isinstance(one.state.refusal, VerificationError):
            decides = one.state.refusal.detail, one.state.policy and one.state.policy.expires
        key = decides, one.state.outcome, one.state.matches, changes
        groups.setdefault(key, []).append(one)
    return tuple(map(tuple, groups.values()))


def _finding(
    group: Group, name: str, message: str, cure: str, evidence: Iterable[str] = ()
) -> Finding:
    release, policy = group[0].release.name, group[0].state.policy
    several = any(one.state.policy is not policy for one in group)
    place = policy.place if policy and not several else None
    label = "" if place and place.file == release else f"{release}: "
    return Finding(
        id=name,
        severity=SEVERITIES[name],
        subject=release,
        message=plain(label + message),
        cure=plain(cure),
        evidence=tuple(map(plain, evidence)),
        place=place,
    )


def _hosts(group: Group) -> str:
    return joined(one.name.shown for one in group)


def _pass(group: Group) -> str:
    return f"{_hosts(group)} {'passes' if len(group) == 1 else 'pass'}"


def _refused(group: Group) -> Iterator[Finding]:
    """Say that clients would refuse the chain, or report it."""
    state, today = group[0].state, group[0].today
    error = state.refusal
    if error is None or state.outcome is Outcome.SOME_PATHS:
        return
    name, consequence, evidence = "gate-breaks", "would break", list[str]()
    if isinstance(error, MismatchError):
        evidence = [*accepted(error.policy, today), "the chain has:", *in_chain(error.chain)]
        if state.outcome is Outcome.REPORTS:
            name, consequence = "gate-would-report", "would not break, but report each connection"
    else:
        name = "gate-not-verified"
        consequence = "would break, whatever is pinned, for the chain does not verify"
    message = f"{_hosts(group)} {consequence}: {why(error)}"
    yield _finding(group, name, message, cure(error, today), evidence)


def _some_paths(group: Group) -> Iterator[Finding]:
    state = group[0].state
    if state.outcome is not Outcome.SOME_PATHS:
        return
    missed = sum(path.mismatch is not None for path in state.paths)
    yield _finding(
        group,
        "gate-some-paths",
        f"{_hosts(group)} would break for some clients: of the {len(state.paths)} chains that "
        f"clients may build, {missed} {'has' if missed == 1 else 'have'} no pinned key",
        "Pin a key that stands in each of them, as the leaf's; or leave the cross-signed "
        "certificate out of the file, if no client needs it.",
        (
            line
            for number, path in enumerate(state.paths, 1)
            for line in (f"chain {number}:", *in_chain(path.chain, path.matches))
        ),
    )


def _on_one_leg(group: Group) -> Iterator[Finding]:
    """Say that only backup or retiring pins match: the next key to be lost may be the last."""
    state = group[0].state
    roles = {match.pin.role for match in state.matches}
    if state.policy is None or not roles or Role.ACTIVE in roles:
        return
    evidence = map(said, state.matches)
    if Role.BACKUP not in roles:
        message = f"{_pass(group)} by a retiring pin alone, which later releases may lack"
        yield _finding(
            group, "gate-on-retiring", message, "Deploy the key of an active pin.", evidence
        )
        return
    matching = {match.pin for match in state.matches}
    left = [one for one in state.policy.pins if one not in matching and one.role is Role.BACKUP]
    count = f"{len(left)} other{' is' if len(left) == 1 else 's are'}" if left else "no other is"
    yield _finding(
        group,
        "gate-on-backup",
        f"{_pass(group)} by a backup pin: once deployed, that key is no backup any more, and "
        f"{count} left",
        "Deploy it if the active key had to go. Then make a new key, keep it offline, and ship "
        "its pin as backup.",
        evidence,
    )


_WORSE = {Outcome.BREAKS, Outcome.SOME_PATHS, Outcome.NOT_VERIFIED}


def _later(group: Group) -> Iterator[Finding]:
    """Say when a chain that is accepted on the first day will not be any more."""
    first = group[0]
    for state in first.later:
        error = state.refusal
        if error is None or state.outcome not in _WORSE or first.state.outcome in _WORSE:
            continue
        expired = isinstance(error, MismatchError) and error.reason is MismatchReason.EXPIRED_POLICY
        yield _finding(
            group,
            "gate-breaks-later",
            f"{_hosts(group)} would break on {day(state.at)}, and the certificate lives until "
            f"{day(first.leaf.not_after)}: {why(error)}",
            "Ship a release with a later expiry before that day."
            if expired
            else "Deploy a chain that lasts before that day.",
        )
        return


def _expiry(group: Group) -> Iterator[Finding]:
    """Say when pins are no longer enforced, which no outcome tells where the chain passes."""
    first = group[0]
    policy = first.state.policy
    if policy is None or policy.expires is None or not policy.enforced(first.state.at):
        return
    if policy.expires <= first.leaf.not_after and not policy.enforced(policy.expires):
        yield _finding(
            group,
            "gate-policy-expires",
            f"from {day(policy.expires)} on no pin protects {_hosts(group)}, and the certificate "
            f"lives until {day(first.leaf.not_after)}",
            "Ship a release with a later expiry, if it is to stay pinned.",
        )


_RULES: tuple[Callable[[Group], Iterator[Finding]], ...] = (
    _refused,
    _some_paths,
    _on_one_leg,
    _later,
    _expiry,
)


def _not_pinned(group: Group) -> Finding:
    nearest = next((one.nearest for one in group if one.nearest is not None), None)
    hint = f"; the nearest is for {nearest}" if nearest else ""
    return _finding(
        group,
        "gate-not-pinned",
        f"not pinned: no policy covers {_hosts(group)}{hint}",
        "Nothing, if this release does not pin these hosts; else give the pins it was shipped "
        "with.",
    )
