"""Fuzz the readers of pin failure reports, which anybody may post.

Run with `python fuzz/fuzz_reports.py CORPUS`; needs atheris. A finding is any exception but
`ReportFormatError`, a report that the quick look refuses, what is kept of a report and reads
otherwise, and a report that cannot be classified.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from ssl import DER_cert_to_PEM_cert

from keypin.errors import ReportFormatError
from keypin.reports import (
    Arrival,
    Facts,
    Group,
    GroupKey,
    classify,
    dumps,
    loads,
    read_report,
    skim,
)

_TEXTS = ("hostname", "date-time", "noted-hostname", "app-version", "policy", "app-platform")
_AT = datetime(2026, 11, 23, tzinfo=UTC)


def one_input(data: bytes) -> None:
    """Read `data` as a report, and as the values of one."""
    examine(data)
    examine(report_of(data.split(b"\0")))


def report_of(values: list[bytes]) -> bytes:
    """Return a report of some values: those of texts first, then certificates."""
    texts = [value.decode("latin-1") for value in values[: len(_TEXTS)]]
    chain = [DER_cert_to_PEM_cert(value) for value in values[len(_TEXTS) :]]
    members = {"hostname": "a.example", "known-pins": texts[:1], "served-certificate-chain": chain}
    return json.dumps(members | dict(zip(_TEXTS, texts, strict=False))).encode()


def examine(body: bytes) -> None:
    """Read a body, and classify it as a group of one."""
    try:
        report = read_report(body)
    except ReportFormatError:
        return
    if read_report(skim(body).kept) != replace(report, ignored=0):
        raise AssertionError("what is kept of a report is another one")
    group = Group.of(GroupKey.of(report), [Arrival(report, _AT)])
    if loads(Group, dumps(group)) != group:
        raise AssertionError("a stored group is another one")
    classify(group, Facts(at=_AT))


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
