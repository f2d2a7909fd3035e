"""From the entries of batches to what belongs together: reports by their group, check-ins by day.

A report that was acknowledged and cannot be read all the same is counted, and told in the log: the
door reads the certificates of the first of each fingerprint only. Must not know where anything is
kept.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from keypin.errors import ReportFormatError
from keypin.reports import Arrival, GroupKey, Report, read_report
from keypin.watch.collecting.batch import Entry, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Keys that are remembered by fingerprint: making one costs as much as reading the report.
_MOST = 10_000


@dataclass(slots=True)
class Parcels:
    """What came in, put together.

    Attributes:
        reports: by the number of their application and their group.
        check_ins: how many, by application, version and day.
        unread: what was wrong with reports that cannot be read.
    """

    reports: dict[tuple[int, GroupKey], list[Arrival]] = field(
        default_factory=dict[tuple[int, GroupKey], list[Arrival]]
    )
    check_ins: Counter[tuple[int, str, date]] = field(
        default_factory=Counter[tuple[int, str, date]]
    )
    unread: Counter[str] = field(default_factory=Counter[str])

    @property
    def applications(self) -> set[int]:
        """The numbers of the applications that anything is of."""
        return {number for number, _ in self.reports} | {one[0] for one in self.check_ins}


class Packer:
    """Puts entries together; it remembers which fingerprint is which group."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, GroupKey] = OrderedDict()

    def pack(self, entries: Iterable[Entry]) -> Parcels:
        """Return entries put together."""
        parcels = Parcels()
        for entry in entries:
            at = _EPOCH + timedelta(microseconds=entry.at)
            if entry.kind is Kind.CHECK_IN:
                version = text(entry.body.decode())
                parcels.check_ins[entry.application, version, at.date()] += 1
            else:
                self._add(parcels, entry, at)
        return parcels

    def _add(self, parcels: Parcels, entry: Entry, at: datetime) -> None:
        try:
            report = read_report(entry.body)
        except ReportFormatError as error:
            parcels.unread[str(error)] += 1
            return
        key = entry.application, self._key(entry.fingerprint, report)
        arrival = Arrival(report, at, entry.source, entry.network, entry.country)
        parcels.reports.setdefault(key, []).append(arrival)

    def _key(self, fingerprint: str, report: Report) -> GroupKey:
        found = self._keys.get(fingerprint)
        if found is None:
            found = self._keys[fingerprint] = GroupKey.of(report)
            if len(self._keys) > _MOST:
                self._keys.popitem(last=False)
        return found


def text(said: str, most: int = 100) -> str:
    """Return what a stranger says, as it fits a column, without NUL: PostgreSQL keeps none."""
    return said[:most].replace("\0", "\N{REPLACEMENT CHARACTER}")
