"""The inventory as code: shown as `keypin.toml`, compared with one, and made to be one.

A plan says what applying a file would do, with a digest of it; applying takes the digest, and does
what was planned or nothing. Addresses of routes never stand in the file: those that it says are in
variables come beside it, and those that it says are secrets are known here.
"""

from collections.abc import Collection, Mapping
from typing import Annotated

from fastapi import Response
from pydantic import Field

from keypin.inventory import Change, Inventory, dumps
from keypin.inventory import text as text_of
from keypin.watch.alerting.as_code import handlers
from keypin.watch.alerting.locking import alone
from keypin.watch.alerting.routes import checked
from keypin.watch.guarding import Guard
from keypin.watch.inventory.apply import apply
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.web import as_code
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.shapes import Given, Told
from keypin.web.dialling import looking_up
from keypin.web.problems import WrongError

FORM = "application/toml"

# As large as the largest file that is read; see `keypin.inventory.toml`.
_LONGEST = 32 * 1024 * 1024


class GivenInventory(Given):
    """A file."""

    toml: Annotated[
        str, Field(max_length=_LONGEST, description="A keypin.toml, its pins written in it.")
    ]


class GivenToPlan(GivenInventory):
    """A file whose plan is asked for."""

    variables: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list[str],
        max_length=1000,
        description="Names of the variables whose values can be sent when it is applied.",
    )


class GivenPlan(GivenInventory):
    """A file whose plan was looked at."""

    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="That of the plan.")]
    addresses: dict[str, Annotated[str, Field(max_length=4000)]] = Field(
        default_factory=dict,
        max_length=1000,
        description="Addresses of routes, by the variables that the file says they are in.",
    )


class ToldField(Told):
    """A value of an entry, as text."""

    name: str
    before: str
    after: str


class ToldChange(Told):
    """A row of a plan."""

    action: str
    kind: str
    subject: str
    fields: list[ToldField]
    danger: Annotated[str | None, Field(description="Whom it could lock out.")]


class ToldMissing(Told):
    """An address that the plan needs and that is not known."""

    route: str
    kept: Annotated[str, Field(description="Where the file says it is: secret or env.")]
    name: Annotated[str, Field(description="Of the secret, or of the variable.")]


class ToldPlanned(Told):
    """What applying a file would do, or did."""

    digest: Annotated[str, Field(description="To be sent when it is applied.")]
    changes: list[ToldChange]
    missing: Annotated[
        list[ToldMissing], Field(description="What must be given before it can be applied.")
    ]
    text: Annotated[str, Field(description="The same as text.")]


def get_inventory(call: Asked) -> Response:
    """Return the inventory as keypin.toml; an address that no file gave stands as a secret.

    Its plan is empty. Applied to an empty installation it gives the same inventory, once the
    secrets that it names are kept there.
    """
    with call.read() as scope:
        stands = as_code.stands(scope, call.core.sealer)
    return Response(dumps(stands), media_type=FORM)


def plan_inventory(call: Asked, given: GivenToPlan) -> ToldPlanned:
    """Say what applying a keypin.toml would do."""
    with as_code.turn(given.toml):
        wanted = as_code.read(given.toml, call.identity.organisation_name)
        with call.read() as scope:
            changes = as_code.changes(scope, call.core.sealer, wanted)
            return _planned(scope, wanted, changes, given.variables)


def apply_inventory(call: Asked, given: GivenPlan) -> ToldPlanned:
    """Do what was planned, all of it or nothing."""
    guard = Guard.of(call.core.settings)
    with looking_up():
        addresses = {name: checked(one, guard) for name, one in given.addresses.items()}
    with as_code.turn(given.toml):
        return _applied(call, given, addresses)


def _applied(call: Call, given: GivenPlan, addresses: Mapping[str, str]) -> ToldPlanned:
    wanted = as_code.read(given.toml, call.identity.organisation_name)
    sealer = call.core.sealer
    with call.begin() as scope:
        alone(scope)  # for rules and routes, and before any row is locked
        changes = as_code.changes(scope, sealer, wanted)
        planned = _planned(scope, wanted, changes, addresses)
        if planned.digest != given.digest:
            raise WrongError(
                409, "the inventory or the file is another than in the plan; plan it again"
            )
        others = handlers(sealer, lambda one: as_code.address(scope, sealer, one, addresses))
        for edit in apply(scope, changes, wanted, at=call.at, others=others):
            call.wrote(scope, edit)
    return planned


def _planned(
    scope: Scope, wanted: Inventory, changes: tuple[Change, ...], variables: Collection[str]
) -> ToldPlanned:
    missing = tuple(as_code.missing(scope, changes, wanted, variables))
    return ToldPlanned(
        digest=as_code.digest(wanted, changes),
        changes=[ToldChange.model_validate(change.document()) for change in changes],
        missing=[
            ToldMissing(route=one.route, kept=one.url.kept.value, name=one.url.name)
            for one in missing
        ],
        text="\n".join((text_of(changes), *map(str, missing))),
    )


_EXAMPLE = """version = 1
organisation = "acme"

[[endpoint]]
host = "api.example.com"
"""

OPERATIONS = (
    Operation(
        method="GET",
        path="/inventory",
        answer=get_inventory,
        action=Action.READ,
        tag=Tag.INVENTORY,
        form=FORM,
    ),
    Operation(
        method="POST",
        path="/inventory/plan",
        answer=plan_inventory,
        action=Action.READ,
        tag=Tag.INVENTORY,
        example={"toml": _EXAMPLE, "variables": []},
    ),
    Operation(
        method="POST",
        path="/inventory/apply",
        answer=apply_inventory,
        action=Action.WRITE_INVENTORY,
        tag=Tag.INVENTORY,
        errors=(404, 409),
        example={"toml": _EXAMPLE, "digest": "0" * 64, "addresses": {}},
    ),
)
