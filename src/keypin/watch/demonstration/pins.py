"""What the shop's applications pin: a row for each release."""

from collections.abc import Mapping
from dataclasses import dataclass

from keypin.inventory.entries import Platform
from keypin.lab.cast import Cast
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role
from keypin.watch.demonstration.scenes import API, CDN, CHAT, IMAGES, LOGIN, PAY

Keys = Mapping[str, tuple[str, ...]]
"""The keys that each host may have, by their names in the cast; the last is the backup."""

_SINCE_THE_FIRST: Keys = {
    API: ("api", "api-backup"),
    PAY: ("pay", "pay-backup"),
    IMAGES: ("images", "images-backup"),
    CHAT: ("chat", "chat-backup"),
}
_OLD: Keys = {**_SINCE_THE_FIRST, LOGIN: ("login", "login-backup")}
_NEW: Keys = {**_SINCE_THE_FIRST, LOGIN: ("login", "login-next")}
_NEW_ANDROID: Keys = {**_NEW, CDN: ("cdn", "cdn-backup")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A release in the field.

    Attributes:
        application: whose.
        version: which.
        keys: what it pins.
        days: how many days ago it came out.
        share: of the application's users, as somebody said; None: it is measured.
        weight: how many of a hundred phones have it.
    """

    application: str
    version: str
    keys: Keys
    days: int
    share: float | None = None
    weight: int = 0

    def pin_set(self, cast: Cast) -> PinSet:
        """Return its pins."""
        policies = tuple(_policy(cast, host, keys) for host, keys in self.keys.items())
        return PinSet(policies, name=f"{self.application} {self.version}")


def _policy(cast: Cast, host: str, keys: tuple[str, ...]) -> Policy:
    pins = tuple(
        PolicyPin(
            Pin.parse(cast.pin(key)),
            Role.BACKUP if key == keys[-1] else Role.ACTIVE,
            comment=f"the key {key}",
        )
        for key in keys
    )
    return Policy(host=HostPattern(host), pins=pins)


APPLICATIONS = {
    "shop-ios": ("Shop for iOS", Platform.IOS, "mobile"),
    "shop-android": ("Shop for Android", Platform.ANDROID, "mobile"),
}
"""Title, platform and owner, by name."""

IOS_NEW = Shipped(application="shop-ios", version="3.2", keys=_NEW, days=21, share=0.58, weight=58)
IOS_MIDDLE = Shipped(
    application="shop-ios", version="3.1", keys=_NEW, days=120, share=0.30, weight=30
)
IOS_OLD = Shipped(application="shop-ios", version="3.0", keys=_OLD, days=300, share=0.12, weight=12)
ANDROID_NEW = Shipped(
    application="shop-android", version="5.1", keys=_NEW_ANDROID, days=35, weight=81
)
ANDROID_OLD = Shipped(application="shop-android", version="4.8", keys=_OLD, days=260, weight=19)

RELEASES = (IOS_OLD, IOS_MIDDLE, IOS_NEW, ANDROID_OLD, ANDROID_NEW)
