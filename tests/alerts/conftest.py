"""Signals, rules and a clock for tests of alerts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from keypin.alerts import (
    Alert,
    Bundle,
    Deadline,
    Match,
    Notice,
    Rule,
    Signal,
    Silence,
    Subject,
    step,
    tick,
)
from keypin.findings import Severity

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def make_signal(name: str = "chain-refused", **changes) -> Signal:
    """Return a signal about an endpoint of a shop."""
    given = {
        "id": name,
        "severity": Severity.ERROR,
        "subject": Subject("endpoint", "api.shop.example:443"),
        "title": "shop 3.2 refuses what api.shop.example:443 serves",
        "application": "shop",
        "owner": "payments",
        "tags": ("prod",),
    }
    return Signal(**(given | changes))


@dataclass
class Story:
    """What happens to one alert, told as `after(minutes)` and what is seen then."""

    rules: tuple[Rule, ...]
    silences: tuple[Silence, ...] = ()
    at: datetime = NOW
    alert: Alert | None = None
    alerts: list[Alert] = field(default_factory=list)

    def after(self, minutes: float) -> "Story":
        """Let time pass."""
        self.at += timedelta(minutes=minutes)
        return self

    def sees(self, signal: Signal) -> list[str]:
        """Take a signal, and return the kinds of notices that came out."""
        self.alert, notices = step(self.alert, signal, self.rules, self.silences, self.at)
        return self.told(notices)

    def waits(self) -> list[str]:
        """Take the time alone."""
        self.alert, notices = tick(self.alert, self.rules, self.silences, self.at)
        return self.told(notices)

    def told(self, notices: tuple[Notice, ...]) -> list[str]:
        """Return the kinds of notices, and keep them."""
        self.notices = notices
        return [str(one.kind) for one in notices]

    def silence(self, minutes: float, **conditions) -> None:
        """Begin a silence now."""
        self.silences += (
            Silence(
                id=f"s{len(self.silences)}",
                match=Match(**(conditions or {"ids": ("*",)})),
                since=self.at,
                until=self.at + timedelta(minutes=minutes),
                reason="maintenance",
                by="ada",
            ),
        )


@pytest.fixture
def now() -> datetime:
    """Return the time at which every test begins."""
    return NOW


@pytest.fixture
def signal() -> Callable[..., Signal]:
    """Return what makes signals."""
    return make_signal


@pytest.fixture
def story() -> Callable[..., Story]:
    """Return what begins a story under one rule that has these settings."""
    return lambda **settings: Story((Rule(name="one", **settings),))


@pytest.fixture
def deadline() -> Callable[..., Deadline]:
    """Return what makes deadlines: a certificate that expires in January."""

    def make(**changes) -> Deadline:
        given = {
            "what": "certificate-expires",
            "when": datetime(2027, 1, 14, 23, 59, 59, tzinfo=UTC),
            "subject": Subject("endpoint", "api.shop.example:443"),
            "severity": Severity.WARNING,
            "title": "the certificate of api.shop.example expires",
            "next_step": "Renew it with the same key.",
            "link": "/endpoints/7",
            "owner": "payments",
        }
        return Deadline(**(given | changes))

    return make


@pytest.fixture
def told(story, signal) -> Callable[..., Bundle]:
    """Return what makes a bundle for the route `mail`: one opened alert for each signal."""

    def make(*signals: Signal, minutes: float = 0) -> Bundle:
        notices: list[Notice] = []
        for one in signals or (signal(),):
            shop = story().after(minutes)
            shop.sees(one)
            notices += shop.notices
        return Bundle("mail", tuple(notices))

    return make
