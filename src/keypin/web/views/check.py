"""The page Check: what a host shows, whether to pin it, and the pins for each platform."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.findings import Finding
from keypin.web.views.parts import ChainShown, Link, Progress, ReleaseVerdict, State


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pin that is proposed: its text, active or backup, and why."""

    pin: str
    role: str
    why: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """The pins in one platform's own form.

    Attributes:
        platform: as people call it, as "Android (network security configuration)".
        file: the file that it goes into, as `res/xml/network_security_config.xml`.
        text: what goes into it; empty where it is refused.
        losses: what this form cannot say, one sentence each.
        refused: why the pins cannot be had in this form, and what would help; else empty.
    """

    platform: str
    file: str
    text: str = ""
    losses: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What `keypin check` saw.

    Attributes:
        endpoint: as it was read, `host:port`.
        at: when.
        state: verified, not verified, could not be read.
        facts: short ones, as "2 addresses" and "TLS 1.3".
        failures: addresses that did not answer as a TLS server does, a sentence each.
        chains: each distinct one once.
        findings: what is unusual, the worst first.
        advice: whether to pin it, as "Pin it with care."
        reasons: why, the deciding one first.
        proposals: the pins to take.
        steps: the way to a backup, an imperative sentence each.
        cautions: what to mind.
        snippets: the pins for each platform; empty where the advice is not to pin.
        releases: what releases of the inventory say, the worst first; empty for somebody who is not
            signed in. A list: to sort it, the server would have to be read again.
        save: where the endpoint can be added to the inventory; empty where it cannot or is there.
        watched: its page, with the verdicts as a table; None where it is not in the inventory.
    """

    template: ClassVar[str] = "parts/check_result.html"

    endpoint: str
    at: datetime
    state: State
    facts: tuple[str, ...]
    failures: tuple[str, ...]
    chains: tuple[ChainShown, ...]
    findings: tuple[Finding, ...]
    advice: State | None
    reasons: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    steps: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    releases: tuple[ReleaseVerdict, ...] = ()
    save: str = ""
    watched: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """The page. Its form is sent by GET to `/check?host=…`, so that a check can be linked to.

    Attributes:
        host: as it was typed; empty at first.
        error: why it is not read, one sentence; empty where it is.
        progress: the reading while it goes on; its stream ends with a `CheckResult` as HTML, and
            then an event named `done`.
        result: what was seen.
        limits: what this service does not read, and how often it reads, one sentence.
    """

    template: ClassVar[str] = "check.html"

    host: str = ""
    error: str = ""
    progress: Progress | None = None
    result: CheckResult | None = None
    limits: str = ""
