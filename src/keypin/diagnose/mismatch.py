"""Why a verified chain misses its pins: what most probably happened, and what to do.

The error says what was seen; whoever reads it at night wants to know what it means. A diagnosis is
an inference from little: the chain, the policy, what is publicly known of CAs, and what the same
host showed before. It says its evidence, and never calls harmless what an attacker could have made
look so.

A row of the table is a pure look at a `Case`; the first that answers is the diagnosis, the most
certain first.
"""

from collections.abc import Callable, Sequence

from keypin.certs.certificate import Certificate
from keypin.certs.trust import TrustStore
from keypin.certs.verified import VerifiedChain
from keypin.diagnose.diagnosis import Case, Diagnosis, operators_of
from keypin.diagnose.products import portal_name, product_of
from keypin.diagnose.view import describe, is_public_root, when
from keypin.pins.ca_facts import Level
from keypin.pins.decide import MismatchError, MismatchReason
from keypin.pins.hosting import bare, marks, shared_between
from keypin.pins.pin import Pin
from keypin.pins.story import name_of, plain


def _denied(case: Case) -> Diagnosis | None:
    if case.error.reason is not MismatchReason.DENIED_KEY or case.error.denied is None:
        return None
    return _of_denied(*case.error.denied)


def _of_denied(pin: Pin, certificate: Certificate) -> Diagnosis:
    return Diagnosis(
        id="denied-key",
        message="a key is in use that the policy says must never be",
        evidence=(f"denied: {pin}", describe(certificate)),
        next_step="treat the connection as intercepted; the denied key must not be trusted again",
        benign=False,
    )


def _expired(case: Case) -> Diagnosis | None:
    policy = case.error.policy
    if case.error.reason is not MismatchReason.EXPIRED_POLICY or policy.expires is None:
        return None
    # The policy is asked first, and expired it looks at no key: an attacker may be there too.
    also = _proxy(case) or _private_root(case) or _denied_too(case)
    return Diagnosis(
        id="expired-policy",
        message="the policy is expired, and refuses every connection since",
        evidence=(
            f"expired: {when(policy.expires)}",
            f"this clock: {when(case.error.at)}",
            *((also.message, *also.evidence) if also else ()),
        ),
        next_step="ship a new pin set with a later expiry; if this clock is wrong, set it",
        benign=also.benign if also else None,
    )


def _denied_too(case: Case) -> Diagnosis | None:
    for pin in case.error.policy.denied:
        for certificate in case.chain:
            if pin.is_of(certificate):
                return _of_denied(pin, certificate)
    return None


def _wrong_clock(case: Case) -> Diagnosis | None:
    """A chain that nobody verified, as with pins alone, may be of another time than ours."""
    leaf, at = case.chain.leaf, case.error.at
    if leaf.not_before <= at <= leaf.not_after:
        return None
    return Diagnosis(
        id="wrong-clock",
        message="the certificate is of another time than this clock's",
        evidence=(
            f"valid from {when(leaf.not_before)} until {when(leaf.not_after)}",
            f"this clock: {when(at)}",
        ),
        next_step="set the clock, then connect again: an old pin set may be in use",
    )


def _misplaced(case: Case) -> Diagnosis | None:
    if not case.error.misplaced:
        return None
    entry, position = case.error.misplaced[0]
    return Diagnosis(
        id="misplaced-pin",
        message=f"the {entry.pin.position} pin {entry.pin} is in the chain as {position}",
        evidence=tuple(f"{position}: {entry.pin}" for entry, position in case.error.misplaced),
        next_step="correct its position in the policy, if the key is where it belongs",
    )


def _stuffed(case: Case) -> Diagnosis | None:
    for certificate in case.presented:
        for entry in case.error.policy.pins:
            if certificate not in case.chain and entry.pin.is_of(certificate):
                return Diagnosis(
                    id="stuffed-chain",
                    message="the server sent a pinned certificate that is no part of its chain",
                    evidence=(f"sent: {describe(certificate)}", f"leaf: {describe(case.chain[0])}"),
                    next_step="treat the connection as intercepted, unless the server's operator "
                    "left an old certificate in its configuration",
                    benign=None if certificate.is_ca else False,
                )
    return None


def _proxy(case: Case) -> Diagnosis | None:
    shown = tuple(dict.fromkeys(found.issuer for found in (*case.chain, *case.presented)))
    found = None if case.public else product_of(shown)
    if found is None:
        return None
    product, issuer = found
    return Diagnosis(
        id="intercepting-proxy",
        message=f"{product.name} stands in the connection: {product.kind}",
        evidence=(f"issuer: {issuer}", describe(case.chain.leaf)),
        next_step=f"exempt {case.error.host} from its inspection; do not pin its key",
        benign=False,
    )


def _portal(case: Case) -> Diagnosis | None:
    leaf = case.chain.leaf
    names = (*map(bare, leaf.dns_names), leaf.common_name or "")
    name = None if _is_for(leaf, case.error.host) else portal_name(names)
    if name is None:
        return None
    return Diagnosis(
        id="captive-portal",
        message=f"a captive portal seems to answer: it shows a certificate for {plain(name)}",
        evidence=(describe(leaf),),
        next_step="sign in to the network, then connect again",
        benign=False,
    )


def _is_for(leaf: Certificate, host: str) -> bool:
    """Tell whether a certificate is for a host, by name or by a wildcard for its first label."""
    names = {name.lower().rstrip(".") for name in (*leaf.dns_names, *leaf.ip_addresses)}
    return host in names or f"*.{host.partition('.')[2]}" in names


def _private_root(case: Case) -> Diagnosis | None:
    """A local trust anchor; of a host whose pinned CA was private too, nothing is said here."""
    expected = bool(case.pinned_cas) or (case.before is not None and _was_public(case))
    if case.public_roots is None or case.public or not expected:
        return None
    return Diagnosis(
        id="private-root",
        message="the chain ends in a root that is not public, and this host's was: "
        f"{name_of(case.chain.root)}",
        evidence=(describe(case.chain.root), f"not in {case.public_roots.name}"),
        next_step="find out who put this root into the trust store; whoever has its key reads "
        "everything that is not pinned",
        benign=False,
    )


def _was_public(case: Case) -> bool:
    return case.before is not None and is_public_root(case.before.root, case.public_roots)


def _service(case: Case) -> Diagnosis | None:
    leaf = case.chain.leaf
    signs = tuple(mark.evidence for mark in marks(leaf, case.error.host))
    shared = shared_between(leaf)
    if shared:
        signs = (*signs, f"one certificate for {', '.join(shared[:5])}")
    if not signs or not case.public:
        return None
    return Diagnosis(
        id="cdn",
        message="a CDN or hosting service holds the key, and changes it as it likes",
        evidence=(*signs, describe(leaf)),
        next_step="bring a key of your own to the service, or pin its CA with a backup of another",
    )


def _rotated(case: Case) -> Diagnosis | None:
    """The same issuing key as when the host last matched, and another leaf."""
    if case.before is None or len(case.before) < 2 or len(case.chain) < 2:  # noqa: PLR2004 - a leaf
        return None
    if case.before[1].spki != case.chain[1].spki or case.before[0].spki == case.chain[0].spki:
        return None
    return Diagnosis(
        id="key-rotated",
        message="the server has a new key, certified by the same CA as the pinned one",
        evidence=(
            f"before: {describe(case.before.leaf)}",
            f"now: {describe(case.chain.leaf)}",
            f"since: {when(case.chain.leaf.not_before)}",
        ),
        next_step="ask the operator whether the key was changed: if so, deploy a pinned key again, "
        "or ship the new pin; if not, treat the connection as intercepted",
    )


def _intermediate(case: Case) -> Diagnosis | None:
    """A pinned intermediate whose operator issues from another now."""
    here = case.operators
    pinned = next(
        (
            key
            for key in case.pinned_cas
            if key.level is Level.INTERMEDIATE and key.operator in here
        ),
        None,
    )
    before = case.before
    same_root = before is not None and before.root.spki == case.chain.root.spki
    changed = before is not None and _keys(before.intermediates) != _keys(case.chain.intermediates)
    if pinned is None and not (same_root and changed):
        return None
    was = f"pinned: {pinned.name} of {pinned.operator}" if pinned else "the root is as before"
    return Diagnosis(
        id="intermediate-changed",
        message="the same CA issues from another intermediate now",
        evidence=(was, *(f"now: {describe(found)}" for found in case.chain.intermediates)),
        next_step="ask the operator whether the certificate was renewed; pin the CA's roots, or "
        "keys of your own: intermediates change without notice",
    )


def _keys(certificates: tuple[Certificate, ...]) -> set[bytes]:
    return {certificate.spki for certificate in certificates}


def _other_ca(case: Case) -> Diagnosis | None:
    was = tuple(dict.fromkeys(key.operator for key in case.pinned_cas))
    now = case.operators
    if case.before is not None and not was:
        was = operators_of(case.before)
        if not was or not now:  # then the roots alone can tell
            was, now = (name_of(case.before.root),), (name_of(case.chain.root),)
            if case.before.root.spki == case.chain.root.spki:
                return None
    if not was or set(was) & set(now):
        return None
    names = ", ".join(now) or name_of(case.chain.root), ", ".join(was)
    return Diagnosis(
        id="other-ca",
        message="another CA certifies the host now: {}, where {} did".format(*names),
        evidence=(describe(case.chain.leaf), describe(case.chain.root)),
        next_step="ask the operator whether the CA was changed; if not, somebody else has a "
        "certificate for this host: treat the connection as intercepted, and tell the CA",
    )


def _own_key(case: Case) -> Diagnosis | None:
    """A certificate that nobody signed but its own key, where pins alone are trusted."""
    if len(case.chain) > 1 or not case.chain.leaf.is_self_issued:
        return None
    return Diagnosis(
        id="device-key-changed",
        message="the device certified a key of its own that is not pinned",
        evidence=(describe(case.chain.leaf),),
        next_step="compare the pin with what the device itself shows; if it was reset or replaced, "
        "ship the new pin, if not, treat the connection as intercepted",
    )


ROWS: tuple[Callable[[Case], Diagnosis | None], ...] = (
    _denied,
    _expired,
    _proxy,
    _portal,
    _stuffed,
    _wrong_clock,
    _private_root,
    _misplaced,
    _rotated,
    _intermediate,
    _service,
    _other_ca,
    _own_key,
)


def diagnose_mismatch(
    error: MismatchError,
    *,
    presented: Sequence[Certificate] = (),
    public_roots: TrustStore | None = None,
    before: VerifiedChain | None = None,
) -> Diagnosis:
    """Say what most probably stands behind a mismatch.

    Args:
        error: the mismatch.
        presented: the certificates as the server sent them.
        public_roots: the roots of the public web, or None where they are not at hand: then only
            known keys tell a public CA from a private one.
        before: the chain that this host showed when it last matched, or None.
    """
    case = Case(error, tuple(presented), public_roots, before)
    for row in ROWS:
        if (found := row(case)) is not None:
            return found
    return Diagnosis(
        id="unknown",
        message="the key is not pinned, and nothing tells a rotation from an attack",
        evidence=(
            f"now: {describe(case.chain.leaf)}",
            f"since: {when(case.chain.leaf.not_before)}",
        ),
        next_step="if the key was changed on purpose, ship its pin before it is deployed or deploy "
        "a pinned key; if not, treat the connection as intercepted",
    )
