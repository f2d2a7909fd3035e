"""Recognise what stands behind an observation: the whole table of recognisers, run in order.

Facts in, findings out, each with its evidence: certificate, pin, address. Whoever calls brings the
observation, the public roots and the time; nothing here touches the network.
"""

from datetime import datetime

from keypin.certs.observation import Observation
from keypin.certs.trust import TrustStore
from keypin.diagnose import interception, quality, serving, validity
from keypin.diagnose.view import Recogniser, View
from keypin.findings import Finding

RECOGNISERS: tuple[Recogniser, ...] = (
    *interception.RECOGNISERS,
    *validity.RECOGNISERS,
    *quality.RECOGNISERS,
    *serving.RECOGNISERS,
)
"""Everything that can be recognised, in the order in which findings are given."""


def recognise(
    observation: Observation, *, public_roots: TrustStore | None, at: datetime
) -> tuple[Finding, ...]:
    """Judge what an endpoint showed.

    Args:
        observation: the handshakes and failures of one endpoint.
        public_roots: the roots of the public web, to tell a private CA from a public one; None
            where they are not at hand, and then only products known by name are recognised.
        at: the time of the judgement, timezone-aware: our clock, which may be what is wrong.

    Returns:
        The findings; empty where there is nothing to say, as for an endpoint that never answered.

    Raises:
        ValueError: `at` has no timezone.
    """
    if at.tzinfo is None:
        raise ValueError("at has no timezone; pass an aware datetime")
    view = View(observation, public_roots, at)
    return tuple(finding for row in RECOGNISERS for finding in row.findings(view))
