"""A deadline: a day on which something ends that somebody has to do something about before.

What keypin forecasts (the end of a certificate, a policy's expiry, a CA key's retirement) comes in
as deadlines, and goes out in digests and calendars.
"""

from dataclasses import dataclass
from datetime import datetime

from keypin.alerts.signal import Subject, identity, kebab
from keypin.errors import InputError
from keypin.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A day on which something ends.

    Attributes:
        what: what ends, in kebab case, as `certificate-expires`.
        when: the moment, aware.
        subject: what it is about.
        severity: how bad it is if nothing is done.
        title: what happens then, one sentence without a full stop.
        next_step: what to do before, one imperative sentence.
        link: the path of the page that shows it, from the root of the service.
        organisation: whose it is.
        owner: who has to act.
        all_day: whether the day matters and not the minute.
        distinct: what tells it from other deadlines of the same kind and subject.
    """

    what: str
    when: datetime
    subject: Subject
    severity: Severity
    title: str
    next_step: str = ""
    link: str = "/"
    organisation: str = ""
    owner: str | None = None
    all_day: bool = True
    distinct: str = ""

    def __post_init__(self) -> None:
        """Refuse what no calendar could show."""
        kebab(self.what, "kind of deadline")
        if self.when.tzinfo is None:
            raise InputError(f"the deadline {self.when.isoformat()}", expected="a time with a zone")
        if not self.title:
            raise InputError(f"the deadline {self.what!r} without a title", expected="one sentence")

    @property
    def uid(self) -> str:
        """What makes two the same; not the moment, which may move."""
        subject = self.subject
        return identity(self.organisation, self.what, subject.kind, subject.key, self.distinct)
