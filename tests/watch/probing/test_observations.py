"""What was shown, from when until when: real handshakes, and a clock that the test moves."""

import pytest
from sqlalchemy import func, select

from keypin.certs import Endpoint
from keypin.inventory.entries import WatchedEndpoint
from keypin.probe import Dial
from keypin.watch.inventory import endpoints
from keypin.watch.probing import prober
from keypin.watch.probing.claims import Claims
from keypin.watch.store.tables import certificates


def test_a_quiet_year_costs_one_row(any_watched, server, chain) -> None:
    """The same again only says until when."""
    any_watched.endpoint(server(*chain()))
    first = any_watched.now
    for _ in range(3):
        assert any_watched.probe() == 1
        any_watched.wait(days=1)
    (row,) = any_watched.rows()
    assert (row["first_seen_at"], row["probes"], row["ended_at"]) == (first, 3, None)
    assert (row["last_seen_at"] - first).days == 2
    assert (row["key_type"], row["failure"], row["vantage"]) == ("default", None, "here")
    assert row["detail"]["tls"] == "TLSv1.3"


def test_another_chain_ends_the_interval_and_begins_one(any_watched, server, chain) -> None:
    """Certificates are kept once, whoever shows them."""
    running = server(*chain())
    number = any_watched.endpoint(running)
    any_watched.probe()
    any_watched.wait(hours=2)
    running.show(*chain("renewed"))
    any_watched.probe()
    old, new = any_watched.rows()
    assert old["ended_at"] == new["first_seen_at"] == any_watched.now
    assert old["chain"] != new["chain"]
    assert any_watched.standing(number)["changed_at"] == any_watched.now
    with any_watched.database.read_across() as connection:
        assert connection.execute(select(func.count()).select_from(certificates)).scalar() == 3


def test_a_failure_is_shown_too_and_looked_at_again_soon(watched, server, chain) -> None:
    """A blip is over within a minute or two; three failures in a row are none."""
    running = server(*chain())
    number = watched.endpoint(running)
    watched.look()
    running.hangs_up = True
    watched.wait(hours=2)
    for _ in range(3):
        assert watched.probe() == 1
        watched.wait(seconds=61)
    assert watched.probe() == 0
    shown, failed = watched.rows()
    assert shown["ended_at"] == failed["first_seen_at"]
    assert (failed["chain"], failed["failure"], failed["probes"]) == (None, "closed", 3)
    watched.judge().turn(watched.now)
    assert watched.standing(number)["state"] == "unreachable"


def test_each_address_has_its_own_intervals_and_ends_with_its_name(watched, server, chain) -> None:
    """What is gone from the name is shown no more."""
    first = server(*chain())
    server(*chain("renewed"), address="127.0.0.2", port=first.port)
    watched.endpoint(first)
    watched.dials = (Dial("127.0.0.1"), Dial("127.0.0.2"))
    watched.probe()
    assert [row["address"][:9] for row in watched.rows()] == ["127.0.0.1", "127.0.0.2"]
    watched.wait(hours=2)
    watched.dials = (Dial("127.0.0.1"),)
    watched.probe()
    here, gone = watched.rows()
    assert (here["ended_at"], gone["ended_at"]) == (None, watched.now)


def test_a_batch_that_is_written_twice_counts_once(any_watched, server, chain, monkeypatch) -> None:
    """A prober may not know whether its write arrived."""
    real = prober.record

    def twice(*arguments: object) -> object:
        real(*arguments)
        return real(*arguments)

    monkeypatch.setattr(prober, "record", twice)
    running = server(*chain())
    any_watched.endpoint(running)
    any_watched.probe()
    any_watched.wait(hours=2)
    running.show(*chain("renewed"))
    any_watched.probe()
    assert [row["probes"] for row in any_watched.rows()] == [1, 1]


def test_a_name_without_an_address_is_a_failure_without_one(watched, server, chain) -> None:
    """`.invalid` never resolves (RFC 6761)."""
    watched.endpoint(server(*chain()), host="nowhere.invalid")
    watched.probe()
    (row,) = watched.rows()
    assert (row["address"], row["failure"]) == ("", "dns")


def test_each_vantage_point_has_its_own_schedule_and_intervals(any_watched, server, chain) -> None:
    """One place may be shown another chain than the others."""
    any_watched.endpoint(server(*chain()))
    for place in ("here", "there"):
        any_watched.vantage = place
        assert any_watched.probe() == 1
        assert any_watched.probe() == 0
    assert [row["vantage"] for row in any_watched.rows()] == ["here", "there"]


def test_two_organisations_have_the_same_endpoint(watched, server, chain) -> None:
    """It is probed once, and each has its own observation."""
    running = server(*chain())
    watched.endpoint(running)
    where = WatchedEndpoint(endpoint=Endpoint("127.0.0.1", running.port))
    with watched.database.begin(2) as scope:
        endpoints.add(scope, where, at=watched.now)
    assert watched.probe() == 2
    assert [row["organisation"] for row in watched.rows()] == [1, 2]


@pytest.mark.parametrize("days", [1, -1], ids=["forward", "back"])
def test_a_clock_that_jumps_stops_nothing(any_watched, server, chain, days) -> None:
    """And it invents nothing: an interval never ends before it began."""
    any_watched.endpoint(server(*chain()))
    any_watched.probe()
    any_watched.wait(days=days)
    any_watched.probe()
    any_watched.wait(hours=2)
    assert any_watched.probe() == 1
    (row,) = any_watched.rows()
    assert row["last_seen_at"] == any_watched.now
    assert row["first_seen_at"] <= row["last_seen_at"]
    claims = Claims(any_watched.database, "here")
    assert claims.heal(any_watched.now) == pytest.approx(1 / 3600)


def test_a_hostile_certificate_stops_nobody(any_watched, server, chain) -> None:
    """Names with a NUL, which PostgreSQL keeps in no text, and a name that is none."""
    running = server(*chain("attacker", hosts=("a\0b.example", "x" * 300), name="\0abc"))
    number = any_watched.endpoint(running)
    any_watched.push("1.0", any_watched.pin("active", "backup"))
    any_watched.look()
    assert any_watched.standing(number)["state"] == "refused"
    with any_watched.database.read_across() as connection:
        names = connection.execute(select(certificates.c.names)).scalars().all()
    assert "a\ufffdb.example" in [name for each in names for name in each]
