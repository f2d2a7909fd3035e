"""What happens in the shop, and when: a row for each change, played again every ten minutes."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from keypin.watch.demonstration.company import Company
from keypin.watch.demonstration.phones import HOTEL
from keypin.watch.demonstration.pins import ANDROID_NEW, IOS_MIDDLE, IOS_NEW
from keypin.watch.demonstration.scenes import (
    API,
    CDN,
    CHAT,
    LOGIN,
    LOOK_ALIKE,
    OTHER,
    OWN,
    PAY,
    WWW,
)

_log = logging.getLogger(__name__)

PERIOD = 600.0

_MANY = 80


@dataclass(frozen=True, slots=True)
class Cue:
    """A change.

    Attributes:
        at: seconds from the beginning of the period.
        what: it, in a few words.
        do: does it.
    """

    at: float
    what: str
    do: Callable[[Company], None]


def _scene(*scenes: str, host: str) -> Callable[[Company], None]:
    def change(company: Company) -> None:
        company.stage.show(*scenes)
        company.probe(host)

    return change


def _issue(host: str, key: str, issuer: str) -> Callable[[Company], None]:
    def change(company: Company) -> None:
        company.stage.log(company.stage.request(host, key, issuer))

    return change


def _renew(scene: str) -> Callable[[Company], None]:
    return lambda company: company.stage.renew(scene)


def _measure(company: Company) -> None:
    company.stock.measure()


def _intercept(company: Company) -> None:
    for number in range(_MANY):
        release, form = _GUESTS[number % len(_GUESTS)]
        company.phones.visit(release, form, API, HOTEL)


_GUESTS = (
    *(((IOS_NEW, "trustkit-ios"),) * 5),
    *(((ANDROID_NEW, "trustkit-android"),) * 2),
    (IOS_MIDDLE, "rfc7469"),
)

CUES = (
    Cue(4, "pay has a certificate for its backup key", _renew("pay-rotated")),
    Cue(5, "the shares of releases are measured", _measure),
    Cue(5, "www has a certificate of a CA that nobody expects", _issue(WWW, "www-next", OTHER)),
    Cue(6, "pay rotates to its backup key", _scene("pay-rotated", host=PAY)),
    Cue(7, "login has a certificate for its next key", _renew("login-rotated")),
    Cue(8, "login rotates; old releases refuse it", _scene("login-rotated", host=LOGIN)),
    Cue(9, "chat has a certificate for a key that nobody pins", _issue(CHAT, "chat-next", OWN)),
    Cue(10, "a server of the CDN is intercepted", _scene("cdn", "cdn-intercepted", host=CDN)),
    Cue(12, "chat goes down", _scene("chat-down", host=CHAT)),
    Cue(14, "another CA issues a certificate for the API", _issue(API, "misissued", OTHER)),
    Cue(15, "a stranger has a name that looks alike", _issue(LOOK_ALIKE, "attacker", OTHER)),
    Cue(15, "chat is down, still", _scene("chat-down", host=CHAT)),
    Cue(17, "guests of a hotel are intercepted", _intercept),
    Cue(18, "chat is down for good", _scene("chat-down", host=CHAT)),
    Cue(60, "the shares are measured again", _measure),
    Cue(150, "chat is back", _scene("chat", host=CHAT)),
    Cue(300, "the CDN is itself again", _scene("cdn", host=CDN)),
    Cue(420, "login is rolled back", _scene("login", host=LOGIN)),
    Cue(540, "pay has its first key again", _scene("pay", host=PAY)),
)
"""In the order in which they happen."""


def play(company: Company, stop: threading.Event) -> None:
    """Play all cues, again and again, until told to stop."""
    begun = monotonic()
    while not stop.is_set():
        for cue in CUES:
            if stop.wait(max(begun + cue.at - monotonic(), 0)):
                return
            _log.info("demonstration: %s", cue.what)
            cue.do(company)
        begun += PERIOD
