"""What an inventory watches: owners, applications with their releases, and endpoints.

Each entry checks itself when it is built; what exists is valid alone. Whether entries fit together
is checked by `keypin.inventory.inventory`. The place of an entry in a file is no part of what it
says: entries are compared without it.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from keypin.certs import Endpoint
from keypin.errors import InventoryError, Place
from keypin.inventory.names import (
    MAX_NAME,
    check_count,
    check_issuers,
    check_mail,
    check_name,
    check_path,
    check_tags,
    check_title,
    refuse_twice,
)
from keypin.pins import PinSet

HOURLY = timedelta(hours=1)
# More often than that is load without news; less often than that, and an expiry comes between.
MIN_INTERVAL, MAX_INTERVAL = timedelta(seconds=30), timedelta(days=7)

MAX_MAIL = 20
MAX_RELEASES = 10_000

_VERSION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+() -]{0,62}[A-Za-z0-9)])?")


class Platform(StrEnum):
    """What an application runs on."""

    ANDROID = "android"
    IOS = "ios"
    MACOS = "macos"
    WINDOWS = "windows"
    LINUX = "linux"
    SERVER = "server"
    DEVICE = "device"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """People who act.

    Attributes:
        name: a name, as `platform`.
        title: what people call them.
        mail: where they are written to.
        place: where it stands in the user's file.
    """

    name: str
    title: str | None = None
    mail: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse an owner whom nobody could name or reach."""
        check_name(self.name, "name of an owner")
        check_title(self.title, "title of an owner")
        check_count(self.mail, MAX_MAIL, "mail")
        for address in self.mail:
            check_mail(address)
        refuse_twice(self.mail, "mail address", "mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinFile:
    """A file that holds the pins of a release, in any form that keypin reads.

    Attributes:
        path: below the folder of the inventory, with forward slashes.
        form: the form it is in, as `okhttp-kotlin`; None: it is recognised.
        host: the host pattern that it is for, where its form does not say so.
    """

    path: str
    form: str | None = None
    host: str | None = None

    def __post_init__(self) -> None:
        """Refuse a path that leads elsewhere."""
        check_path(self.path)

    def __str__(self) -> str:
        notes = [note for note in (self.form, self.host and f"for {self.host}") if note]
        return f"{self.path} ({', '.join(notes)})" if notes else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """An app version in the field.

    Attributes:
        version: what its users call it, as `3.2`.
        released: the day on which users could first have it.
        share: its share of the application's users, 0 to 1; None: it is measured.
        pin_set: the pins that were shipped in it, or None while their file was not read.
        file: where they stand, or None where the inventory itself says them.
        place: where it stands in the user's file.
    """

    version: str
    released: date | None = None
    share: float | None = None
    pin_set: PinSet | None = None
    file: PinFile | None = None
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a release without pins, and a share that is none."""
        if not _VERSION.fullmatch(self.version):
            raise InventoryError(
                f"the version {self.version[:MAX_NAME]!r}",
                expected="letters, digits and . _ + ( ) -, 64 characters at most",
                place=Place(key="version"),
            )
        if self.share is not None and not 0 <= self.share <= 1:
            seen, place = f"the share {self.share}", Place(key="share")
            raise InventoryError(seen, expected="a number from 0 to 1", place=place)
        if self.pin_set is None and self.file is None:
            raise InventoryError(
                f"the release {self.version} without pins",
                expected='pins = "file" or [[application.release.policy]] tables',
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An app, with its releases that are in the field.

    Attributes:
        name: a name, as `shop-ios`.
        title: what people call it.
        platform: what it runs on.
        owner: the name of who acts for it.
        tags: for filters and alerts.
        expected_issuers: who may issue for the hosts that it pins, in the organisation's stead.
        releases: the newest first, or as the user has them.
        place: where it stands in the user's file.
    """

    name: str
    title: str | None = None
    platform: Platform = Platform.OTHER
    owner: str | None = None
    tags: tuple[str, ...] = ()
    expected_issuers: tuple[str, ...] = ()
    releases: tuple[ReleaseEntry, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse releases that cannot be told apart, or have more users than there are."""
        check_name(self.name, "name of an application")
        check_title(self.title, "title of an application")
        check_tags(self.tags)
        check_issuers(self.expected_issuers)
        check_count(self.releases, MAX_RELEASES, "release")
        refuse_twice((one.version for one in self.releases), f"release of {self.name}", "release")
        total = sum(one.share or 0 for one in self.releases)
        if round(total, 6) > 1:
            raise InventoryError(
                f"the shares of {self.name} add up to {total:.6g}",
                expected="1 at most",
                place=Place(key="release"),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedEndpoint:
    """A place that is probed.

    Attributes:
        endpoint: host, port and protocol.
        interval: how often.
        vantage_points: from where, by name; from everywhere where none is named.
        owner: the name of who acts for it.
        tags: for filters and alerts.
        expected_issuers: who may issue for its host, in everybody else's stead.
        place: where it stands in the user's file.
    """

    endpoint: Endpoint
    interval: timedelta = HOURLY
    vantage_points: tuple[str, ...] = ()
    owner: str | None = None
    tags: tuple[str, ...] = ()
    expected_issuers: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a schedule that is an attack, or none."""
        if not MIN_INTERVAL <= self.interval <= MAX_INTERVAL or self.interval.microseconds:
            raise InventoryError(
                f"an interval of {self.interval}",
                expected="whole seconds, from 30s to 7d",
                place=Place(key="interval"),
            )
        for point in self.vantage_points:
            check_name(point, "name of a vantage point", "vantage_points")
        refuse_twice(self.vantage_points, "vantage point", "vantage_points")
        check_tags(self.tags)
        check_issuers(self.expected_issuers)
