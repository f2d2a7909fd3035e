"""The gate: which releases would refuse a chain, were it deployed? Nothing is kept of it."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated

from fastapi import Query

from keypin.certs import TrustStore
from keypin.watch.inventory.chains import Chain
from keypin.watch.inventory.plans import read_chain
from keypin.watch.people.roles import Action
from keypin.watch.probing import try_chain
from keypin.watch.probing.trust import Trust
from keypin.watch.settings import Settings
from keypin.web.api.call import Asked, Call
from keypin.web.api.gate_told import ToldTrial, trial
from keypin.web.api.operation import CHAIN, Body, Operation, Tag
from keypin.web.api.shapes import Host, Moment

Hosts = Annotated[
    list[Host],
    Query(
        default_factory=list,
        max_length=100,
        description="For these alone; else all that the certificate names.",
    ),
]


def try_a_chain(
    call: Asked,
    host: Hosts,
    at: Annotated[
        Moment | None, Query(description="When it is deployed; now if not given.")
    ] = None,
) -> ToldTrial:
    """Say which releases would refuse a chain.

    The body is the chain as the server would send it: PEM, DER or PKCS #7, in any order.
    """
    return judged(call, read_chain(call.body), hosts=host, at=at or call.at)


def judged(call: Call, chain: Chain, *, hosts: list[str], at: datetime) -> ToldTrial:
    """Return what a chain would do to the releases of the caller's organisation.

    Raises:
        InputError: one of the hosts is none.
    """
    trust = _anchors(call.core.settings)
    with call.read() as scope:
        found = try_chain(scope, chain, trust=trust, at=at, hosts=hosts)
    return trial(found, trust.name)


@lru_cache(maxsize=4)
def _anchors(settings: Settings) -> TrustStore:
    """Return the anchors of an installation, read once: they stand as long as the process does."""
    return Trust.of(settings).anchors


OPERATIONS = (
    Operation(
        method="POST",
        path="/gate",
        answer=try_a_chain,
        action=Action.READ,
        tag=Tag.PLANS,
        body=Body.RAW,
        sample=CHAIN,
    ),
)
