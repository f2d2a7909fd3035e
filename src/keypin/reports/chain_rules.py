"""Rules about the chain in the reports: whose it is, and whether the report is about us at all.

What a single mismatch means is known to `keypin.diagnose`. Here stands what is told with more
certainty by what we know: our own endpoint, our own releases, and the time of arrival. A report is
a claim that anybody can post, and nothing is called harmless that an attacker could have made.
"""

from collections.abc import Iterator
from dataclasses import replace

from keypin.certs import Reason, VerifiedChain
from keypin.diagnose.products import portal_name, product_of
from keypin.diagnose.view import describe, when
from keypin.findings import Severity
from keypin.pins import MismatchError, decide
from keypin.pins.hosting import bare
from keypin.pins.story import plain
from keypin.reports.form import Form
from keypin.reports.rule import Found, Rule
from keypin.reports.study import Study
from keypin.reports.words import names, of_leaf, seen


def _expect_ct(study: Study) -> Found | None:
    if study.group.sample.form is not Form.EXPECT_CT:
        return None
    return Found("the certificate lacks the SCTs that the client asks for", of_leaf(study))


def _no_certificate(study: Study) -> Found | None:
    if study.certificates:
        return None
    return Found("the reports hold no certificate that can be read")


def _forged(study: Study) -> Found | None:
    """A report on what is not ours; without releases, nothing is known of what is."""
    leaf = study.leaf
    unnamed = leaf is not None and not names(leaf, study.host)
    if not study.facts.releases or not (study.foreign or not study.pinned):
        return None
    signs = {
        "the pins in it are in no release of ours": study.foreign,
        f"no release of ours pins {study.host}": not study.pinned,
        f"its chain is not for {study.host}": unnamed,
    }
    if sum(signs.values()) < 2:  # noqa: PLR2004 - one alone may be a release that is not registered
        return None
    evidence = tuple(sign for sign, seen in signs.items() if seen)
    return Found("the reports are not about our application: noise, or made up", evidence)


def _denied(study: Study) -> Found | None:
    """A key that a release of ours must never accept, whatever the pins in the report are."""
    for release in study.facts.releases:
        policy = release.pin_set.policy_for_canonical(study.host)
        for pin in policy.denied if policy else ():
            for certificate in study.chain or ():
                if pin.is_of(certificate):
                    evidence = (f"denied by {release.name}: {pin}", describe(certificate))
                    return Found("a key is in use that must never be", evidence)
    return None


def _stuffed(study: Study) -> Found | None:
    found = study.diagnosis
    if found is None or found.id != "stuffed-chain":
        return None
    return Found(found.message, found.evidence, found.next_step, found.benign)


def _wrong_clock(study: Study) -> Found | None:
    """Most of the clocks, for anybody can post one report with any date."""
    group, said = study.group, study.group.sample.occurred_at
    if group.misdated * 2 <= group.count:
        return None
    first = f"the first is dated {when(said)}, arrived {when(group.first)}" if said else None
    count = f"{group.misdated} of the {group.count} reports have a date that cannot be"
    evidence = (count, *([first] if first else ()), *of_leaf(study))
    return Found("the clocks of the clients are wrong", evidence)


def _own_expired(study: Study) -> Found | None:
    """Our own chain is expired; of a foreign one, other rules tell more."""
    if study.reason is not Reason.EXPIRED or study.ours is None:
        return None
    old = (found for found in study.certificates if found.not_after < study.group.first)
    evidence = tuple(f"{describe(found)}, until {when(found.not_after)}" for found in old)
    return Found("our own chain is expired, and clients refuse it", (*evidence, seen(study)))


def _own_rotation(study: Study) -> Found | None:
    if study.chain is None or study.ours is None or study.matches:
        return None
    refusing = tuple(_refusing(study, study.chain))
    found = Found(
        "our own endpoint shows a key that the reported pins do not have",
        (seen(study), *of_leaf(study), *refusing),
    )
    if refusing or not study.facts.releases:
        return found
    return replace(
        found,
        evidence=(*found.evidence, "no release that we know refuses it"),
        next_step="register the release that the reports name; if there is none, they are made up",
        severity=Severity.WARNING,
    )


def _refusing(study: Study, chain: VerifiedChain) -> Iterator[str]:
    """Yield which of our releases refuse a chain."""
    for release in study.facts.releases:
        try:
            decide(release.pin_set, study.host, chain, study.group.first)
        except MismatchError as error:
            yield f"{release.name} {'refuses' if error.enforced else 'reports'} it"


def _matches(study: Study) -> Found | None:
    if not study.matches:
        return None
    said = study.group.sample.result
    result = (f"TrustKit says {said.name.lower().replace('_', ' ')}",) if said else ()
    message = "the chain verifies, and matches the pins that it is said to miss"
    return Found(message, (*of_leaf(study), *result))


def _proxy(study: Study) -> Found | None:
    """A certificate that was only sent along names nobody: its issuer did not sign this chain."""
    issuers = () if study.public else (found.issuer for found in study.chain or ())
    found = product_of(tuple(dict.fromkeys(issuers)))
    if found is None:
        return None
    product, name = found
    evidence = (f"issuer: {plain(name)}", *of_leaf(study)[:1])
    return Found(f"{product.name} stands in the connections: {product.kind}", evidence)


def _portal(study: Study) -> Found | None:
    leaf = study.leaf
    if leaf is None or names(leaf, study.host):
        return None
    name = portal_name((*map(bare, leaf.dns_names), leaf.common_name or ""))
    if name is None:
        return None
    message = f"a captive portal seems to answer: it shows a certificate for {plain(name)}"
    return Found(message, of_leaf(study))


def _other_host(study: Study) -> Found | None:
    leaf = study.leaf
    if leaf is None or names(leaf, study.host) or study.verified is not None:
        return None
    whose = ", ".join(leaf.dns_names[:5]) or leaf.label
    return Found(f"another host answers, with a certificate for {plain(whose)}", of_leaf(study))


def _other_time(study: Study) -> Found | None:
    leaf, at = study.leaf, study.group.first
    if leaf is None or leaf.not_before <= at <= leaf.not_after:
        return None
    span = f"valid from {when(leaf.not_before)} until {when(leaf.not_after)}"
    return Found("the certificate is not valid at this time", (*of_leaf(study), span))


CHAIN_RULES: tuple[Rule, ...] = (
    Rule(
        id="ct-not-satisfied",
        severity=Severity.WARNING,
        when="The reports are Expect-CT's: they are about SCTs, not pins.",
        next_step="look at the certificate with `keypin ct verify`, and renew it if a log is gone",
        look=_expect_ct,
    ),
    Rule(
        id="no-certificate",
        severity=Severity.NOTE,
        when="No certificate can be read in the report.",
        next_step="see whether other groups of the same hours tell more",
        look=_no_certificate,
    ),
    Rule(
        id="not-ours",
        severity=Severity.NOTE,
        when="Two of these: its pins are in no release, no release pins the host, and its chain is "
        "not for the host. Needs the releases.",
        next_step="ignore it, or register the release that it names",
        look=_forged,
    ),
    Rule(
        id="denied-key",
        severity=Severity.ERROR,
        when="The chain has a key that a release of ours denies.",
        next_step="treat the connections as intercepted; the key must not be trusted again",
        benign=False,
        look=_denied,
    ),
    Rule(
        id="stuffed-chain",
        severity=Severity.ERROR,
        when="A pinned certificate was sent along, and is no part of the chain.",
        next_step="treat the connections as intercepted",
        look=_stuffed,
    ),
    Rule(
        id="wrong-clock",
        severity=Severity.WARNING,
        when="Most reports are dated a day or more after they arrived, or before the certificate "
        "in them.",
        next_step="nothing on the server; tell these users to set their clocks",
        benign=True,
        look=_wrong_clock,
    ),
    Rule(
        id="own-certificate-expired",
        severity=Severity.ERROR,
        when="Our probes saw the same key at the host, and the chain is expired.",
        next_step="renew the certificate now, with a pinned key",
        benign=True,
        look=_own_expired,
    ),
    Rule(
        id="own-rotation",
        severity=Severity.ERROR,
        when="Our probes saw the same key at the host: our own deployment locks users out.",
        next_step="deploy a key that the releases pin; ask `keypin gate` before the next change",
        benign=True,
        look=_own_rotation,
    ),
    Rule(
        id="pins-match",
        severity=Severity.NOTE,
        when="The chain in the report verifies and matches the pins in it.",
        next_step="look for a fault of the client: a pin's position, an untrusted root, its clock",
        look=_matches,
    ),
    Rule(
        id="intercepting-proxy",
        severity=Severity.WARNING,
        when="The chain is not public, and an issuer is named after a product.",
        next_step="ask those who run it to exempt the host from inspection; do not pin its key",
        benign=False,
        look=_proxy,
    ),
    Rule(
        id="captive-portal",
        severity=Severity.NOTE,
        when="The certificate is for another host, whose name is a portal's.",
        next_step="nothing: users who sign in to their network connect again",
        benign=False,
        look=_portal,
    ),
    Rule(
        id="another-host",
        severity=Severity.WARNING,
        when="The certificate is for other names, and does not verify for this host.",
        next_step="compare the DNS answers of those networks with yours",
        look=_other_host,
    ),
    Rule(
        id="not-valid-now",
        severity=Severity.WARNING,
        when="The server's certificate is expired or not yet valid, and is not ours.",
        next_step="look for a forgotten server under this name, as behind an old address",
        look=_other_time,
    ),
)
