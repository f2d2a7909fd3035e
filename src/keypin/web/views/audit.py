"""The page Audit log: who changed what, when, from where; nothing in it can be edited."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.web.views.parts import State
from keypin.web.views.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One change.

    Attributes:
        at: when.
        who: a person, a token, or the service itself.
        action: what was done, as `release.push`.
        subject: to what.
        detail: before and after, one line each.
        network: from where, shortened as settings say.
        number: its place in the log.
        digest: of this entry and all before it, in hexadecimal.
    """

    at: datetime
    who: str
    action: str
    subject: str
    detail: tuple[str, ...]
    network: str
    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """The page.

    Attributes:
        table: columns `at`, `who`, `action`, `subject`, `network`.
        intact: whether every entry's digest follows from those before it.
    """

    template: ClassVar[str] = "audit.html"

    table: Table[AuditRow]
    intact: State
