"""An operation of the API as data: its row says all that is the same in every operation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from keypin.watch.people.roles import Action


class Tag(StrEnum):
    """What the reference groups operations by, in its order."""

    APPLICATIONS = "applications"
    RELEASES = "releases"
    ENDPOINTS = "endpoints"
    PLANS = "plans"
    FORECAST = "forecast"
    LOGS = "certificate transparency"
    REPORTS = "reports"
    ALERTS = "alerts"
    INVENTORY = "inventory"
    PEOPLE = "people"
    ORGANISATION = "organisation"


class Body(StrEnum):
    """How the body of a request is taken."""

    JSON = "json"
    """As the model that the function asks for; without one the request has no body."""
    RAW = "raw"
    """As bytes, which the function asks of the call."""
    STREAM = "stream"
    """As bytes that may be too many for memory."""


CHAIN = "-----BEGIN CERTIFICATE-----\nMII…\n-----END CERTIFICATE-----\n"
"""What a chain looks like, as PEM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Attributes:
        method: of HTTP.
        path: below `/api/v1`.
        answer: what answers; its name is the operation's, its docstring the reference's.
        action: what the caller must be allowed to do.
        tag: where the reference has it.
        status: of success.
        errors: statuses of failures besides those that each operation has.
        body: how the request's body is taken.
        form: the media type of the answer where it is no JSON.
        example: a body that is accepted, of JSON.
        sample: a body that is no JSON, as text.
    """

    method: str
    path: str
    answer: Callable[..., object]
    action: Action
    tag: Tag
    status: int = 200
    errors: tuple[int, ...] = ()
    body: Body = Body.JSON
    form: str = ""
    example: object = field(default=None, repr=False)
    sample: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """The operation's name, as clients that are generated call it."""
        return self.answer.__name__

    @property
    def changes(self) -> bool:
        """Whether it may change anything."""
        return self.method != "GET"
