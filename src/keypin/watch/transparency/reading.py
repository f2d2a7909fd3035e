"""What pages and the API ask: certificates that logs hold, with their words, and the logs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select

from keypin.ct.watch_list import Kind
from keypin.findings import Severity
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.store import Scope
from keypin.watch.store.tables import ct_findings, ct_logs
from keypin.watch.transparency.words import Story, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIssued:
    """A finding on a certificate that a log holds.

    Attributes:
        id: its number.
        rule: which finding, as `ct-key-not-pinned`; `ct-issued` where all is in order.
        severity: how bad.
        words: all in one sentence, counted from the moment of asking.
        said: the part of it that no moment changes.
        cure: what to do.
        names: those of its names that are watched.
        endpoint: the number of the endpoint that it is for, or None.
        deployed_at: since when an endpoint shows it, or None.
        share: of users whom its deployment breaks, or None.
        known_at: when it was found.
        row: everything else, as it is kept.
    """

    id: int
    rule: str
    severity: Severity
    words: str
    said: str
    cure: str
    names: tuple[str, ...]
    endpoint: int | None
    deployed_at: datetime | None
    share: float | None
    known_at: datetime
    row: RowMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLog:
    """A log, and how far it is read.

    Attributes:
        id: its identifier, in hexadecimal.
        name: as the log list calls it.
        operator: who runs it.
        url: where it is.
        state: `followed`, `behind`, `silent` or `misbehaving`.
        position: up to where its newest part is verified.
        size: entries of its newest head.
        lag: how old the newest head is that was read to its end; None: none was yet.
        rate: entries a second, over the last minute.
        problem: what keeps it from being read, or None.
        worker: the process that reads it.
        updated_at: when that said so.
    """

    id: str
    name: str
    operator: str
    url: str
    state: str
    position: int
    size: int
    lag: timedelta | None
    rate: float
    problem: str | None
    worker: str | None
    updated_at: datetime


def story_of(row: RowMapping) -> Story:
    """Return the story that a row of `ct_findings` tells."""
    return Story(
        names=tuple(row["names"]),
        issuer=str(row["document"].get("issued_by") or ""),
        logged_at=row["logged_at"],
        said=row["message"],
        own=any(one["kind"] != Kind.LOOK_ALIKE for one in row["document"]["hits"]),
        not_after=row["not_after"],
        deployed_at=row["deployed_at"],
    )


def listed(
    scope: Scope,
    at: datetime,
    *,
    severity: Severity | None = None,
    endpoint: int | None = None,
    identity: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> tuple[KnownIssued, ...]:
    """Return findings, the newest first.

    Args:
        scope: a transaction of the organisation.
        at: now, from which the words count.
        severity: only those as bad.
        endpoint: only those of an endpoint.
        identity: only those on one certificate.
        before: `known_at` and `id` of the last one of the page before.
        limit: the most.
    """
    query = scope.select(ct_findings)
    for column, wanted in (
        (ct_findings.c.severity, severity),
        (ct_findings.c.endpoint, endpoint),
        (ct_findings.c.identity, identity),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        known_at, number = before
        earlier = ct_findings.c.known_at < known_at
        same = (ct_findings.c.known_at == known_at) & (ct_findings.c.id < number)
        query = query.where(earlier | same)
    query = query.order_by(ct_findings.c.known_at.desc(), ct_findings.c.id.desc())
    return tuple(known_issued(row, at) for row in scope.rows(query.limit(limit)))


def find(scope: Scope, number: int, at: datetime) -> KnownIssued:
    """Return a finding.

    Raises:
        UnknownError: the organisation has none of this number.
    """
    row = scope.row(scope.select(ct_findings).where(ct_findings.c.id == number))
    if row is None:
        raise UnknownError.of("finding", number)
    return known_issued(row, at)


def known_issued(row: RowMapping, at: datetime) -> KnownIssued:
    """Return what a row of `ct_findings` says, with its words."""
    return KnownIssued(
        id=row["id"],
        rule=row["rule"],
        severity=Severity(row["severity"]),
        words=sentence(story_of(row), at),
        said=row["message"],
        cure=str(row["document"].get("cure") or ""),
        names=tuple(row["names"]),
        endpoint=row["endpoint"],
        deployed_at=row["deployed_at"],
        share=row["share"],
        known_at=row["known_at"],
        row=row,
    )


def logs(connection: Connection) -> tuple[KnownLog, ...]:
    """Return the logs that are read, by name; they are the same for every organisation."""
    rows = connection.execute(select(ct_logs).order_by(func.lower(ct_logs.c.name), ct_logs.c.log))
    return tuple(
        KnownLog(
            id=row["log"],
            name=row["name"],
            operator=row["operator"],
            url=row["url"],
            state=row["state"],
            position=row["position"],
            size=row["size"],
            lag=None if row["lag"] is None else timedelta(seconds=row["lag"]),
            rate=row["rate"] or 0.0,
            problem=row["problem"],
            worker=row["worker"],
            updated_at=row["updated_at"],
        )
        for row in rows.mappings()
    )
