"""The words of a forecast: what happens to whom, on what evidence, and what to do.

The facts of an event say which words there are; a sentence names the host, the users and the day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keypin.certs import Certificate
from keypin.pins import Pin, Policy
from keypin.rotation import gate_words, issued_words
from keypin.rotation.forecast import (
    Ending,
    Event,
    Exhausted,
    Expired,
    Kind,
    Logged,
    Refused,
)
from keypin.rotation.gate_words import accepted, day, in_chain, said, short
from keypin.rotation.release import Match

# Releases that a sentence can hold.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words.

    Attributes:
        message: what happens, one sentence without a full stop.
        next_step: what to do, in the imperative.
        evidence: the facts that it rests on, a line each.
    """

    message: str
    next_step: str
    evidence: tuple[str, ...]


def tell(event: Event) -> Told:
    """Return an event in words."""
    match event.rows[0].facts:
        case Refused() as facts:
            return _refused(event, facts)
        case Ending() as facts:
            return _ending(event, facts)
        case Exhausted() as facts:
            return _exhausted(event, facts)
        case Expired() as facts:
            return _expired(event, facts)
        case facts:
            return _logged(event, facts)


def who(event: Event) -> str:
    """Return whom it hits, as `41% of users (3.1, 3.2)`."""
    if not event.releases:
        return "everybody"
    names = [str(one) for one in event.releases]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{'; '.join(map(str, event.hits))} ({', '.join(names[:_SHOWN])}{more})"


def _where(event: Event) -> str:
    return f"{event.host}{' on some connections' if event.rows[0].partly else ''}"


def _refused(event: Event, facts: Refused) -> Told:
    when = "now" if event.kind is Kind.BREAKS_NOW else f"on {day(event.at)}"
    what = f"{_where(event)} breaks {when} for {who(event)}"
    if facts.plan is not None:
        what = f"{facts.plan.name} would break {_where(event)} {when} for {who(event)}"
    elif event.kind is Kind.NOT_VERIFIED:
        what = f"nobody can connect to {_where(event)}"
    policies = (
        (str(row.used), row.facts.policy) for row in event.rows if isinstance(row.facts, Refused)
    )
    return Told(
        f"{what}: {gate_words.why(facts.refusal)}",
        gate_words.cure(facts.refusal, facts.today),
        (*_accepted(policies, facts.today), *_shown(facts)),
    )


def _accepted(
    policies: Iterable[tuple[str, Policy | None]], today: tuple[Match, ...] | None
) -> Iterator[str]:
    """Yield what releases accept; those that pin the same together."""
    alike: dict[object, list[tuple[str, Policy]]] = {}
    for name, policy in policies:
        if policy is not None:
            alike.setdefault((policy.pins, policy.also), []).append((name, policy))
    for group in alike.values():
        if len(alike) > 1:
            yield f"{', '.join(name for name, _ in group)}:"
        yield from accepted(group[0][1], today)


def _shown(facts: Refused) -> Iterator[str]:
    """Yield the chain on each path, or the certificate where there is none."""
    if not facts.state.paths:
        yield _named(facts.certificate)
    for path in facts.state.paths:
        yield "the chain has:"
        yield from in_chain(path.chain, path.matches)


def _named(certificate: Certificate) -> str:
    until = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"
    return f"{Pin.of_key(certificate)} {short(certificate)}, valid until {until}"


def _called(certificate: Certificate) -> str:
    """Return a certificate in a sentence: a server's own, or one above it by its name."""
    return f"the CA certificate {short(certificate)}" if certificate.is_ca else "its certificate"


def _ending(event: Event, facts: Ending) -> Told:
    plan = facts.plan
    unless = f", unless {plan.name} replaces it on {day(plan.at)}" if plan else ""
    return Told(
        f"nobody can connect to {_where(event)} from {day(event.at)} on: "
        f"{_called(facts.certificate)} expires{unless}",
        f"Carry out {plan.name} in time."
        if plan
        else "Deploy a chain that lasts, and ask the gate before whether each release accepts it.",
        (_named(facts.certificate),),
    )


def _exhausted(event: Event, facts: Exhausted) -> Told:
    return Told(
        f"{event.host} has no pin in reserve for {who(event)}: every pinned key is in use, and the "
        f"last of their certificates, {_called(facts.certificate)}, expires on {day(event.at)}",
        "Ship a release that pins what comes after it, and have users update before that day."
        if facts.certificate.is_ca
        else "Renew with the same key, and ship a release with a backup pin.",
        (_named(facts.certificate), f"matched by {said(facts.match)}"),
    )


def _expired(event: Event, facts: Expired) -> Told:
    policy, until = facts.policy, day(event.at)
    written = f", written at {policy.place}" if policy.place else ""
    return Told(
        f"{event.host} breaks on {until} for {who(event)}, whatever it serves: the policy expires, "
        "and refuses every connection from then on"
        if event.kind is Kind.POLICY_REFUSES
        else f"no pin protects {event.host} from {until} on for {who(event)}: the policy expires",
        "Ship a release whose policy expires later, and have users update before that day.",
        (f"the policy for {policy.host} expires at {event.at:%Y-%m-%d %H:%M} UTC{written}",),
    )


def _logged(event: Event, facts: Logged) -> Told:
    policies = (
        (str(row.used), row.facts.fate.policy)
        for row in event.rows
        if isinstance(row.facts, Logged)
    )
    return Told(
        f"a certificate was issued that would break {_where(event)} for {who(event)}, were it "
        f"deployed: {issued_words.why(facts.fate)}",
        issued_words.cure(facts.fate),
        (*facts.issued.where, *_accepted(policies, None), *issued_words.in_chains(facts.fate)),
    )
