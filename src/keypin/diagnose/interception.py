"""Recognising that somebody stands in the connection: a proxy, a private CA, a captive portal."""

from collections.abc import Iterator

from keypin.certs.failure import Reason
from keypin.certs.observation import Handshake
from keypin.diagnose.products import Product, portal_name, product_of
from keypin.diagnose.view import Recogniser, View, describe, failed, where
from keypin.findings import Severity
from keypin.pins.hosting import bare
from keypin.pins.rules.rule import Hit

_STRANGE = (
    Reason.HOST_MISMATCH,
    Reason.SELF_SIGNED,
    Reason.UNKNOWN_ISSUER,
    Reason.UNTRUSTED_ROOT,
    Reason.MISSING_INTERMEDIATE,
)


def product_in(view: View, handshake: Handshake) -> tuple[Product, str] | None:
    """Return the interception product that a handshake's chain names, or None.

    A chain to a public root is nobody's product, whatever company stands in its names.
    """
    if view.is_public(handshake):
        return None
    shown = (*handshake.presented, *(handshake.verified or ()))
    return product_of(tuple(dict.fromkeys(certificate.issuer for certificate in shown)))


def proxy(view: View) -> Iterator[Hit]:
    """Recognise a known interception product by the names in the chain."""
    for shake in view.handshakes:
        if found := product_in(view, shake):
            product, name = found
            yield Hit(
                f"{product.name} stands in the connection: {product.kind}",
                (f"issuer: {name}", describe(shake.presented[0]), where(shake)),
            )


def private_root(view: View) -> Iterator[Hit]:
    """Recognise a chain that verifies to a root which is not a public one."""
    if view.public_roots is None:
        return
    for shake in view.handshakes:
        if shake.verified is None or view.is_public(shake) or product_in(view, shake):
            continue
        root = shake.verified.root
        yield Hit(
            f"the chain ends in a root that is not public: {root.subject or '(no subject)'}",
            (describe(root), f"not in {view.public_roots.name}", where(shake)),
        )


def captive_portal(view: View) -> Iterator[Hit]:
    """Recognise a portal that answers in the server's place until one has signed in."""
    for shake in failed(view, *_STRANGE):
        leaf = shake.presented[0]
        names = (*map(bare, leaf.dns_names), leaf.common_name or "")
        name = portal_name(tuple(name for name in names if name != view.host))
        if name is not None and view.host not in names:
            yield Hit(
                f"a captive portal seems to answer for {view.host}: it shows a certificate "
                f"for {name}",
                (describe(leaf), f"issuer: {leaf.issuer}", where(shake)),
            )


RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser(
        id="intercepting-proxy",
        severity=Severity.ERROR,
        cure="Do not pin what you see here: look again from a network without it, or exempt the "
        "host from inspection.",
        look=proxy,
    ),
    Recogniser(
        id="private-root",
        severity=Severity.WARNING,
        cure="If the CA is yours, pin its root; if not, this connection is intercepted: pin "
        "nothing that is seen here.",
        look=private_root,
    ),
    Recogniser(
        id="captive-portal",
        severity=Severity.WARNING,
        cure="Sign in to the network, then look again.",
        look=captive_portal,
    ),
)
