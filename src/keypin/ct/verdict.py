"""What browsers make of the SCTs of a certificate: accepted or not, and why.

Each SCT is weighed first, by what the log list says of its log at the time of the check; then
those that count are held to each browser's policy (`keypin.ct.policy`), the embedded ones apart
from those that are delivered otherwise.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keypin.certs import Certificate
from keypin.ct.log_list import Api, ListedLog, LogList, State
from keypin.ct.policy import APPROVED, DAY, POLICIES, CtPolicy, Row
from keypin.ct.promise import Delivery, Promise, Signature


class Credit(StrEnum):
    """What a promise is worth to a browser."""

    CURRENT = "current"
    """Its log is approved now."""
    ONCE = "once"
    """Its log was approved when it promised, and is retired."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Worth:
    """What one promise is worth to one browser.

    Attributes:
        promise: which.
        credit: its worth.
        why: why it counts, or why not, as a clause.
    """

    promise: Promise
    credit: Credit
    why: str

    @property
    def counts(self) -> bool:
        """Whether it counts."""
        return self.credit is not Credit.NOTHING


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one browser makes of a certificate's SCTs.

    Attributes:
        policy: the browser's policy.
        accepted: whether they satisfy it; None where that takes the issuer, which is not known.
        reasons: why, or why not, as clauses.
        worths: each SCT, with what it is worth.
    """

    policy: CtPolicy
    accepted: bool | None
    reasons: tuple[str, ...]
    worths: tuple[Worth, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What all browsers make of it.

    Attributes:
        each: one verdict a policy, in their order.
        at: the time of the check.
        listed: when the log list was made, if it says so.
    """

    each: tuple[Verdict, ...]
    at: datetime
    listed: datetime | None

    @property
    def accepted(self) -> bool:
        """Whether every browser accepts."""
        return all(one.accepted for one in self.each)

    @property
    def stale(self) -> bool:
        """Whether the log list is older than a browser would go by."""
        limits = [one.policy.stale_after for one in self.each if one.policy.stale_after]
        return self.listed is not None and any(self.at - self.listed > one for one in limits)

    def __str__(self) -> str:
        yes = [one.policy.browser for one in self.each if one.accepted]
        no = [one.policy.browser for one in self.each if one.accepted is False]
        if len(yes) + len(no) < len(self.each):
            return "not judged without the issuer"
        if not no:
            return f"accepted by {' and '.join(yes)}"
        if not yes:
            return f"not accepted by {' nor '.join(no)}"
        return f"{' and '.join(yes)} accepts, {' and '.join(no)} does not"


def judge(
    promises: Sequence[Promise],
    certificate: Certificate,
    log_list: LogList,
    at: datetime,
    policies: Sequence[CtPolicy] = POLICIES,
) -> Verdicts:
    """Return what browsers make of a certificate's SCTs.

    Args:
        promises: its SCTs, verified.
        certificate: the server's.
        log_list: by which the promises were looked up.
        at: the time of the check.
        policies: by which to judge.
    """
    each = tuple(_verdict(policy, promises, certificate, at) for policy in policies)
    return Verdicts(each, at, log_list.timestamp)


def _verdict(
    policy: CtPolicy, promises: Sequence[Promise], certificate: Certificate, at: datetime
) -> Verdict:
    worths = tuple(_weigh(policy, promises, certificate, at))
    if certificate.not_before < policy.demanded_from:
        reason = f"issued before {policy.demanded_from:%Y-%m-%d}, when SCTs were not demanded"
        return Verdict(policy, True, (reason,), worths)
    if certificate.not_before < policy.since:
        reason = f"issued before {policy.since:%Y-%m-%d}, by rules that are out of force"
        return Verdict(policy, False, (reason,), worths)
    ways = {one.promise.delivery is Delivery.EMBEDDED for one in worths}
    tried = [_embedded(policy, worths, certificate, at)] if True in ways else []
    tried += [_delivered(policy, worths, at)] if False in ways else []
    tried += [Verdict(policy, False, ("it comes with no SCT",), ())]
    refused = tried[0]
    if any(one.signature is Signature.NO_ISSUER for one in promises):
        refused = replace(refused, accepted=None, reasons=("its issuer is not known",))
    return next((one for one in tried if one.accepted), refused)


def _weigh(
    policy: CtPolicy, promises: Sequence[Promise], certificate: Certificate, at: datetime
) -> Iterator[Worth]:
    """Yield what each promise is worth; a second one of the same log nothing."""
    first = min((one.sct.timestamp for one in promises), default=at)
    seen = set[tuple[bytes, bool]]()
    for promise in promises:
        made = first if policy.earliest else promise.sct.timestamp
        worth = _worth(policy, promise, certificate, at, made)
        known = (promise.sct.log_id, promise.delivery is Delivery.EMBEDDED)
        if worth.counts and known in seen:
            worth = Worth(promise, Credit.NOTHING, "a second one of the same log")
        seen.update([known] if worth.counts else [])
        yield worth


_UNSIGNED = {
    Signature.BAD: "its signature does not hold",
    Signature.UNKNOWN_LOG: "the list knows no such log",
    Signature.NO_ISSUER: "it cannot be verified without the issuer",
}


def _worth(
    policy: CtPolicy, promise: Promise, certificate: Certificate, at: datetime, made: datetime
) -> Worth:
    log = promise.log
    if log is None or promise.signature is not Signature.GOOD:
        return Worth(promise, Credit.NOTHING, _UNSIGNED[promise.signature])
    if promise.sct.timestamp > at:
        return Worth(promise, Credit.NOTHING, "it is of a time to come")
    if log.log_type not in {"", "prod"}:
        return Worth(promise, Credit.NOTHING, "its log is not for the public")
    shard = log.interval
    if policy.shards and shard is not None and not shard.holds(certificate.not_after):
        days = f"{shard.start:%Y-%m-%d} to {shard.end:%Y-%m-%d}"
        return Worth(promise, Credit.NOTHING, f"its log takes what expires {days}")
    return _by_state(promise, log, at, made)


def _by_state(promise: Promise, log: ListedLog, at: datetime, made: datetime) -> Worth:
    state = log.state_at(at)
    if state is None:
        return Worth(promise, Credit.NOTHING, "the list does not tell its log's state then")
    if state in APPROVED:
        return Worth(promise, Credit.CURRENT, f"its log is {state}")
    if state is not State.RETIRED or promise.delivery is not Delivery.EMBEDDED:
        return Worth(promise, Credit.NOTHING, f"its log is {state}")
    if log.state_at(made) is State.RETIRED:
        return Worth(promise, Credit.NOTHING, "its log was retired by then")
    return Worth(promise, Credit.ONCE, "its log was approved then, and is retired now")


def _embedded(
    policy: CtPolicy, worths: tuple[Worth, ...], certificate: Certificate, at: datetime
) -> Verdict:
    row = policy.row(certificate)
    worths = tuple(
        one
        if one.promise.delivery is Delivery.EMBEDDED
        else replace(one, credit=Credit.NOTHING, why="it is not embedded")
        for one in worths
    )
    worths = _capped(worths, row)
    lifetime = -(-policy.lifetime(certificate) // DAY)
    need = f"a lifetime of {lifetime} days takes {row.scts}"
    misses = _misses(policy, worths, row.scts, need, at)
    return Verdict(policy, not misses, misses or (_sum(worths, need),), worths)


def _capped(worths: tuple[Worth, ...], row: Row) -> tuple[Worth, ...]:
    """Return SCTs of which only so many of one operator count, those of approved logs first."""
    if row.per_operator is None:
        return worths
    room, kept = Counter[str | None](), list(worths)
    order = sorted(range(len(kept)), key=lambda n: kept[n].credit is not Credit.CURRENT)
    for n in order:
        operator = kept[n].promise.operator
        if kept[n].counts and room[operator] >= row.per_operator:
            why = f"only {row.per_operator} of one operator count{'s' * (row.per_operator == 1)}"
            kept[n] = replace(kept[n], credit=Credit.NOTHING, why=why)
        room[operator] += kept[n].counts
    return tuple(kept)


def _delivered(policy: CtPolicy, worths: tuple[Worth, ...], at: datetime) -> Verdict:
    worths = tuple(
        replace(one, credit=Credit.NOTHING, why="it is embedded")
        if one.promise.delivery is Delivery.EMBEDDED and not policy.mixed
        else replace(one, credit=Credit.NOTHING)
        if one.credit is Credit.ONCE
        else one
        for one in worths
    )
    need = f"{policy.delivered} are needed where they are not embedded"
    misses = _misses(policy, worths, policy.delivered, need, at)
    if not any(one.counts and one.promise.delivery is not Delivery.EMBEDDED for one in worths):
        misses = (*misses, "none that is delivered in the handshake counts")
    return Verdict(policy, not misses, misses or (_sum(worths, need),), worths)


def _misses(
    policy: CtPolicy, worths: tuple[Worth, ...], count: int, need: str, at: datetime
) -> tuple[str, ...]:
    """Return what a policy demands and does not get."""
    counting = [one for one in worths if one.counts]
    logs = len({one.promise.sct.log_id for one in counting})
    if logs < count:
        return (f"{_counted(logs)}, and {need}",)
    misses = list[str]()
    if not any(one.credit is Credit.CURRENT for one in counting):
        misses.append("none of them is of a log that is approved now")
    operators = {one.promise.operator for one in counting}
    if len(operators) < policy.operators:
        misses.append(f"all of them are by {operators.pop()}, and two operators are needed")
    if policy.demands_rfc6962(at) and not any(_is_rfc6962(one) for one in counting):
        misses.append("all of them are of static logs, and one must be of an RFC 6962 log")
    return tuple(misses)


def _is_rfc6962(worth: Worth) -> bool:
    return worth.promise.log is not None and worth.promise.log.api is Api.RFC6962


def _counted(number: int) -> str:
    return {0: "no SCT counts", 1: "1 SCT counts"}.get(number, f"{number} SCTs count")


def _sum(worths: tuple[Worth, ...], need: str) -> str:
    counting = [one for one in worths if one.counts]
    operators = len({one.promise.operator for one in counting})
    return f"{_counted(len(counting))}, by {operators} operator{'s' * (operators != 1)}; {need}"
