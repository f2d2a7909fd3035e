"""Recognising what is wrong with time: an expired certificate, a missed renewal, a wrong clock.

The clock that judges is this machine's, so a certificate that is not yet valid accuses the clock
first. Thresholds are fractions of the lifetime: a fixed thirty days would be noise at 47.
"""

from collections.abc import Iterator

from keypin.certs.certificate import Certificate
from keypin.certs.failure import Reason
from keypin.diagnose.view import Recogniser, View, describe, failed, when, where
from keypin.findings import Severity
from keypin.pins.lifetimes import days, near_expiry
from keypin.pins.rules.rule import Hit


def expired(view: View) -> Iterator[Hit]:
    """Recognise an expired certificate anywhere in what was sent."""
    for shake in failed(view, Reason.EXPIRED):
        for certificate in shake.presented:
            if certificate.not_after < view.at:
                ago = days(view.at - certificate.not_after)
                which = (
                    "the server's certificate"
                    if certificate is shake.presented[0]
                    else ("a CA certificate that the server sends")
                )
                text = f"{which} expired {ago} days ago, on {certificate.not_after:%Y-%m-%d}"
                yield Hit(text, (describe(certificate), where(shake)))


def not_yet_valid(view: View) -> Iterator[Hit]:
    """Recognise a certificate whose validity has not begun."""
    for shake in failed(view, Reason.NOT_YET_VALID):
        leaf = shake.presented[0]
        yield Hit(
            f"the certificate is not valid before {when(leaf.not_before)}",
            (describe(leaf), f"this machine's clock: {when(view.at)}", where(shake)),
        )


def _outside(view: View, certificate: Certificate) -> bool:
    return not certificate.not_before <= view.at <= certificate.not_after


def clock(view: View) -> Iterator[Hit]:
    """Recognise a wrong clock here: nothing that any address shows is valid at our time.

    One certificate outside its validity is the server's fault. All of them, the CAs' of many years
    included, or all not yet begun, are ours.
    """
    shown = [certificate for shake in view.handshakes for certificate in shake.presented]
    if not shown or not all(_outside(view, certificate) for certificate in shown):
        return
    if all(view.at < certificate.not_before for certificate in shown):
        behind = days(min(c.not_before for c in shown) - view.at)
        text = f"this machine's clock seems to be at least {behind} days behind"
    elif all(certificate.not_after < view.at for certificate in shown) and len(set(shown)) > 1:
        ahead = days(view.at - max(c.not_after for c in shown))
        text = f"this machine's clock may be {ahead} days ahead, or the server was abandoned"
    else:
        return
    spans = {f"{describe(c)}, {when(c.not_before)} to {when(c.not_after)}": None for c in shown}
    yield Hit(text, (f"this machine's clock: {when(view.at)}", *spans))


def near(view: View) -> Iterator[Hit]:
    """Recognise a renewal that should have happened already."""
    for shake in view.handshakes:
        leaf = shake.presented[0]
        left = leaf.not_after - view.at
        if left.total_seconds() > 0 and left < near_expiry(leaf.not_before, leaf.not_after):
            lifetime = days(leaf.not_after - leaf.not_before)
            text = f"the certificate expires in {days(left)} days, of {lifetime}"
            yield Hit(text, (f"ends {when(leaf.not_after)}", describe(leaf), where(shake)))


RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser(
        id="clock-error",
        severity=Severity.WARNING,
        cure="Set this machine's clock by NTP, then look again.",
        look=clock,
    ),
    Recogniser(
        id="certificate-expired",
        severity=Severity.ERROR,
        cure="Renew the certificate, and find out why the renewal did not run.",
        look=expired,
    ),
    Recogniser(
        id="certificate-not-yet-valid",
        severity=Severity.ERROR,
        cure="Check this machine's clock; if it is right, the certificate was deployed too early.",
        look=not_yet_valid,
    ),
    Recogniser(
        id="renewal-missed",
        severity=Severity.WARNING,
        cure="Run the renewal now, with the pinned key or a key whose pin is already shipped.",
        look=near,
    ),
)
