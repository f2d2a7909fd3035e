"""From the entries of batches to what belongs together: reports by their group, check-ins by day.

The door reads the first report of each fingerprint to its end, and skims the others. What cannot be
read in one of those is left out of it, and counted: a report that was acknowledged is never thrown
away. Must not know where anything is kept.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from keypin.errors import ReportFormatError
from keypin.reports import Arrival, GroupKey, Report, read_partly, read_report
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
        unread: of how many reports a member could not be read, by its name.
        lost: how many are no reports at all; the door lets none of these in.
    """

    reports: dict[tuple[int, GroupKey], list[Arrival]] = field(
        default_factory=dict[tuple[int, GroupKey], list[Arrival]]
    )
    check_ins: Counter[tuple[int, str, date]] = field(
        default_factory=Counter[tuple[int, str, date]]
    )
    unread: Counter[str] = field(default_factory=Counter[str])
    lost: int = 0

    def by_application(self) -> defaultdict[int, list[tuple[GroupKey, list[Arrival]]]]:
        """Return the reports of each application, by their groups; of one without any, none."""
        found = defaultdict[int, list[tuple[GroupKey, list[Arrival]]]](list)
        for (application, key), arrivals in self.reports.items():
            found[application].append((key, arrivals))
        return found

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
        missing: tuple[str, ...] = ()
        try:
            report = read_report(entry.body)
        except ReportFormatError:
            try:
                report, missing = read_partly(entry.body)
            except ReportFormatError:
                parcels.lost += 1
                return
        parcels.unread.update(missing)
        key = entry.application, self._key(entry.fingerprint, report, whole=not missing)
        arrival = Arrival(report, at, entry.source, entry.network, entry.country)
        parcels.reports.setdefault(key, []).append(arrival)

    def _key(self, fingerprint: str, report: Report, *, whole: bool) -> GroupKey:
        found = self._keys.get(fingerprint)
        if found is not None:
            return found
        made = GroupKey.of(report)
        if whole:  # what is left of another may be of another group than its fingerprint's
            self._keys[fingerprint] = made
            if len(self._keys) > _MOST:
                self._keys.popitem(last=False)
        return made


def text(said: str, most: int = 100) -> str:
    """Return what a stranger says, as it fits a column, without NUL: PostgreSQL keeps none."""
    return said[:most].replace("\0", "\N{REPLACEMENT CHARACTER}")
