"""Rules on pins that live no longer than a certificate.

A digest of a certificate dies at the renewal, whatever happens to the key; a pin of a server's key
dies at the renewal where that makes a new key. How soon is decided by the CA/Browser Forum's
limits: 200 days since March 2026, 100 from March 2027, 47 from March 2029.
"""

from collections.abc import Iterator

from keypin.certs.verified import Position, VerifiedChain
from keypin.findings import Severity
from keypin.pins.ca_facts import rotation_by_name
from keypin.pins.lifetimes import days, forecast, longest_life_from, renewal_due
from keypin.pins.pin import Of
from keypin.pins.policy import Role
from keypin.pins.rules.rule import Case, Hit, Rule, Seen

_ABOVE_LEAF = {"intermediate", "root", "ca"}


def _dead_in(case: Case, seen: Seen) -> str:
    """Return when a pin of an observed certificate dies, as a clause."""
    end = seen.certificate.not_after
    if end <= case.at:
        return f"the certificate expired on {end:%Y-%m-%d}: the pin can never match again"
    due = renewal_due(seen.certificate.not_before, end)
    return (
        f"dead in {days(end - case.at)} days at the latest (certificate ends {end:%Y-%m-%d}), "
        f"in {days(due - case.at)} if it is renewed with a third of its life left"
    )


def covered_above(case: Case, chain: VerifiedChain) -> bool:
    """Whether a pin matches a chain above its leaf, so that a new server key does no harm."""
    return any(
        entry.pin.matches(certificate, chain.position(index))
        for entry in case.pins()
        for index, certificate in enumerate(chain.certificates)
        if index > 0
    )


def void_leaf(case: Case) -> Iterator[Hit]:
    """Fire on a pin of a server's key beside one of its CA: the weaker pin decides."""
    for _, chain in dict.fromkeys(case.chains):
        if not covered_above(case, chain):
            continue
        for entry in case.pins(Role.ACTIVE):
            if entry.pin.matches(chain.leaf, Position.LEAF):
                yield Hit(
                    f"{entry.pin} adds nothing: any certificate of a pinned CA is accepted",
                    tuple(
                        str(Seen(c, chain.position(i))) for i, c in enumerate(chain.certificates)
                    ),
                    entry.place,
                )


def leaf_certificate(case: Case) -> Iterator[Hit]:
    """Fire on a digest of a server certificate, with the days that are left to it."""
    for entry in case.pins():
        if entry.pin.of is not Of.CERTIFICATE or entry.pin.position in _ABOVE_LEAF:
            continue
        seen = case.matches(entry.pin)
        if any(item.position is not Position.LEAF for item in seen):
            continue
        left = [_dead_in(case, item) for item in seen]
        if not left:
            at_most = days(longest_life_from(case.at))
            left = [f"dead within {at_most} days if it is of a publicly trusted server certificate"]
        limits = f"longest validity of a public certificate: {forecast(case.at)}"
        yield Hit(f"{entry.pin} pins a certificate, not a key", (*left, limits), entry.place)


def ca_certificate(case: Case) -> Iterator[Hit]:
    """Fire on a digest of a CA certificate: a cross-sign or a reissue is another certificate."""
    for entry in case.pins():
        if entry.pin.of is not Of.CERTIFICATE:
            continue
        seen = [item for item in case.matches(entry.pin) if item.position is not Position.LEAF]
        if seen or entry.pin.position in _ABOVE_LEAF:
            evidence = tuple(map(str, seen))
            yield Hit(f"{entry.pin} pins a CA's certificate, not its key", evidence, entry.place)


def renewed_key(case: Case) -> Iterator[Hit]:
    """Fire on a pin of a server's key where the CA's usual clients make a new one each time."""
    for entry in case.pins(Role.ACTIVE):
        if entry.pin.of is not Of.SPKI:
            continue
        for chain in dict.fromkeys(chain for _, chain in case.chains):
            rotation = rotation_by_name(chain[1]) if len(chain) > 1 else None
            if rotation is None or not rotation.new_key or covered_above(case, chain):
                continue
            if entry.pin.matches(chain.leaf, Position.LEAF):
                yield Hit(
                    f"{entry.pin} is a server key under {rotation.operator}",
                    (
                        _dead_in(case, Seen(chain.leaf, Position.LEAF)),
                        f"{rotation.practice} ({rotation.source})",
                    ),
                    entry.place,
                )


RULES: tuple[Rule, ...] = (
    Rule(
        id="leaf-certificate-pin",
        severity=Severity.ERROR,
        reason="Each renewal is a new certificate, so each renewal cuts off every client.",
        cure="Pin the key (sha256/…, from keypin pin) and renew with the same key.",
        check=leaf_certificate,
    ),
    Rule(
        id="ca-certificate-pin",
        severity=Severity.WARNING,
        reason="A CA key has several certificates (cross-signs, reissues), and the client chooses "
        "which one its chain goes through.",
        cure="Pin the CA's key instead of one of its certificates.",
        check=ca_certificate,
    ),
    Rule(
        id="leaf-key-renewed",
        severity=Severity.WARNING,
        reason="Unless the renewal is told to keep the key, the pin dies with the certificate.",
        cure="Make the renewal reuse the key (certbot --reuse-key, lego --reuse-key), or pin the "
        "CA's roots; on a managed certificate neither the key nor its date is yours.",
        check=renewed_key,
    ),
    Rule(
        id="leaf-pin-void",
        severity=Severity.NOTE,
        reason="A policy is as strong as its widest pin: with the CA's key accepted, the server's "
        "key protects nothing more.",
        cure="Keep the server's key and a backup key alone for strength, or the CA's keys alone "
        "for ease.",
        check=void_leaf,
    ),
)
