"""The next dates of an organisation: what ends, and what somebody means to do.

Four sources: the first end of a certificate at each endpoint, the ends of policies that are in the
field, the days of plans, and what the judge of endpoints forecasts for the month ahead. What is
told of certificates and policies by the last is in the first two already, however far ahead.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

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


def gather(scope: Scope, shelf: Shelf, at: datetime) -> tuple[Deadline, ...]:
    """Return an organisation's deadlines, the next first.

    Args:
        scope: whose.
        shelf: a memory of pin sets.
        at: now.
    """
    begin, end = at - BEHIND, at + AHEAD
    found = [one for source in _SOURCES for one in source(scope, shelf, begin, end)]
    return tuple(sorted(found, key=lambda one: (one.when, one.title)))


def _certificates(scope: Scope, _: Shelf, begin: datetime, end: datetime) -> Iterator[Deadline]:
    table = endpoints.c
    query = (
        scope.select(table.id, table.host, table.port, table.protocol, table.expires_at)
        .add_columns(owners.c.name.label("owner"))
        .outerjoin_from(
            endpoints,
            owners,
            (table.owner == owners.c.id) & (owners.c.organisation == table.organisation),
        )
        .where(table.enabled, table.expires_at.between(begin, end))
        .order_by(table.expires_at)
        .limit(MOST)
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


def _policies(scope: Scope, shelf: Shelf, begin: datetime, end: datetime) -> Iterator[Deadline]:
    shipped: dict[tuple[str, int], list[Fielded]] = {}
    for one in fielded(scope.connection, scope.organisation):
        shipped.setdefault((one.application, one.pin_set), []).append(one)
    numbers = {number for _, number in shipped}
    name = _name(scope)
    pin_sets = shelf.pin_sets(scope.connection, scope.organisation, numbers)
    for (_, number), releases in shipped.items():
        for policy in pin_sets[number].policies:
            if policy.expires is not None and begin <= policy.expires <= end:
                yield _policy(policy, policy.expires, releases, name)


def _policy(policy: Policy, when: datetime, releases: list[Fielded], organisation: str) -> Deadline:
    refuses = policy.on_expiry is OnExpiry.REFUSE
    what = "they refuse it" if refuses else "its pins protect nobody any more"
    first = releases[0]
    return Deadline(
        what="policy-expires",
        when=when,
        subject=Subject("application", first.application),
        severity=Severity.ERROR if refuses else Severity.WARNING,
        title=f"the policy of {policy.host} in {_named(releases)} ends: {what}",
        next_step="Ship a release with a policy that lasts.",
        link=f"/inventory/releases/{first.id}",
        organisation=organisation,
        owner=first.owner,
        distinct=f"{policy.host} {first.pin_set}",
    )


def _named(releases: list[Fielded]) -> str:
    versions = ", ".join(one.version for one in releases[:_SHOWN])
    more = f" and {len(releases) - _SHOWN} more" if len(releases) > _SHOWN else ""
    return f"{releases[0].application} {versions}{more}"


def _plans(scope: Scope, _: Shelf, begin: datetime, end: datetime) -> Iterator[Deadline]:
    query = (
        scope.select(plans.c.id, plans.c.name, plans.c.deploy_at, plans.c.hosts)
        .where(plans.c.ended_at.is_(None), plans.c.deploy_at.between(begin, end))
        .order_by(plans.c.deploy_at)
        .limit(MOST)
    )
    name = _name(scope)
    for row in scope.rows(query):
        hosts = ", ".join(row["hosts"][:_SHOWN]) or "all that its certificate names"
        yield Deadline(
            what="chain-planned",
            when=row["deploy_at"],
            subject=Subject("plan", row["name"]),
            severity=Severity.NOTE,
            title=f"the plan {row['name']} is deployed, for {hosts}",
            next_step="Look which releases would refuse it.",
            link="/matrix",
            organisation=name,
            all_day=False,
        )


def _forecast(scope: Scope, _: Shelf, begin: datetime, end: datetime) -> Iterator[Deadline]:
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
        if when is not None and begin <= when <= end:
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


_SOURCES: tuple[Callable[[Scope, Shelf, datetime, datetime], Iterable[Deadline]], ...] = (
    _certificates,
    _policies,
    _plans,
    _forecast,
)
