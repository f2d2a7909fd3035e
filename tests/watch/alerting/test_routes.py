"""Routes are kept with their address sealed, and show everything but that."""

import pytest
from sqlalchemy import select

from keypin.alerts import Delivery, Match, Route
from keypin.errors import InputError
from keypin.findings import Severity
from keypin.inventory import Owner
from keypin.watch.alerting import reading, routes
from keypin.watch.guarding import Guard, InternalError
from keypin.watch.inventory import owners
from keypin.watch.inventory.edit import Did, TakenError, UnknownError
from keypin.watch.store.tables import alert_routes

ADDRESS = f"https://hooks.example.com/s3cret#{'k' * 32}"
CHAT = Route(name="chat")


def test_an_address_is_sealed_and_never_shown(any_alerted) -> None:
    """Neither the row nor what the audit log gets holds the address; who tells, opens it."""
    sealer = any_alerted.core.sealer
    with any_alerted.database.begin(1) as scope:
        edit = routes.add(scope, sealer, CHAT, ADDRESS, at=any_alerted.now)
        (known,) = routes.listed(scope)
        assert routes.address_of(scope, sealer, "chat") == ADDRESS
    assert (known.route, known.shown) == (CHAT, "https://hooks.example.com/…")
    assert "sealed" not in edit.after
    with any_alerted.database.read_across() as connection:
        row = connection.execute(select(alert_routes)).mappings().one()
    assert b"s3cret" not in row["sealed"]
    assert "s3cret" not in str({name: value for name, value in row.items() if name != "sealed"})


def test_a_route_is_changed_by_its_name(alerted) -> None:
    """Conditions change without the address; another address is said to be another, no more."""
    sealer, other = alerted.core.sealer, ADDRESS.replace("s3cret", "other")
    grave = Route(name="chat", match=Match(severity=Severity.ERROR))
    with alerted.database.begin(1) as scope:
        routes.add(scope, sealer, CHAT, ADDRESS, at=alerted.now)
        assert routes.change(scope, sealer, CHAT, ADDRESS).did is Did.UNCHANGED
        assert routes.change(scope, sealer, grave).after == {
            "definition": {"name": "chat", "severity": "error"}
        }
        assert routes.change(scope, sealer, grave, other).after == {"address": "another"}
        assert routes.find(scope, "chat").route == grave
        assert routes.address_of(scope, sealer, "chat") == other


def test_a_route_that_is_off_keeps_what_it_is_to_be_told(alerted, receiver, signal) -> None:
    """Once it is on again, what waited is told."""
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    with alerted.database.begin(1) as scope:
        routes.enable(scope, "chat", enabled=False, at=alerted.now)
    alerted.deliver(minutes=1)
    assert receiver.requests == []
    with alerted.database.begin(1) as scope:
        routes.enable(scope, "chat", enabled=True, at=alerted.now)
    alerted.deliver(minutes=1)
    assert len(receiver.requests) == 1


def test_a_route_that_is_removed_fails_no_more(alerted, receiver, signal) -> None:
    """The alert that a route fails ends with the route."""
    receiver.answers = [410]
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    alerted.deliver(minutes=1)
    alerted.pass_time(seconds=1)
    assert [row["state"] for row in alerted.alerts()] == ["open", "open"]
    with alerted.database.begin(1) as scope:
        routes.remove(scope, "chat", at=alerted.now)
    alerted.pass_time(seconds=1)
    assert [row["state"] for row in alerted.alerts()] == ["open", "resolved"]


def test_what_a_route_was_told_outlives_it(any_alerted, receiver, signal) -> None:
    """Under its name, and nothing that waited is told; a route that comes later has its own."""
    alerted = any_alerted
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    alerted.deliver(minutes=1)
    alerted.see(signal("b"))
    with alerted.database.begin(1) as scope:
        routes.remove(scope, "chat", at=alerted.now)
    alerted.deliver(minutes=1)
    assert len(receiver.requests) == 1
    with alerted.database.read(1) as scope:
        told = [*reading.tellings(scope, 1), *reading.tellings(scope, 2)]
        assert reading.waiting(scope) == {}
    said = [(one.route, one.removed, one.state) for one in told]
    assert said == [("chat", True, "delivered"), ("chat", True, "withdrawn")]
    assert told[0].shown.startswith("http://127.0.0.1")
    assert told[0].delivered_at is not None
    alerted.route(to=receiver.address)
    alerted.see(signal("c"))
    alerted.deliver(minutes=1)
    assert len(receiver.requests) == 2
    with alerted.database.read(1) as scope:
        (again,) = reading.tellings(scope, 3)
    assert (again.removed, again.state) == (False, "delivered")


def test_two_routes_do_not_share_a_name(alerted) -> None:
    """Names are taken within an organisation, and unknown outside of it."""
    sealer = alerted.core.sealer
    with alerted.database.begin(1) as scope:
        routes.add(scope, sealer, CHAT, ADDRESS, at=alerted.now)
        with pytest.raises(TakenError):
            routes.add(scope, sealer, CHAT, ADDRESS, at=alerted.now)
    with alerted.database.begin(2) as scope, pytest.raises(UnknownError, match="no route 'chat'"):
        routes.remove(scope, "chat", at=alerted.now)


def test_a_route_is_of_owners_that_there_are(alerted) -> None:
    """Added or changed."""
    theirs = Route(name="chat", match=Match(severity=Severity.WARNING, owners=("web",)))
    alerted.route()
    sealer = alerted.core.sealer
    with alerted.database.begin(1) as scope:
        with pytest.raises(InputError, match="owners: the route chat names the owner web, whom"):
            routes.add(scope, sealer, theirs, ADDRESS, at=alerted.now)
        with pytest.raises(InputError, match="owners: the route chat names the owner web, whom"):
            routes.change(scope, sealer, theirs)
        owners.add(scope, Owner(name="web"))
        assert routes.change(scope, sealer, theirs).did is Did.CHANGED


def test_there_are_so_many_routes_and_no_more(alerted, monkeypatch) -> None:
    """Each route takes a thread while it is told, so there is an end to them."""
    monkeypatch.setattr(routes, "MAX_ROUTES", 1)
    alerted.route("one")
    with pytest.raises(InputError, match="1 routes already"):
        alerted.route("two")


def test_what_a_table_cannot_say_is_refused(alerted) -> None:
    """A route with conditions that are not written would come back as another."""
    with pytest.raises(InputError, match="cannot say"):
        alerted.route(match=Match(ids=("chain-*",)))


def test_a_name_fits_its_column(alerted) -> None:
    """A longer one is refused with a sentence."""
    with pytest.raises(InputError, match="101 letters"):
        alerted.route("n" * 101)


def test_an_address_inside_is_refused_at_once() -> None:
    """Who adds a webhook hears at once that it may not be told."""
    with pytest.raises(InternalError, match="loopback"):
        routes.checked(f"http://127.0.0.1:8080/#{'k' * 32}", Guard())
    assert routes.checked("ntfys://alerts", Guard()) == "ntfys://alerts"


def test_a_test_says_that_it_is_one(alerted, receiver) -> None:
    """Somebody who tries a route hears whether it works, and so does who receives it."""
    sent = routes.test(alerted.post, "chat", receiver.address, base="https://k", at=alerted.now)
    assert sent is None
    (document,) = receiver.documents()
    assert (document["kind"], document["route"]) == ("test", "chat")
    receiver.answers = [302]
    failed = routes.test(alerted.post, "chat", receiver.address, base="https://k", at=alerted.now)
    assert failed is not None
    assert "redirects are not followed" in failed.reason


def test_a_digest_route_says_when_it_is_next(alerted) -> None:
    """Only routes that take digests have a next one."""
    alerted.route("now")
    alerted.route("daily", delivery=Delivery.DIGEST)
    with alerted.database.read(1) as scope:
        assert [one.digest_at for one in routes.listed(scope)] == [None, None]
