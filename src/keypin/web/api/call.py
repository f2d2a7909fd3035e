"""One call of the API: who asks, when, and transactions of their organisation alone."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request

from keypin.watch.core import Core
from keypin.watch.inventory import Edit
from keypin.watch.inventory.edit import Did
from keypin.watch.inventory.turn import in_turn
from keypin.watch.people import audit
from keypin.watch.store import Scope
from keypin.web.api.conditions import check_match
from keypin.web.identity import Identity, core_of, identify
from keypin.web.identity_frame import base_of

# The audit log names what was done by the thing, then the verb.
_VERBS = {Did.ADDED: "add", Did.CHANGED: "change", Did.REMOVED: "remove"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        request: as it came.
        core: the installation.
        identity: who asks; `keypin.web.api.route` has seen that they may.
        at: now.
        body: of a request that is taken as bytes.
    """

    request: Request
    core: Core
    identity: Identity
    at: datetime
    body: bytes = b""

    @property
    def pages(self) -> str:
        """Where the pages of the organisation are, without a slash at the end."""
        return self.core.settings.base_url + base_of(self.identity.organisation_name)

    def read(self) -> AbstractContextManager[Scope]:
        """Begin a transaction that reads."""
        return self.core.database.read(self.identity.organisation)

    def begin(self) -> AbstractContextManager[Scope]:
        """Begin a transaction that may write, after those of others: what it reads stands."""
        return in_turn(self.core.database, self.identity.organisation)

    def record(
        self, scope: Scope, action: str, subject: str, detail: Mapping[str, object] | None = None
    ) -> None:
        """Write a change into the audit log, in its own transaction."""
        whole = cast("audit.Detail", _written(detail or {}))
        audit.record(scope, self.identity.actor, action, subject, whole, at=self.at)

    def wrote(self, scope: Scope, edit: Edit) -> None:
        """Write a change of the inventory into the audit log, unless it changed nothing."""
        if edit.did is not Did.UNCHANGED:
            self.record(scope, f"{edit.kind}.{_VERBS[edit.did]}", edit.subject, edit.detail)

    def match(self, current: BaseModel) -> None:
        """Refuse the call if it is about another version than the one that stands.

        Args:
            current: what stands, as `GET` shows it, read in the transaction that changes it.

        Raises:
            WrongError: `If-Match` names another version.
        """
        check_match(self.request.headers.get("if-match"), current)


def _call(request: Request) -> Call:
    core = core_of(request)
    body: bytes = getattr(request, "_body", b"")  # read by the route; a stream is not there
    return Call(request, core, cast("Identity", identify(request)), core.clock(), body)


Asked = Annotated[Call, Depends(_call)]
"""What a function that answers is handed first."""


def _written(value: object) -> object:
    """Return a value as the audit log takes it: fractions as text."""
    match value:
        case float():
            return f"{value:g}"
        case Mapping():
            items = cast("Mapping[str, object]", value).items()
            return {name: _written(one) for name, one in items}
        case list() | tuple():
            return [_written(one) for one in cast("list[object]", value)]
        case _:
            return value
