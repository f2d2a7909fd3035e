"""What the organisation expects of what logs hold: who may issue, CAA, and look-alikes."""

from typing import Annotated

from pydantic import Field

from keypin.inventory import CtWatch
from keypin.watch.inventory import ct_watch
from keypin.watch.people.roles import Action
from keypin.watch.store import Scope
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.shapes import Given, Issuers, Told


class CtWatchValues(Given):
    """What may be expected, of all names of the organisation."""

    expected_issuers: Issuers = Field(
        default_factory=list,
        description="Who may issue: common names or organisations of CAs, operators, or names in "
        "CAA records. Applications and endpoints may name others.",
    )
    caa: Annotated[bool, Field(description="Whether the DNS is asked if CAA allows an issuer.")] = (
        False
    )
    look_alikes: Annotated[
        bool, Field(description="Whether names that look like the organisation's are watched.")
    ] = False


class ToldCtWatch(Told):
    """What is expected, of all names of the organisation."""

    expected_issuers: list[str]
    caa: bool
    look_alikes: bool


def get_ct_watch(call: Asked) -> ToldCtWatch:
    """Show what is expected of what logs hold."""
    with call.read() as scope:
        return _told(scope)


def change_ct_watch(call: Asked, values: CtWatchValues) -> ToldCtWatch:
    """Expect something else, all of it; what was found is judged again within a minute."""
    watch = CtWatch(
        expected_issuers=tuple(values.expected_issuers),
        caa=values.caa,
        look_alikes=values.look_alikes,
    )
    with call.begin() as scope:
        call.match(_told(scope))
        call.wrote(scope, ct_watch.change(scope, watch, at=call.at))
        return _told(scope)


def _told(scope: Scope) -> ToldCtWatch:
    watch = ct_watch.find(scope)
    return ToldCtWatch(
        expected_issuers=list(watch.expected_issuers),
        caa=watch.caa,
        look_alikes=watch.look_alikes,
    )


OPERATIONS = (
    Operation(
        method="GET", path="/ct/watch", answer=get_ct_watch, action=Action.READ, tag=Tag.LOGS
    ),
    Operation(
        method="PUT",
        path="/ct/watch",
        answer=change_ct_watch,
        action=Action.WRITE_INVENTORY,
        tag=Tag.LOGS,
        errors=(412,),
        example={"expected_issuers": ["Let's Encrypt"], "caa": True, "look_alikes": True},
    ),
)
