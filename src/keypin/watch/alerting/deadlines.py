"""The next dates of an organisation: what ends, and what somebody means to do.

Four sources: the first end of a certificate at each endpoint, the ends of policies that are in the
field, the days of plans, and what the judge of endpoints forecasts for the month ahead. What is
told of certificates and policies by the last is in the first two already, however far ahead.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest

from sqlalchemy import select

from keypin.alerts import Deadline, Subject
from keypin.certs import Endpoint, Protocol
from keypin.findings import Severity
from keypin.pins import Policy
from keypin.pins.policy import OnExpiry
from keypin.watch.alerting.documents import signal_of
from keypin.watch.inventory.field import Fielded, fielded
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints, organisations, owners, plans, signals

# What ended lately is still in a calendar; what is further ahead is nobody's work yet.
BEHIND, AHEAD = timedelta(days=30), timedelta(days=731)

# Of each source, the next ones: a calendar with more is read by nobody.
MOST = 2000

# Releases that a sentence can hold.
_SHOWN = 3

FORECAST = ("chain-refused-later", "pins-exhausted")
"""The signals that say that something will break, with the day among their facts."""


@dataclass(frozen=True, slots=True)
class _Window:
    """From when until when, and how many of each source."""

    begin: datetime
    end: datetime
    most: int

    def holds(self, when: datetime) -> bool:
        return self.begin <= when <= self.end


def gather(
    scope: Scope, shelf: Shelf, at: datetime, *, behind: timedelta = BEHIND, most: int = MOST
) -> tuple[Deadline, ...]:
    """Return an organisation's deadlines, the next first.

    Args:
        scope: whose.
        shelf: a memory of pin sets.
        at: now.
        behind: how long ago the first may have been.
        most: of each source, so many of the next.
    """
    window = _Window(at - behind, at + AHEAD, most)
    found = [one for source in _SOURCES for one in source(scope, shelf, window)]
    return tuple(sorted(found, key=lambda one: (one.when, one.title)))


def _certificates(scope: Scope, _: Shelf, window: _Window) -> Iterator[Deadline]:
    table = endpoints.c
    query = (
        scope.select(table.id, table.host, table.port, table.protocol, table.expires_at)
        .add_columns(owners.c.name.label("owner"))
        .outerjoin_from(
            endpoints,
            owners,
            (table.owner == owners.c.id) & (owners.c.organisation == table.organisation),
        )
        .where(table.enabled, table.expires_at.between(window.begin, window.end))
        .order_by(table.expires_at)
        .limit(window.most)
    )
    name = _name(scope)
    for row in scope.rows(query):
        endpoint = str(Endpoint(row["host"], row["port"], Protocol(row["protocol"])))
        yield Deadline(
            what="certificate-expires",
            when=row["expires_at"],
            subject=Subject("endpoint", endpoint),
            severity=Severity.ERROR,
            title=f"a certificate of {endpoint} ends",
            next_step="Renew it, and look first whether every release pins its key.",
            link=f"/endpoints/{row['id']}",
            organisation=name,
            owner=row["owner"],
        )


def _policies(scope: Scope, shelf: Shelf, window: _Window) -> Iterator[Deadline]:
    shipped: dict[tuple[str, int], list[Fielded]] = {}
    for one in fielded(scope.connection, scope.organisation):
        shipped.setdefault((one.application, one.pin_set), []).append(one)
    numbers = {number for _, number in shipped}
    name = _name(scope)
    pin_sets = shelf.pin_sets(scope.connection, scope.organisation, numbers)
    ending: dict[tuple[datetime, OnExpiry, str, int], list[Policy]] = {}
    for application, number in shipped:
        for policy in pin_sets[number].policies:
            if policy.expires is not None and window.holds(policy.expires):
                key = policy.expires, policy.on_expiry, application, number
                ending.setdefault(key, []).append(policy)
    for key in nsmallest(window.most, ending):
        when, on_expiry, application, number = key
        releases = shipped[application, number]
        yield _policy(ending[key], when, on_expiry, releases, organisation=name)


def _policy(
    policies: list[Policy],
    when: datetime,
    on_expiry: OnExpiry,
    releases: list[Fielded],
    *,
    organisation: str,
) -> Deadline:
    """Return the day on which policies of one pin set end together."""
    refuses = on_expiry is OnExpiry.REFUSE
    hosts, shipped = sorted(str(one.host) for one in policies), _named(releases)
    if len(hosts) == 1:
        ends = f"the policy of {hosts[0]} in {shipped} ends"
        then = "they refuse it" if refuses else "its pins protect nobody any more"
    else:
        ends = f"the policies of {hosts[0]} and {len(hosts) - 1} more in {shipped} end"
        then = "they refuse them" if refuses else "their pins protect nobody any more"
    first = releases[0]
    return Deadline(
        what="policy-expires",
        when=when,
        subject=Subject("application", first.application),
        severity=Severity.ERROR if refuses else Severity.WARNING,
        title=f"{ends}: {then}",
        next_step="Ship a release with a policy that lasts.",
        link=f"/inventory/releases/{first.id}",
        organisation=organisation,
        owner=first.owner,
        distinct=f"{hosts[0]} {first.pin_set}",
    )


def _named(releases: list[Fielded]) -> str:
    versions = ", ".join(one.version for one in releases[:_SHOWN])
    more = f" and {len(releases) - _SHOWN} more" if len(releases) > _SHOWN else ""
    known = [one.share for one in releases if one.share is not None]
    share = f" ({min(sum(known), 1.0):.0%} of its users)" if known else ""
    return f"{releases[0].application} {versions}{more}{share}"


def _plans(scope: Scope, _: Shelf, window: _Window) -> Iterator[Deadline]:
    query = (
        scope.select(plans.c.id, plans.c.name, plans.c.deploy_at, plans.c.hosts)
        .where(plans.c.ended_at.is_(None), plans.c.deploy_at.between(window.begin, window.end))
        .order_by(plans.c.deploy_at)
        .limit(window.most)
    )
    name = _name(scope)
    for row in scope.rows(query):
        hosts = ", ".join(row["hosts"][:_SHOWN]) or "every name of its certificate"
        yield Deadline(
            what="chain-planned",
            when=row["deploy_at"],
            subject=Subject("plan", row["name"]),
            severity=Severity.NOTE,
            title=f"the chain of the plan {row['name']} is to be deployed for {hosts}",
            next_step="Look which releases would refuse it.",
            link=f"/matrix?plan={row['id']}",
            organisation=name,
            all_day=False,
        )


def _forecast(scope: Scope, _: Shelf, window: _Window) -> Iterator[Deadline]:
    query = (
        scope.select(signals.c.document)
        .where(signals.c.holds, signals.c.rule.in_(FORECAST))
        .order_by(signals.c.id)
        .limit(MOST)
    )
    for row in scope.rows(query):
        signal = signal_of(row["document"])
        said = dict(signal.facts).get("at")
        when = None if said is None else datetime.fromisoformat(said)
        if when is not None and window.holds(when):
            yield Deadline(
                what=signal.id,
                when=when,
                subject=signal.subject,
                severity=signal.severity,
                title=signal.title,
                next_step=signal.next_step,
                link=signal.link,
                organisation=signal.organisation,
                owner=signal.owner,
                distinct=signal.distinct,
            )


def _name(scope: Scope) -> str:
    of = organisations.c.id == scope.organisation
    return str(scope.value(select(organisations.c.name).where(of)))


_SOURCES: tuple[Callable[[Scope, Shelf, _Window], Iterable[Deadline]], ...] = (
    _certificates,
    _policies,
    _plans,
    _forecast,
)
