"""Plans: chains that somebody means to deploy, each kept with its day, and judged before it."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from keypin.watch.inventory import UnknownError, plans, pushing
from keypin.watch.inventory.chains import Chain, Chains
from keypin.watch.inventory.edit import Did, Edit
from keypin.watch.inventory.plans import Ended, KnownPlan, read_chain
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.watch.store.tables import plans as table
from keypin.web.api.call import Asked
from keypin.web.api.findings_told import ToldCertificate, certificate
from keypin.web.api.gate import Hosts, judged
from keypin.web.api.gate_told import ToldTrial
from keypin.web.api.operation import CHAIN, Body, Operation, Tag
from keypin.web.api.paging import Page, Paged
from keypin.web.api.shapes import Given, Moment, Number, Title, Told


class ToldPlan(Told):
    """A plan."""

    id: int
    name: str
    hosts: Annotated[list[str], Field(description="Empty: all that the certificate names.")]
    deploy_at: datetime
    chain: list[ToldCertificate]
    created_by: str
    created_at: datetime
    ended: Annotated[str | None, Field(description="deployed or withdrawn; null while it stands.")]
    ended_at: datetime | None


class PlanChange(Given):
    """What may change of a plan; what is left out stays."""

    deploy_at: Moment | None = None
    ended: Annotated[Ended | None, Field(strict=False, description="How it came to its end.")] = (
        None
    )


def list_plans(
    call: Asked,
    paging: Paged,
    *,
    ended: Annotated[bool, Query(description="Those that ended, too.")] = False,
) -> Page[ToldPlan]:
    """List the plans, by the day of deployment."""
    with call.read() as scope:
        found = plans.listed(scope, ended=ended)
        chains = Chains().read(scope.connection, {one.chain for one in found})
    return paging.of(
        found,
        lambda one: _told(one, chains.get(one.chain, ())),
        lambda one: (one.deploy_at.isoformat(), one.id),
        str,
        int,
    )


def create_plan(
    call: Asked,
    response: Response,
    name: Annotated[Title, Query()],
    deploy_at: Annotated[Moment, Query()],
    host: Hosts,
) -> ToldPlan:
    """Plan to deploy a chain; the endpoints that it is for are judged with it at once.

    The body is the chain as the server would send it: PEM, DER or PKCS #7, in any order.
    """
    chain = read_chain(call.body)
    with call.begin() as scope:
        by = call.identity.actor.name[:254]
        edit = pushing.plan(scope, name, chain, deploy_at=deploy_at, by=by, at=call.at, hosts=host)
        call.wrote(scope, edit)
        told = _shown(scope, plans.find(scope, name))
    response.headers["location"] = f"/api/v1/plans/{told.id}"
    return told


def get_plan(call: Asked, plan: Number) -> ToldPlan:
    """Show a plan."""
    with call.read() as scope:
        return _shown(scope, _find(scope, plan))


def get_plan_verdicts(call: Asked, plan: Number) -> ToldTrial:
    """Say which releases would refuse the chain of a plan on its day."""
    with call.read() as scope:
        known = _find(scope, plan)
        chain = _chain(scope, known)
    return judged(call, chain, hosts=list(known.hosts), at=max(known.deploy_at, call.at))


def change_plan(call: Asked, plan: Number, change: PlanChange) -> ToldPlan:
    """Put a plan off or forward, or end it: it was deployed, or will not be."""
    with call.begin() as scope:
        known = _find(scope, plan)
        call.match(_shown(scope, known))
        if change.deploy_at is not None:
            call.wrote(scope, plans.move(scope, known.name, change.deploy_at))
        if change.ended is not None:
            call.wrote(scope, pushing.end_plan(scope, known.name, change.ended, at=call.at))
        return _shown(scope, _find(scope, plan))


def remove_plan(call: Asked, plan: Number) -> None:
    """Forget a plan."""
    with call.begin() as scope:
        known = _find(scope, plan)
        call.match(_shown(scope, known))
        if known.ended is None:  # so that what it was for is judged without it
            pushing.end_plan(scope, known.name, Ended.WITHDRAWN, at=call.at)
        plans.remove(scope, known.name)
        gone = Edit(did=Did.REMOVED, kind="plan", subject=known.name, id=known.id)
        call.wrote(scope, gone)


def _find(scope: Scope, number: int) -> KnownPlan:
    name = scope.value(scope.select(table.c.name).where(table.c.id == number))
    if name is None:
        raise UnknownError.of("plan", number)
    return plans.find(scope, str(name))


def _chain(scope: Scope, known: KnownPlan) -> Chain:
    return Chains().read(scope.connection, [known.chain])[known.chain]


def _shown(scope: Scope, known: KnownPlan) -> ToldPlan:
    return _told(known, _chain(scope, known))


def _told(one: KnownPlan, chain: Chain) -> ToldPlan:
    return ToldPlan(
        id=one.id,
        name=one.name,
        hosts=list(one.hosts),
        deploy_at=one.deploy_at,
        chain=[certificate(each) for each in chain],
        created_by=one.created_by,
        created_at=one.created_at,
        ended=one.ended.value if one.ended else None,
        ended_at=one.ended_at,
    )


_ONE = "/plans/{plan}"

OPERATIONS = (
    Operation(method="GET", path="/plans", answer=list_plans, action=Action.READ, tag=Tag.PLANS),
    Operation(
        method="POST",
        path="/plans",
        answer=create_plan,
        action=Action.WRITE_PLANS,
        tag=Tag.PLANS,
        status=201,
        errors=(409,),
        body=Body.RAW,
        sample=CHAIN,
    ),
    Operation(
        method="GET",
        path=_ONE,
        answer=get_plan,
        action=Action.READ,
        tag=Tag.PLANS,
        errors=(404,),
    ),
    Operation(
        method="GET",
        path=f"{_ONE}/verdicts",
        answer=get_plan_verdicts,
        action=Action.READ,
        tag=Tag.PLANS,
        errors=(404,),
    ),
    Operation(
        method="PATCH",
        path=_ONE,
        answer=change_plan,
        action=Action.WRITE_PLANS,
        tag=Tag.PLANS,
        errors=(404, 412),
        example={"deploy_at": "2027-03-15T08:00:00Z"},
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        answer=remove_plan,
        action=Action.WRITE_PLANS,
        tag=Tag.PLANS,
        status=204,
        errors=(404, 412),
    ),
)
