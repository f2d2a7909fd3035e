"""The page of a certificate that a log holds: who issued it, and what it would break."""

from dataclasses import dataclass
from typing import ClassVar

from keypin.findings import Finding
from keypin.web.views.ct import IssuedRow
from keypin.web.views.form import Form
from keypin.web.views.parts import Action, ChainShown, Link, ReleaseVerdict, State
from keypin.web.views.whole import Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that proves the certificate was logged.

    Attributes:
        what: as "Inclusion in Sabre 2026h2, entry 620,411,003".
        state: whether it was verified.
        detail: as "Tree head of 620,411,904 entries, signed at 12:21:04 UTC".
    """

    what: str
    state: State
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedView:
    """The page.

    Attributes:
        row: as in the list of what was found.
        chain: the certificate and its issuers, as far as the log has them.
        releases: what every release would say if it were deployed.
        findings: what follows from it, the worst first.
        evidence: what proves that it was logged.
        downloads: the certificate, its chain and the proof.
        links: where one reads more: endpoint, planned chain in the matrix, other services.
        acknowledge: the form that says that it is known; None where somebody did, or may not.
        actions: take that back.
    """

    template: ClassVar[str] = "issued.html"

    row: IssuedRow
    chain: ChainShown
    releases: Whole[ReleaseVerdict]
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    downloads: tuple[Link, ...]
    links: tuple[Link, ...]
    acknowledge: Form | None
    actions: tuple[Action, ...]
