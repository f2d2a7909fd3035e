"""The opinions behind `keypin.pins.advice`: when to pin, what, why, and who says so.

A table: the first row that applies to a situation decides. The last row always applies. Rows only;
what follows from a verdict is the advice's matter.

Sources: OWASP Pinning Cheat Sheet; Apple, "Identity Pinning: How to configure server certificates
for your app"; Android, "Security with network protocols"; Let's Encrypt, "New intermediate
certificates" (2024-03-19); RFC 7469 sections 4.3 and 4.5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from keypin.pins.situation import (
    Authority,
    Client,
    Platform,
    Renewal,
    Reserve,
    Server,
    Situation,
    Stakes,
    Updates,
)


class Verdict(StrEnum):
    """Whether to pin."""

    PIN = "pin"
    WITH_CARE = "pin-with-care"
    DO_NOT = "do-not-pin"


class Target(StrEnum):
    """What to pin. An intermediate is never advised: it is neither yours nor lasting."""

    LEAF = "leaf"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A row of the table: when it applies, what follows, and why."""

    applies: Callable[[Situation], bool]
    verdict: Verdict
    target: Target | None
    reason: str


OPINIONS: tuple[Opinion, ...] = (
    Opinion(
        lambda s: s.platform is Platform.BROWSER,
        Verdict.DO_NOT,
        None,
        "Browsers do not pin: Chrome 72 and Firefox 72 removed HPKP. Use CAA records and "
        "Certificate Transparency monitoring instead.",
    ),
    Opinion(
        lambda s: s.server is Server.THIRD_PARTY,
        Verdict.DO_NOT,
        None,
        "The server is a third party's: its next renewal, of which nobody tells you, is your "
        "outage (OWASP: pin only where you control both ends).",
    ),
    Opinion(
        lambda s: s.client is Client.OTHERS,
        Verdict.DO_NOT,
        None,
        "The clients are others': you can neither see which pins they carry nor change them.",
    ),
    Opinion(
        lambda s: s.authority is Authority.PRIVATE,
        Verdict.PIN,
        Target.ROOT,
        "The CA is your own: pin its root, and every certificate below it can change freely.",
    ),
    Opinion(
        lambda s: s.updates is Updates.NEVER,
        Verdict.DO_NOT,
        None,
        "Clients that cannot be updated outlive every key of a public CA. Put the host under a CA "
        "of your own, and pin its root.",
    ),
    Opinion(
        lambda s: s.renewal is Renewal.MANAGED,
        Verdict.DO_NOT,
        None,
        "Whoever manages the certificate makes a new key at each renewal and may change the CA. "
        "Bring a key of your own to the provider first.",
    ),
    Opinion(
        lambda s: s.server is Server.PROVIDER and s.renewal is not Renewal.SAME_KEY,
        Verdict.DO_NOT,
        None,
        "A CDN or platform holds the key and changes it, and the CA, by its own schedule.",
    ),
    Opinion(
        lambda s: s.stakes is Stakes.ORDINARY,
        Verdict.DO_NOT,
        None,
        "For ordinary stakes the trust store and Certificate Transparency suffice: Apple calls "
        "pinning unnecessary in most cases, and Android does not recommend it.",
    ),
    Opinion(
        lambda s: s.renewal is Renewal.NEW_KEY,
        Verdict.WITH_CARE,
        Target.ROOT,
        "Each renewal makes a new key, so only the CA's roots last; they narrow the CAs that can "
        "be used against you to two. Keep the key at renewal, and the server's key is better.",
    ),
    Opinion(
        lambda s: (
            s.client is Client.MINE
            and s.server is not None
            and s.renewal is Renewal.SAME_KEY
            and s.reserve is Reserve.OFFLINE_KEY
            and s.updates is not None
        ),
        Verdict.PIN,
        Target.LEAF,
        "You control both ends, renew with the same key and hold a backup: pin the server's key, "
        "and no CA at all can be used against you.",
    ),
    Opinion(
        lambda s: s.reserve is Reserve.NONE,
        Verdict.WITH_CARE,
        Target.LEAF,
        "There is no backup key: make one first, or the loss of the key is the loss of every "
        "client (RFC 7469, section 4.3).",
    ),
    Opinion(
        lambda _: True,
        Verdict.WITH_CARE,
        Target.LEAF,
        "Pinning is sound where you control both ends, keep the key at renewal and hold a backup; "
        "not all of that is known here.",
    ),
)


def opinion_on(situation: Situation) -> Opinion:
    """Return the opinion that decides a situation: the first that applies."""
    return next(row for row in OPINIONS if row.applies(situation))
