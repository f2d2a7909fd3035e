"""What several rules say of a group: its certificate, whether it is trusted, whether we saw it."""

from keypin.certs import Certificate
from keypin.diagnose.view import describe, when
from keypin.pins.story import plain
from keypin.reports.study import Study


def of_leaf(study: Study) -> tuple[str, ...]:
    """Return the server's certificate and who issued it as evidence, if there is one."""
    leaf = study.leaf
    return (describe(leaf), f"issued by {plain(leaf.issuer or '(no name)')}") if leaf else ()


def names(leaf: Certificate, host: str) -> bool:
    """Tell whether a certificate is for a host, by name or by a wildcard for its first label."""
    names = {name.lower().rstrip(".") for name in (*leaf.dns_names, *leaf.ip_addresses)}
    return host in names or f"*.{host.partition('.')[2]}" in names


def trust(study: Study) -> str:
    """Return whether clients have a reason to trust the chain."""
    if study.public:
        return "the chain is publicly trusted for this host"
    if study.verified is not None:
        return "the chain verifies to an anchor of our own"
    return f"the chain does not verify: {study.reason}" if study.reason else "no roots are at hand"


def seen(study: Study) -> str:
    """Return whether, and when, our own probes saw the key."""
    ours = study.ours
    if ours is None:
        looked = "never saw this key at the host" if study.facts.shown else "have not looked at it"
        return f"our own probes {looked}"
    until = f"until {when(ours.until)}" if ours.until else "and see it now"
    return f"our own probes saw this key since {when(ours.since)}, {until}"
