"""Rules on the set as a whole: policies that mask, repeat or undo each other, and gaps.

The most specific policy decides alone. So a policy for a subdomain takes nothing over from the
one above it, and a policy for one name says nothing of the names below it.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from keypin.errors import HostError
from keypin.findings import Severity
from keypin.pins.policy import Mode, Policy
from keypin.pins.rules.rule import Case, Hit, Rule


def _parent(case: Case) -> Policy | None:
    """Return the policy that would decide for this one's hosts if this one were not there."""
    probe = case.base if not case.policy.host.wildcard else f"probe.{case.base}"
    above = [
        policy
        for policy in case.pin_set.policies
        if policy.host.specificity < case.policy.host.specificity and policy.host.matches(probe)
    ]
    return max(above, key=lambda policy: policy.host.specificity, default=None)


def _says_the_same(one: Policy, other: Policy) -> bool:
    def terms(policy: Policy) -> object:
        pins = {(entry.pin, entry.role) for entry in policy.pins}
        return pins, set(policy.denied), policy.mode, policy.expires, policy.on_expiry

    return terms(one) == terms(other)


def redundant(case: Case) -> Iterator[Hit]:
    """Fire on a policy that says what the one above it would say anyway."""
    parent = _parent(case)
    if parent is not None and _says_the_same(case.policy, parent):
        yield Hit(f"this policy repeats that of {parent.host}")


def weakens(case: Case) -> Iterator[Hit]:
    """Fire on a policy that only reports where the one above it enforces."""
    parent = _parent(case)
    if parent and parent.mode is Mode.ENFORCE and case.policy.mode is Mode.REPORT:
        yield Hit(f"{parent.host} is enforced, but this policy under it only reports")


def denial_lost(case: Case) -> Iterator[Hit]:
    """Fire on a policy that leaves out what the one above it denies."""
    parent = _parent(case)
    if parent is None:
        return
    lost = [pin for pin in parent.denied if pin not in case.policy.denied]
    if lost:
        text = f"pins that {parent.host} denies are not denied here"
        yield Hit(text, tuple(map(str, lost)))


def _names(case: Case) -> dict[str, str]:
    """Return names below an exactly pinned host, each with how it is known."""
    names = dict.fromkeys(case.hosts, "observed")
    for host, chain in case.chains:
        for name in chain.leaf.dns_names:
            names.setdefault(name.lower(), f"named in the certificate of {host}")
    return names


def _covered(case: Case, name: str) -> bool:
    """Whether some policy decides for a name; a wildcard stands for any one label."""
    try:
        return case.pin_set.policy_for(name.replace("*.", "probe.", 1)) is not None
    except HostError:
        return True


def subdomain_unpinned(case: Case) -> Iterator[Hit]:
    """Fire where an exact policy leaves out subdomains that are known to exist."""
    if case.policy.host.wildcard:
        return
    below = {
        name: how
        for name, how in _names(case).items()
        if name.endswith(f".{case.base}") and not _covered(case, name)
    }
    if below:
        text = f"{case.base} is pinned, but not what is below it: {', '.join(sorted(below))}"
        yield Hit(text, tuple(f"{name}: {how}" for name, how in sorted(below.items())))


def report_unheard(case: Case) -> Iterator[Hit]:
    """Fire on a policy that neither enforces nor tells anybody."""
    if case.policy.mode is Mode.REPORT and not case.policy.report_to:
        yield Hit("this policy only reports, and has nowhere to report to")


def report_only(case: Case) -> Iterator[Hit]:
    """Fire on a policy that reports and does not enforce."""
    if case.policy.mode is Mode.REPORT and case.policy.report_to:
        yield Hit("this policy reports mismatches and lets them pass")


def _report_host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def report_host_pinned(case: Case) -> Iterator[Hit]:
    """Fire where a report would go to a host that the same set pins and enforces."""
    for url in case.policy.report_to:
        try:
            policy = case.pin_set.policy_for(_report_host(url))
        except HostError:
            continue
        if policy is not None and policy.mode is Mode.ENFORCE:
            yield Hit(f"reports go to {url}, which {policy.host} pins")


RULES: tuple[Rule, ...] = (
    Rule(
        id="policy-redundant",
        severity=Severity.NOTE,
        reason="Two places to change at a rotation, of which one will be forgotten.",
        cure="Remove it; the policy above covers these hosts.",
        check=redundant,
    ),
    Rule(
        id="policy-weakens-parent",
        severity=Severity.WARNING,
        reason="The most specific policy decides alone, so this host is not protected.",
        cure="Set mode to enforce once reports are quiet, or say in its comment why not.",
        check=weakens,
    ),
    Rule(
        id="denial-not-inherited",
        severity=Severity.ERROR,
        reason="The most specific policy decides alone: a denied key is accepted under this one.",
        cure="Repeat denied_pins in this policy.",
        check=denial_lost,
    ),
    Rule(
        id="subdomain-unpinned",
        severity=Severity.WARNING,
        reason="Pins for a name do not hold for its subdomains, where the data often goes.",
        cure="Use **.NAME to cover it with everything below, or add a policy for each.",
        check=subdomain_unpinned,
    ),
    Rule(
        id="report-unheard",
        severity=Severity.WARNING,
        reason="A policy that enforces nothing and reports to nobody does nothing.",
        cure="Add report_to, or set mode to enforce.",
        check=report_unheard,
    ),
    Rule(
        id="report-only",
        severity=Severity.NOTE,
        reason="Report mode is a step on the way: it shows who would be cut off, and protects "
        "nobody.",
        cure="Set mode to enforce once reports are quiet.",
        check=report_only,
    ),
    Rule(
        id="report-host-pinned",
        severity=Severity.WARNING,
        reason="When pins fail, the report fails by the same pins (RFC 7469, section 2.1.4).",
        cure="Report to a host outside the pin set, best under another domain and CA.",
        check=report_host_pinned,
    ),
)
