"""A report without the members that cannot be read: for one that was acknowledged already.

`skim` looks at no date and at no certificate, so what passed it may be refused by `read_report`.
What is left tells nearly as much: that the pins of a host were missed.
"""

from typing import cast

import msgspec

from keypin.errors import ReportFormatError
from keypin.reports import members as wire
from keypin.reports.members import MAX_BODY, Members
from keypin.reports.read import read_report
from keypin.reports.report import Report


def read_partly(body: bytes) -> tuple[Report, tuple[str, ...]]:
    """Read as much of a report as can be read.

    Args:
        body: the report, as `Skimmed.kept`.

    Returns:
        The report, and the names of the members that are not in it, or not whole: of a chain, what
        stands before the certificate that is none is read.

    Raises:
        ReportFormatError: it would not pass `skim`.
    """
    members, enveloped = wire.decode(body, MAX_BODY)
    missing: dict[str, None] = {}
    while True:
        try:
            return read_report(wire.encode(members, enveloped=enveloped)), tuple(missing)
        except ReportFormatError as error:
            name, _, index = str(error.place.key if error.place else "").partition("[")
            members = _without(members, name, int(index.rstrip("]") or 0), error)
            missing[name] = None


def _without(members: Members, name: str, index: int, error: ReportFormatError) -> Members:
    """Return members without one, or without the end of it.

    Raises:
        ReportFormatError: they have no such member; the one that was given.
    """
    attribute = name.replace("-", "_")
    found = getattr(members, attribute, None)
    if found is None:
        raise error
    rest = cast("list[str]", found)[:index] if isinstance(found, list) else None
    return msgspec.structs.replace(members, **{attribute: rest})
