"""The shape of a classification, and of the facts that a group of reports is judged by.

This module must not know any particular classification; `keypin.reports.chain_rules` and
`keypin.reports.crowd_rules` have the rows.
"""

from dataclasses import dataclass
from datetime import datetime

from keypin.certs import Certificate, TrustStore, VerifiedChain
from keypin.findings import Severity
from keypin.rotation import Release


@dataclass(frozen=True, slots=True)
class Shown:
    """A chain that our own probes saw at the host, and when: an observation's interval.

    Attributes:
        chain: the verified chain.
        since: when it was first seen, timezone-aware.
        until: when it was last seen; None while it is what is shown now.
    """

    chain: VerifiedChain
    since: datetime
    until: datetime | None = None

    def has(self, leaf: Certificate) -> bool:
        """Tell whether its server's key is that of a certificate."""
        return self.chain.leaf.spki == leaf.spki


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known besides the reports.

    Attributes:
        at: the time of the judgement, timezone-aware.
        public_roots: the roots of the public web, or None where they are not at hand.
        own_roots: anchors of our own that clients trust for this host, if there are any.
        releases: what is in the field of the application, each with its pins; empty where it is not
            known, and then no report is called forged.
        shown: what our own probes saw at the host, the oldest first.
    """

    at: datetime
    public_roots: TrustStore | None = None
    own_roots: TrustStore | None = None
    releases: tuple[Release, ...] = ()
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What most probably stands behind a group of reports.

    Attributes:
        id: kebab case, stable for ever, as `own-rotation`.
        severity: how bad it is for the users of the application.
        message: what it most probably is, a clause without a full stop.
        evidence: the facts that it rests on, one line each; how many reports of whom at the end.
        next_step: what to do, an imperative clause.
        benign: True for what only the operator can have caused, False for somebody in the middle,
            None where it cannot be told.
    """

    id: str
    severity: Severity
    message: str
    evidence: tuple[str, ...] = ()
    next_step: str
    benign: bool | None = None
