"""What is due is shared out: to one prober at a time, for a while."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from keypin.certs import Endpoint
from keypin.inventory.entries import WatchedEndpoint
from keypin.watch.inventory import endpoints
from keypin.watch.probing.claims import LEASE, Claims
from keypin.watch.store.tables import schedules


def _add(watched, count: int, **values: object) -> list[int]:
    with watched.database.begin(1) as scope:
        return [
            endpoints.add(
                scope,
                WatchedEndpoint(endpoint=Endpoint(f"h{number}.example.com"), **values),
                at=watched.now,
            ).id
            for number in range(count)
        ]


def test_two_probers_share_and_none_probes_what_the_other_has(any_watched) -> None:
    """Until a lease runs out: then whoever held it is taken for dead."""
    _add(any_watched, 5)
    one, other = (Claims(any_watched.database, "here") for _ in range(2))
    first = one.claim(any_watched.now, 3)
    second = other.claim(any_watched.now, 3)
    assert (len(first), len(second)) == (3, 2)
    assert not {each.id for each in first} & {each.id for each in second}
    assert one.claim(any_watched.now, 3) == ()
    any_watched.now += LEASE
    assert len(other.claim(any_watched.now, 9)) == 5


def test_claims_pass_each_other_by(postgresql) -> None:
    """On PostgreSQL a claim does not wait for another that is under way."""
    now = datetime.now(UTC)
    with postgresql.begin(1) as scope:
        places = [Endpoint(f"h{number}.example.com") for number in range(4)]
        endpoints.add_all(scope, places, at=now, origin=endpoints.Origin.HAND)
    claims = Claims(postgresql, "here")
    claims.heal(now)
    with postgresql.begin_across() as connection:
        held = connection.execute(select(schedules.c.id).limit(2).with_for_update()).scalars().all()
        got = claims.claim(now, 9)
    assert len(got) == 2
    assert not {one.schedule for one in got} & set(held)


def test_what_rests_or_is_for_other_places_is_passed_over(watched) -> None:
    """And does not come up again before its time."""
    (resting, _) = _add(watched, 2)
    with watched.database.begin(1) as scope:
        endpoints.switch(scope, resting, enabled=False)
        other = WatchedEndpoint(endpoint=Endpoint("x.example"), vantage_points=("there",))
        endpoints.add(scope, other, at=watched.now)
    claims = Claims(watched.database, "here")
    assert [one.endpoint.host for one in claims.claim(watched.now, 9)] == ["h1.example.com"]
    there = Claims(watched.database, "there")
    assert len(there.claim(watched.now, 9)) == 2


def test_an_endpoint_that_is_new_is_due_at_once(watched) -> None:
    """A prober that runs notices it at its next look."""
    claims = Claims(watched.database, "here")
    assert claims.claim(watched.now, 9) == ()
    _add(watched, 1)
    assert len(claims.claim(watched.now, 9)) == 1


def test_schedules_that_a_wrong_clock_made_are_put_right(any_watched) -> None:
    """Spread over the interval, and not all at once."""
    _add(any_watched, 20)
    claims = Claims(any_watched.database, "here")
    any_watched.wait(days=1)
    claims.claim(any_watched.now, 20)
    any_watched.wait(days=-1)
    assert claims.heal(any_watched.now) > 0
    with any_watched.database.read_across() as connection:
        dues = sorted(connection.execute(select(schedules.c.due_at)).scalars())
    assert dues[-1] - any_watched.now < timedelta(hours=1.6)
    assert len(set(dues)) == 20
