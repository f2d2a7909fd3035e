"""Reports that tell of one event, and what they tell together.

A group is a value: it is made of arrivals, and merged with another of the same key in any order and
grouping. It holds a few kilobytes and one report as a sample, however many arrived; addresses come
in as keyed digests and are never here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Self

import msgspec

from keypin.diagnose.products import product_of
from keypin.pins import Pin
from keypin.reports.fingerprint import digest_of
from keypin.reports.report import Report, readable
from keypin.reports.tally import Tally, Timeline

MINUTES = 180
HOURS = 336

# A clock that is further off is wrong: TrustKit on Android writes local time as if it were UTC, and
# zones differ from UTC by up to 14 hours.
MAX_SKEW = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report with what the collector knows of its arrival.

    Attributes:
        report: what it says.
        at: when it arrived, by our clock, timezone-aware.
        source: a keyed digest of where it came from; None where that is not kept.
        network: the network of its address, as `AS64496` or `192.0.2.0/24`, where known.
        country: its country, where known.
    """

    report: Report
    at: datetime
    source: bytes | None = None
    network: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What makes reports the same event.

    Attributes:
        application: what the application calls itself, or nothing.
        host: the host that was connected to.
        authority: who answered there: `key:` with the pin of the server's certificate, `product:`
            with the product that its issuer is named after (an antivirus makes a key for each
            device), `bytes:` with a digest where it cannot be read, or `none`.
        pins: a digest of the pins that were missed.
    """

    application: str
    host: str
    authority: str
    pins: str

    @classmethod
    def of(cls, report: Report) -> Self:
        """Return the key of a report's group."""
        pins = sorted((*map(str, report.pins), *report.unread_pins))
        digest = digest_of(pin.encode() for pin in pins)
        return cls(report.application or "", report.host, _authority(report), digest)

    @property
    def id(self) -> str:
        """32 hexadecimal digits for it, to store and to link."""
        parts = (self.application, self.host, self.authority, self.pins)
        return digest_of(part.encode() for part in parts)


def _authority(report: Report) -> str:
    if not report.chain:
        return "none"
    leaf = readable(report.chain[0])
    if leaf is None:
        return f"bytes:{sha256(report.chain[0]).hexdigest()[:32]}"
    if found := product_of((leaf.issuer,)):
        return f"product:{found[0].name}"
    return f"key:{Pin.of_key(leaf)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What the reports of one event tell together.

    Attributes:
        key: which event.
        first: when the first arrived, by our clock.
        last: when the last arrived.
        count: how many there are.
        enforced: in how many the connection was refused.
        misdated: in how many the client's clock cannot be right: more than a day ahead of ours, or
            before the certificate in the report.
        behind: in how many it is more than a day behind ours, or the report was late.
        sources: by keyed digest of the address, in hexadecimal.
        releases: by version.
        platforms: by platform and its version.
        networks: by network.
        countries: by country.
        forms: by the form of the report.
        minutes: by the minute of arrival, of the last three hours that saw any.
        hours: by the hour, of the last two weeks.
        sample: the first report, without its device.
    """

    key: GroupKey
    first: datetime
    last: datetime
    count: int
    enforced: int
    misdated: int
    behind: int
    sources: Tally
    releases: Tally
    platforms: Tally
    networks: Tally
    countries: Tally
    forms: Tally
    minutes: Timeline
    hours: Timeline
    sample: Report

    @classmethod
    def of(cls, key: GroupKey, arrivals: Iterable[Arrival]) -> Self:
        """Put arrivals of one key together.

        Args:
            key: their key; the caller has sorted them by it.
            arrivals: at least one.

        Raises:
            ValueError: there is none.
        """
        found = tuple(arrivals)
        if not found:
            raise ValueError("a group is of at least one report")
        reports = tuple(one.report for one in found)
        times = tuple(one.at for one in found)
        first = min(times)
        return cls(
            key=key,
            first=first,
            last=max(times),
            count=len(found),
            enforced=sum(report.enforced is True for report in reports),
            misdated=sum(map(_misdated, found)),
            behind=sum(map(_behind, found)),
            sources=Tally.of(one.source.hex() if one.source else None for one in found),
            releases=Tally.of(report.version for report in reports),
            platforms=Tally.of(map(_platform, reports)),
            networks=Tally.of(one.network for one in found),
            countries=Tally.of(one.country for one in found),
            forms=Tally.of(report.form.value for report in reports),
            minutes=Timeline.of(times, width=60, most=MINUTES),
            hours=Timeline.of(times, width=3600, most=HOURS),
            sample=_sample(one.report for one in found if one.at == first),
        )

    def merge(self, other: "Group") -> "Group":
        """Return the group of all reports of both.

        Raises:
            ValueError: they are of different events.
        """
        if self.key != other.key:
            raise ValueError("groups of different events cannot be merged")
        first = min(self.first, other.first)
        return Group(
            key=self.key,
            first=first,
            last=max(self.last, other.last),
            count=self.count + other.count,
            enforced=self.enforced + other.enforced,
            misdated=self.misdated + other.misdated,
            behind=self.behind + other.behind,
            sources=self.sources.merge(other.sources),
            releases=self.releases.merge(other.releases),
            platforms=self.platforms.merge(other.platforms),
            networks=self.networks.merge(other.networks),
            countries=self.countries.merge(other.countries),
            forms=self.forms.merge(other.forms),
            minutes=self.minutes.merge(other.minutes),
            hours=self.hours.merge(other.hours),
            sample=_sample(one.sample for one in (self, other) if one.first == first),
        )


def _misdated(arrival: Arrival) -> bool:
    """Tell whether a date is impossible: a late report is not older than the certificate in it."""
    said, chain = arrival.report.occurred_at, arrival.report.chain
    if said is None:
        return False
    begins = _begins(chain[0]) if chain else None
    older = begins is not None and begins <= arrival.at and said < begins - MAX_SKEW
    return older or said > arrival.at + MAX_SKEW


def _behind(arrival: Arrival) -> bool:
    said = arrival.report.occurred_at
    return said is not None and said < arrival.at - MAX_SKEW


@lru_cache(maxsize=1024)
def _begins(der: bytes) -> datetime | None:
    """Return when a certificate becomes valid; read once for all reports of it."""
    found = readable(der)
    return found.not_before if found else None


def _platform(report: Report) -> str | None:
    said = (report.platform, report.platform_version)
    return " ".join(part for part in said if part) or None


def _sample(reports: Iterable[Report]) -> Report:
    """Return one of the reports that arrived first, the same one in whatever order they come."""
    kept = [replace(report, device=None) for report in reports]
    return kept[0] if len(kept) == 1 else min(kept, key=msgspec.json.encode)
