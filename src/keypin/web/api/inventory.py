"""The inventory as code: shown as `keypin.toml`, compared with one, and made to be one.

A plan says what applying a file would do, with a digest of it; applying takes the digest, and does
what was planned or nothing. Addresses of routes never stand in the file: those that it says are in
variables come beside it, and those that it says are secrets are known here.
"""

import hashlib
import json
from dataclasses import replace
from typing import Annotated

from fastapi import Response
from pydantic import Field

from keypin.errors import InputError
from keypin.inventory import Change, Inventory, Kept, Reference, RouteEntry, diff, dumps, loads
from keypin.inventory import text as text_of
from keypin.watch.alerting.as_code import handlers, standing_routes, standing_rules
from keypin.watch.alerting.routes import checked
from keypin.watch.guarding import Guard
from keypin.watch.inventory import releases
from keypin.watch.inventory.apply import apply
from keypin.watch.inventory.standing import shares_of, standing
from keypin.watch.people import named_secrets
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.shapes import Given, Told
from keypin.web.problems import WrongError

FORM = "application/toml"

# As large as the largest file that is read; see `keypin.inventory.toml`.
_LONGEST = 32 * 1024 * 1024


class GivenInventory(Given):
    """A file."""

    toml: Annotated[
        str, Field(max_length=_LONGEST, description="A keypin.toml, its pins written in it.")
    ]


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


class ToldPlanned(Told):
    """What applying a file would do, or did."""

    digest: Annotated[str, Field(description="To be sent when it is applied.")]
    changes: list[ToldChange]
    text: Annotated[str, Field(description="The same as text.")]


def get_inventory(call: Asked) -> Response:
    """Return the inventory as keypin.toml; an address that no file gave stands as a secret."""
    with call.read() as scope:
        stands = _stands(call, scope, None)
    hidden = [replace(one, url=_hidden(one)) for one in stands.routes]
    return Response(dumps(replace(stands, routes=tuple(hidden))), media_type=FORM)


def plan_inventory(call: Asked, given: GivenInventory) -> ToldPlanned:
    """Say what applying a keypin.toml would do."""
    wanted = _wanted(call, given.toml)
    with call.read() as scope:
        return _planned(wanted, _changes(call, scope, wanted))


def apply_inventory(call: Asked, given: GivenPlan) -> ToldPlanned:
    """Do what was planned, all of it or nothing."""
    wanted = _wanted(call, given.toml)
    guard = Guard.of(call.core.settings)
    addresses = {name: checked(one, guard) for name, one in given.addresses.items()}
    with call.begin() as scope:
        changes = _changes(call, scope, wanted)
        planned = _planned(wanted, changes)
        if planned.digest != given.digest:
            raise WrongError(
                409, "the inventory or the file is another than in the plan; plan it again"
            )
        others = handlers(call.core.sealer, lambda one: _address(call, scope, one, addresses))
        for edit in apply(scope, changes, wanted, at=call.at, others=others):
            call.wrote(scope, edit)
    return planned


def _wanted(call: Call, toml: str) -> Inventory:
    """Read the file.

    Raises:
        InputError: it is none, of another organisation, or its pins stand in other files.
    """
    wanted = loads(toml, name="keypin.toml")
    if wanted.organisation != call.identity.organisation_name:
        raise InputError(
            f"the keypin.toml of {wanted.organisation}",
            expected=f"that of {call.identity.organisation_name}, as the token is",
        )
    for application in wanted.applications:
        for release in application.releases:
            if release.pin_set is None:
                raise InputError(
                    f"the pins of {application.name} {release.version} stand in another file",
                    expected="policies in keypin.toml itself",
                    next_step="send it with `keypin inventory plan`, which writes them into it",
                )
    return wanted


def _stands(call: Call, scope: Scope, wanted: Inventory | None) -> Inventory:
    return standing(
        scope,
        wanted,
        routes=standing_routes(scope, call.core.sealer),
        rules=standing_rules(scope),
    )


def _changes(call: Call, scope: Scope, wanted: Inventory) -> tuple[Change, ...]:
    shares = shares_of(releases.listed(scope))
    return diff(_stands(call, scope, wanted), wanted, shares=shares)


def _planned(wanted: Inventory, changes: tuple[Change, ...]) -> ToldPlanned:
    documents = [change.document() for change in changes]
    whole = json.dumps([dumps(wanted), documents], sort_keys=True)
    return ToldPlanned(
        digest=hashlib.sha256(whole.encode()).hexdigest(),
        changes=[ToldChange.model_validate(one) for one in documents],
        text=text_of(changes),
    )


def _address(call: Call, scope: Scope, one: Reference, addresses: dict[str, str]) -> str:
    """Return the address that a reference of the file stands for.

    Raises:
        InputError: nobody knows it.
    """
    if one.kept is Kept.ENV and one.name in addresses:
        return addresses[one.name]
    secret = None
    if one.kept is Kept.SECRET:
        secret = named_secrets.reveal(scope, call.core.sealer, one.name)
    if secret is None:
        raise InputError(
            f"the address {one} of a route is not known",
            expected="a variable that `keypin inventory apply` has, or a secret of the settings",
        )
    return secret.decode()


def _hidden(one: RouteEntry) -> Reference:
    """Return where the address of a route is kept, and never the address."""
    return Reference(Kept.SECRET, one.name) if one.url.kept is Kept.INLINE else one.url


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
        example={"toml": _EXAMPLE},
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
