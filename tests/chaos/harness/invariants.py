"""What must hold whatever happened: each invariant is a function, held against the outside's books.

They are asked when the load pauses and all that was under way has come to its end.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from keypin_chaos.installation import INTERVAL, ROUTES, Installation
from keypin_chaos.outside import Load, eventually, now
from sqlalchemy import func, select

from keypin.watch.people import audit
from keypin.watch.store.tables import (
    alert_history,
    alerts,
    ct_findings,
    ct_logs,
    deliveries,
    endpoints,
    observations,
    report_counts,
    report_groups,
    reports,
    schedules,
    signals,
)

# A look lasts a while, and is written down at its end.
_LOOK = timedelta(seconds=12)

# A message that a hanging webhook did not take is told again after 15 s, 30 s, 60 s.
_TOLD = 180.0
_READ = 180.0


def no_report_lost_or_counted_twice(one: Installation, load: Load) -> None:
    """Every 202 is one row, one in its group and one in its minute; all else is one or none."""
    acknowledged = {name for _, name in load.acknowledged}

    def missing() -> set[str]:
        with one.database.read_across() as connection:
            return acknowledged - set(connection.execute(select(reports.c.version)).scalars())

    eventually(lambda: not missing(), 60, lambda: f"lost: {sorted(missing())[:20]}")
    with one.database.read_across() as connection:
        stored = Counter(connection.execute(select(reports.c.version)).scalars())
        groups = connection.execute(select(func.sum(report_groups.c.count))).scalar() or 0
        minutes = connection.execute(select(func.sum(report_counts.c.count))).scalar() or 0
    refused = {name for _, _, name in load.refused}
    twice = [name for name, times in stored.items() if times > 1]
    assert not twice, f"counted twice: {twice[:20]}"
    invented = set(stored) - acknowledged - load.unanswered - refused
    assert not invented, f"never sent: {sorted(invented)[:20]}"
    assert groups == minutes == len(stored), (groups, minutes, len(stored))


def no_alert_lost_or_told_twice(one: Installation, _: Load) -> None:
    """Each notice reaches each route, under one key, and its repetitions are the same bytes."""
    eventually(lambda: not _undelivered(one), _TOLD, lambda: f"not told: {_undelivered(one)[:5]}")
    came = {told.key for told in list(one.hook.requests)}
    # Routes hear of nothing less than a warning; that the log is behind, after a day, is a note.
    severity = alert_history.c.notice["alert"]["severity"].as_string()
    notices = select(func.count()).where(severity != "note").scalar_subquery()
    # One statement sees one state: a last alert may be made meanwhile.
    query = select(deliveries.c.bundle, deliveries.c.state, notices.label("owed"))
    with one.database.read_across() as connection:
        rows = connection.execute(query).all()
    owed = rows[0].owed * len(ROUTES) if rows else 0
    assert len(rows) == owed, f"{owed} owed, {len(rows)} written"
    assert not one.hook.forged, one.hook.forged[:3]
    bodies, keys = defaultdict(set), defaultdict(set)
    for told in list(one.hook.requests):
        bodies[told.route, told.key].add(told.body)
        for alert in told.alerts:
            keys[told.route, alert["id"], alert["state"], alert["at"]].add(told.key)
    differ = [(key, found) for key, found in bodies.items() if len(found) > 1]
    assert not differ, f"one key, several bodies: {differ[:3]}"
    several = {what: found for what, found in keys.items() if len(found) > 1}
    assert not several, f"one notice, several keys: {list(several.items())[:3]}"
    unsent = {row.bundle for row in rows if row.state == "delivered"} - {key for _, key in bodies}
    assert not unsent, f"said to be delivered, and never came: {sorted(unsent)[:3]}"
    invented = came - {row.bundle for row in rows}
    assert not invented, f"came, and nobody knows of it: {sorted(invented)[:3]}"


def _undelivered(one: Installation) -> list[dict[str, object]]:
    query = select(deliveries).where(deliveries.c.state != "delivered")
    with one.database.read_across() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def every_signal_has_its_alert(one: Installation, _: Load) -> None:
    """What holds has an alert that is not resolved, and what has cleared has none."""

    def wrong() -> list[object]:
        newest = select(alerts.c.fingerprint, func.max(alerts.c.episode).label("episode"))
        newest = newest.group_by(alerts.c.fingerprint).subquery()
        last = select(alerts.c.fingerprint, alerts.c.state).join(
            newest,
            (alerts.c.fingerprint == newest.c.fingerprint) & (alerts.c.episode == newest.c.episode),
        )
        with one.database.read_across() as connection:
            states = {row.fingerprint: row.state for row in connection.execute(last)}
            rows = connection.execute(select(signals)).mappings().all()
        return [
            (row["fingerprint"], row["holds"], row["taken"], states.get(row["fingerprint"]))
            for row in rows
            if not row["taken"]
            or (states.get(row["fingerprint"]) not in {"resolved", None}) != row["holds"]
        ]

    eventually(lambda: not wrong(), 60, lambda: f"signals without their alerts: {wrong()}")


def no_observation_invented(one: Installation, _: Load) -> None:
    """A chain was seen when it was shown, no more often than it was, and it is so now."""
    shops = {shop.name: shop for shop in one.shops}
    with one.database.read_across() as connection:
        query = select(observations, endpoints.c.host, endpoints.c.port).join_from(
            observations, endpoints, observations.c.endpoint == endpoints.c.id
        )
        rows = connection.execute(query.where(observations.c.chain.is_not(None))).mappings().all()
    looks: Counter[tuple[str, bytes]] = Counter()
    for row in rows:
        shop, chain = shops[f"{row['host']}:{row['port']}"], bytes(row["chain"])
        looks[shop.name, chain] += row["probes"]
        for moment in (row["first_seen_at"], row["last_seen_at"]):
            assert any(_is_true(shop, chain, moment - off) for off in one.offsets), dict(row)
    for (name, chain), times in looks.items():
        shown = shops[name].shown[chain]
        assert times <= shown, f"{name} was seen {times} times, and shown {shown} times"


def _is_true(shop: object, chain: bytes, at: datetime) -> bool:
    return shop.showed(chain, at - _LOOK, at + timedelta(seconds=1))


def no_logged_certificate_is_missed(one: Installation, _: Load) -> None:
    """Each certificate that was logged is found at its place, and none twice."""

    def found() -> list[tuple[int, str]]:
        with one.database.read_across() as connection:
            rows = connection.execute(select(ct_findings.c.position, ct_findings.c.rule))
            return [(row.position, row.rule) for row in rows]

    # A log that is level is looked at every half a minute; one that failed, a while later.
    eventually(
        lambda: {position for position, _ in found()} >= one.log.positions,
        _READ,
        lambda: f"logged at {sorted(one.log.positions)}, found {sorted(found())}",
    )
    assert {position for position, _ in found()} == one.log.positions
    assert len(set(found())) == len(found())


def no_schedule_is_stuck(one: Installation, _: Load) -> None:
    """Every endpoint is due within two intervals, and is looked at again by then or soon after."""
    looks = {shop.name: shop.looks for shop in one.shops}

    def waiting() -> list[str]:
        return [shop.name for shop in one.shops if shop.looks == looks[shop.name]]

    def dues() -> str:
        with one.database.read_across() as connection:
            query = select(endpoints.c.port, schedules.c.due_at, schedules.c.vantage)
            joined = query.join_from(schedules, endpoints, schedules.c.endpoint == endpoints.c.id)
            return str([tuple(map(str, row)) for row in connection.execute(joined)])

    # Who died with endpoints claimed leaves them to others after a minute.
    eventually(
        lambda: not waiting(),
        2 * INTERVAL + 75,
        lambda: f"not probed: {waiting()} at {now()}; {dues()}",
    )


def audit_chain_holds(one: Installation, _: Load) -> None:
    """No entry was lost or changed, nor one half written."""
    with one.database.read_across() as connection:
        assert audit.verify(connection, 1) is None
        assert audit.verify(connection, None) is None


def it_is_ready(one: Installation, _: Load) -> None:
    """`/readyz` says that all is well, once it is."""
    eventually(lambda: not one.problems(), 60, lambda: f"not ready: {one.problems()}")


def the_log_is_read(one: Installation) -> bool:
    """Tell whether the log was read to its end, and that is written down."""
    with one.database.read_across() as connection:
        return bool(connection.execute(select(ct_logs.c.position)).scalar())


SOON = (it_is_ready, no_schedule_is_stuck)
"""After each round, under load."""

ALWAYS = (
    it_is_ready,
    no_schedule_is_stuck,
    no_report_lost_or_counted_twice,
    no_logged_certificate_is_missed,
    every_signal_has_its_alert,
    no_alert_lost_or_told_twice,
    no_observation_invented,
    audit_chain_holds,
)
"""When the load pauses."""

PATIENT = (no_logged_certificate_is_missed,)
"""What takes half a minute to show."""
