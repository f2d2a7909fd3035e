"""The shop as its cues find it, and what goes on all the time: users, reports, certificates."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random

from keypin.lab.ct_authority import precertify
from keypin.watch.demonstration.phones import HOME, OFFICE, Phones
from keypin.watch.demonstration.pins import ANDROID_OLD, APPLICATIONS, IOS_OLD
from keypin.watch.demonstration.scenes import API, LOGIN, OWN
from keypin.watch.demonstration.stage import Stage
from keypin.watch.demonstration.stock import Stock
from keypin.watch.supervisor import Loop

# Seconds between two: users who open the application, pin failures (so few that they are noise, and
# no burst), certificates of strangers.
_OPENED, _FAILED, _ISSUED = 0.5, 20.0, 3.0

# Users who open the application at once when the play begins: shares need some.
_FIRST_USERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The shop.

    Attributes:
        stage: its servers and logs.
        stock: its inventory.
        phones: its users.
        organisation: its number in the installation.
        chance: who does something next.
    """

    stage: Stage
    stock: Stock
    phones: Phones
    organisation: int
    chance: Random = field(default_factory=Random)

    def loops(self) -> list[Loop]:
        """Return what goes on all the time."""
        return [
            Loop("users of the demonstration", self.open_applications),
            Loop("failures of the demonstration", self.fail),
            Loop("certificates of the demonstration", self.issue),
        ]

    def probe(self, host: str) -> None:
        """Have an endpoint probed now."""
        self.stock.probe(self.organisation, host)

    def open_applications(self, stop: threading.Event) -> None:
        """Let users open the application, all the time."""
        for number in count():
            if number >= _FIRST_USERS and stop.wait(_OPENED):
                return
            if stop.is_set():
                return
            application = self.chance.choice(tuple(APPLICATIONS))
            self.phones.check_in(self.phones.anybody(application), self.chance.choice(HOME))

    def fail(self, stop: threading.Event) -> None:
        """Let those meet their servers whose pins will not match, all the time.

        Old releases do not know the key of the login for as long as that is rotated, and phones of
        a company meet its proxy.
        """
        visits = (
            (IOS_OLD, "keypin", LOGIN),
            (ANDROID_OLD, "trustkit-android", LOGIN),
            (IOS_OLD, "trustkit-ios", LOGIN),
        )
        for number in count():
            release, form, host = visits[number % len(visits)]
            self.phones.visit(release, form, host, self.chance.choice(HOME))
            self.phones.visit(self.phones.anybody("shop-ios"), "keypin", API, OFFICE)
            if stop.wait(_FAILED):
                return

    def issue(self, stop: threading.Event) -> None:
        """Let the logs grow by certificates for the names of strangers, all the time."""
        for number in count(1):
            if stop.wait(_ISSUED):
                return
            log = self.stage.logs[number % len(self.stage.logs)]
            at = datetime.now(UTC)
            request = self.stage.request(f"host{number}.stranger.test", "strangers", OWN)
            issuer = self.stage.cast.authority(OWN)
            log.log([precertify(request, at).issued.der, issuer.der], at)
            log.publish(at)
