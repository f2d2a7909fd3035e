"""What changes for whom between two pin sets: not which lines differ, but which verdicts do.

Two files may differ everywhere and decide the same, or by a word and unpin a domain. So hosts are
asked, not lines: for every name that either set mentions the name itself, a host one label below
and one further below, which are all the cases that host patterns tell apart.

What lets more chains pass is an error, what refuses more is a warning: the one weakens, the other
may brick whoever still shows the old key.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from keypin.findings import Finding, Severity
from keypin.pins.pin import Pin, PinPosition
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Mode, Policy, PolicyPin

# Labels that no set is likely to name: they stand for every host below that has no policy.
_BELOW = "keypin-any"
_DEEPER = "keypin-deeper"


@dataclass(frozen=True, slots=True)
class _Hosts:
    """Some hosts that are decided alike: how they are called, and one of them."""

    called: str
    host: str


def diff(before: PinSet, after: PinSet) -> tuple[Finding, ...]:
    """Return what `after` decides otherwise than `before`, host by host.

    Args:
        before: the pin set as it was, or as one platform has it.
        after: the pin set as it will be, or as another platform has it.

    Returns:
        A finding for each change, with the place in `after` where there is one; empty where both
        decide the same about every host and chain.
    """
    return tuple(
        finding
        for name in _names(before, after)
        for hosts in _told_apart(name, before, after)
        for finding in _changes(
            hosts.called,
            before.policy_for_canonical(hosts.host),
            after.policy_for_canonical(hosts.host),
        )
    )


def _names(before: PinSet, after: PinSet) -> list[str]:
    patterns = (policy.host for pin_set in (before, after) for policy in pin_set.policies)
    return list(dict.fromkeys(pattern.name for pattern in patterns))


def _told_apart(name: str, before: PinSet, after: PinSet) -> Iterator[_Hosts]:
    """Yield the hosts of a name that at least one of both sets tells from the others."""
    yield _Hosts(name, name)
    wildcards = {
        policy.host.wildcard for pin_set in (before, after) for policy in _of_name(pin_set, name)
    }
    if wildcards - {""}:
        yield _Hosts(f"*.{name}", f"{_BELOW}.{name}")
    if "**." in wildcards:
        yield _Hosts(f"*.*.{name}", f"{_DEEPER}.{_BELOW}.{name}")


def _of_name(pin_set: PinSet, name: str) -> Iterator[Policy]:
    for wildcard in ("", "*.", "**."):
        policy = pin_set.policy_of(wildcard, name)
        if policy is not None:
            yield policy


def _changes(called: str, before: Policy | None, after: Policy | None) -> Iterator[Finding]:
    if before is None or after is None:
        if before is not None:
            yield _finding("diff-unpinned", Severity.ERROR, called, "is no longer pinned", None)
        elif after is not None:
            pins = ", ".join(str(entry.pin) for entry in after.pins)
            yield _finding(
                "diff-pinned", Severity.WARNING, called, f"is pinned now, to {pins}", after
            )
        return
    yield from _pins(called, before, after)
    yield from _settings(called, before, after)


def _pins(called: str, before: Policy, after: Policy) -> Iterator[Finding]:
    """Yield which keys are accepted or refused that were not before."""
    old, new = _accepted(before.pins), _accepted(after.pins)
    for pin in sorted(new - old, key=str):
        text = f"accepts {_told(pin)} now"
        yield _finding("diff-accepts", Severity.ERROR, called, text, after)
    for pin in sorted(old - new, key=str):
        text = f"no longer accepts {_told(pin)}"
        yield _finding("diff-refuses", Severity.WARNING, called, text, after)
    if _accepted(before.also) != _accepted(after.also):
        stricter = bool(after.also) and _accepted(after.also) <= _accepted(before.also)
        if stricter or not before.also:
            rule, severity = "diff-refuses", Severity.WARNING
        else:
            rule, severity = "diff-accepts", Severity.ERROR
        yield _finding(rule, severity, called, "demands other pins as well", after)
    for pin in sorted(set(before.denied) - set(after.denied), key=str):
        text = f"no longer denies {_told(pin)}"
        yield _finding("diff-accepts", Severity.ERROR, called, text, after)
    for pin in sorted(set(after.denied) - set(before.denied), key=str):
        text = f"denies {_told(pin)} now"
        yield _finding("diff-refuses", Severity.WARNING, called, text, after)


def _accepted(entries: tuple[PolicyPin, ...]) -> set[Pin]:
    return {entry.pin for entry in entries}


def _told(pin: Pin) -> str:
    where = "" if pin.position is PinPosition.ANY else f" as {pin.position}"
    return f"{pin}{where}"


def _settings(called: str, before: Policy, after: Policy) -> Iterator[Finding]:
    if before.mode is not after.mode:
        weaker = after.mode is Mode.REPORT
        text = "only reports mismatches now" if weaker else "refuses mismatches now"
        yield _switch(called, text, after, weaker=weaker)
    if (before.expires, before.on_expiry) != (after.expires, after.on_expiry):
        text = f"{_ends(after)}, where it {_ends(before)}"
        yield _finding("diff-expiry", Severity.WARNING, called, text, after)
    if set(before.report_to) != set(after.report_to):
        text = f"reports to {', '.join(after.report_to) or 'nobody'} now"
        yield _finding("diff-reports", Severity.NOTE, called, text, after)


def _switch(called: str, text: str, after: Policy, *, weaker: bool) -> Finding:
    severity = Severity.ERROR if weaker else Severity.WARNING
    return _finding("diff-mode", severity, called, text, after)


def _ends(policy: Policy) -> str:
    if policy.expires is None:
        return "never expires"
    return f"expires on {policy.expires:%Y-%m-%d %H:%M} UTC and then does {policy.on_expiry}"


_CURES = {
    "diff-unpinned": "Pin it, or say why it is exempt.",
    "diff-pinned": "Make sure that every server of these hosts shows one of these keys.",
    "diff-accepts": "Make sure that this key is yours or your CA's.",
    "diff-refuses": "Make sure that no server of these hosts shows this key any more.",
    "diff-mode": "Make sure that this is meant.",
    "diff-expiry": "Make sure that a release with new pins is out before.",
    "diff-reports": "Make sure that somebody reads them.",
}


def _finding(id: str, severity: Severity, called: str, text: str, after: Policy | None) -> Finding:  # noqa: A002
    return Finding(
        id=id,
        severity=severity,
        subject=called,
        message=f"{called} {text}",
        cure=_CURES[id],
        place=after.place if after else None,
    )
