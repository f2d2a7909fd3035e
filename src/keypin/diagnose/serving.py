"""Recognising how the chain is served: by whom, from where, and what is sent or left out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from keypin.certs.failure import Reason
from keypin.certs.observation import Handshake
from keypin.diagnose.view import Recogniser, View, describe, failed, where
from keypin.findings import Severity
from keypin.pins.hosting import marks, service_of_host, shared_between
from keypin.pins.rules.rule import Hit
from keypin.pins.story import plain


def cdn(view: View) -> Iterator[Hit]:
    """Recognise a CDN, platform or third party by host, issuer or names in the certificate."""
    service = service_of_host(view.host)
    if service is not None:
        yield Hit(f"{service.name} serves this host ({service.kind})", (f"host: {view.host}",))
    for shake in view.handshakes:
        for mark in marks(shake.presented[0], view.host):
            if view.is_public(shake):
                text = f"{mark.service.name} serves this host ({mark.service.kind})"
                yield Hit(text, (mark.evidence, where(shake)))


def shared(view: View) -> Iterator[Hit]:
    """Recognise a certificate that is shared by many unrelated owners."""
    for shake in view.handshakes:
        leaf = shake.presented[0]
        if found := shared_between(leaf):
            yield Hit(
                f"the certificate is shared by {len(found)} owners",
                (f"among them: {', '.join(found[:5])}", describe(leaf), where(shake)),
            )


def differ_by_address(view: View) -> Iterator[Hit]:
    """Recognise that addresses show different keys to the same question."""
    asked: dict[str, list[Handshake]] = defaultdict(list)
    for shake in view.handshakes:
        asked[shake.key_type].append(shake)
    for shakes in asked.values():
        keys: dict[str, set[bytes]] = defaultdict(set)
        for shake in shakes:
            keys[shake.address].add(shake.presented[0].spki)
        if len({frozenset(each) for each in keys.values()}) > 1:
            yield Hit(_who_differs(keys), tuple(dict.fromkeys(map(_shown_by, shakes))))


def _who_differs(keys: Mapping[str, set[bytes]]) -> str:
    """Return which addresses show other keys than most, or that they differ."""
    alike: dict[frozenset[bytes], list[str]] = defaultdict(list)
    for address, shown in keys.items():
        alike[frozenset(shown)].append(address)
    most = max(alike.values(), key=len)
    odd = [address for address in keys if address not in most]
    if len(odd) < len(most):
        shows = "shows another key" if len(odd) == 1 else "show other keys"
        return f"{', '.join(odd)} {shows} than the other {len(most)} addresses"
    return f"{len(keys)} addresses show {len(alike)} different keys"


def _shown_by(handshake: Handshake) -> str:
    leaf = handshake.presented[0]
    doubt = "" if handshake.verified else "; it does not verify"
    return f"{handshake.address}: {describe(leaf)}, issued by {plain(leaf.issuer)}{doubt}"


def differ_by_key_type(view: View) -> Iterator[Hit]:
    """Recognise a server with an ECDSA and an RSA certificate: pins must cover both."""
    seen = {
        leaf.key.algorithm.split(" ")[0]: (leaf, shake)
        for shake in view.handshakes
        for leaf in shake.presented[:1]
    }
    if len(seen) > 1:
        yield Hit(
            f"the server has certificates of {len(seen)} key types: {', '.join(sorted(seen))}",
            tuple(f"{describe(leaf)}, {where(shake)}" for leaf, shake in seen.values()),
        )


def unsent(view: View) -> Iterator[Hit]:
    """Recognise a chain that verifies only thanks to a certificate that was not sent."""
    for shake in view.handshakes:
        if shake.verified is None:
            continue
        for certificate in shake.verified.intermediates:
            if certificate not in shake.presented:
                yield Hit(
                    "the chain verifies only thanks to a certificate that was not sent",
                    (describe(certificate), where(shake)),
                )


def missing(view: View) -> Iterator[Hit]:
    """Recognise that the server does not send its intermediates."""
    for shake in failed(view, Reason.MISSING_INTERMEDIATE):
        last = shake.presented[-1]
        fetch = tuple(f"can be had from {url}" for url in last.aia_issuers)
        yield Hit(
            "the server does not send the certificate of its issuer",
            (f"missing: {last.issuer}", *fetch, where(shake)),
        )


def order(view: View) -> Iterator[Hit]:
    """Recognise certificates that are not sent each before its issuer (RFC 5246, 7.4.2)."""
    for shake in view.handshakes:
        path = [c for c in (shake.verified or ()) if c in shake.presented]
        if path != [c for c in shake.presented if c in path]:
            text = "the certificates are sent in the wrong order"
            yield Hit(text, (*map(describe, shake.presented), where(shake)))


def unneeded(view: View) -> Iterator[Hit]:
    """Recognise certificates that are sent and play no part in the verified chain."""
    for shake in view.handshakes:
        if shake.verified is None:
            continue
        keys = {certificate.spki for certificate in shake.verified}
        # Another certificate of a key in the chain is a cross-sign, sent for older clients.
        for extra in shake.presented:
            if extra.spki not in keys:
                yield Hit("certificates are sent that the chain does not need", (describe(extra),))


RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser(
        id="hosting-service",
        severity=Severity.NOTE,
        cure="Pin this host only with a key of your own that you deploy there yourself.",
        look=cdn,
    ),
    Recogniser(
        id="shared-certificate",
        severity=Severity.NOTE,
        cure="Do not pin this key: get a certificate with a key of your own first.",
        look=shared,
    ),
    Recogniser(
        id="addresses-differ",
        severity=Severity.WARNING,
        cure="Find out which of them you deployed: a renewal may be under way, or somebody may sit "
        "in between. Pin no key that is not yours.",
        look=differ_by_address,
    ),
    Recogniser(
        id="key-types-differ",
        severity=Severity.NOTE,
        cure="Pin the keys of both certificates: which one is served depends on the client.",
        look=differ_by_key_type,
    ),
    Recogniser(
        id="verifies-by-unsent",
        severity=Severity.WARNING,
        cure="Configure the server to send it: clients without it fail, and those that find "
        "another path see other keys.",
        look=unsent,
    ),
    Recogniser(
        id="missing-intermediate",
        severity=Severity.ERROR,
        cure="Configure the server with its full chain.",
        look=missing,
    ),
    Recogniser(
        id="wrong-order",
        severity=Severity.NOTE,
        cure="Send the server's own certificate first, then each issuer in turn.",
        look=order,
    ),
    Recogniser(
        id="unneeded-certificates",
        severity=Severity.NOTE,
        cure="Remove them from the server's chain, and never take their pins for this server's.",
        look=unneeded,
    ),
)
