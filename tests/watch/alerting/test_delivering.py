"""What is to be told is told once, in order, and again until it is taken or given up."""

import threading
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from cryptography.fernet import Fernet

from keypin.alerts import Hours
from keypin.alerts.signature import HEADER, verify
from keypin.findings import Severity
from keypin.watch.alerting import bundling, outbox
from keypin.watch.alerting.delivering import LEASE, MAX_OF_ONE, Deliverer
from keypin.watch.alerting.sending import Post
from keypin.watch.guarding import Guard
from keypin.watch.store import Sealer
from keypin.watch.store.tables import alert_routes, deliveries
from keypin.watch.time_limit import TOTAL

KEY = b"k" * 32


def test_a_webhook_is_told_with_a_signature(any_alerted, receiver, signal) -> None:
    """The request is signed for now, has its key twice, and links to the organisation's page."""
    any_alerted.route(to=receiver.address)
    any_alerted.see(signal("a"))
    any_alerted.deliver(seconds=20)
    ((headers, body),) = receiver.requests
    assert verify(headers[HEADER], body, KEY, any_alerted.now) == any_alerted.now
    (document,) = receiver.documents()
    assert headers["Idempotency-Key"] == document["key"]
    assert (document["kind"], document["route"]) == ("opened", "chat")
    assert document["alerts"][0]["url"] == "https://keypin.example/o/acme/endpoints/7"
    (row,) = any_alerted.deliveries()
    assert (row["state"], row["attempts"], row["failure"]) == ("delivered", 1, None)
    assert row["delivered_at"] == any_alerted.now


def test_what_belongs_together_is_one_message(alerted, receiver, signal) -> None:
    """Alerts of a group that come within its window are told in one message, and only once."""
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    alerted.now += timedelta(seconds=10)
    alerted.see(signal("b"))
    alerted.deliver(seconds=9)
    assert receiver.requests == []
    alerted.deliver(seconds=1)
    alerted.deliver(seconds=60)
    (document,) = receiver.documents()
    assert [one["subject"]["key"][0] for one in document["alerts"]] == ["a", "b"]


def test_nobody_is_woken_by_a_note(alerted, receiver, signal) -> None:
    """Outside a route's hours it is told of what is urgent; the rest waits for the morning."""
    alerted.route(to=receiver.address, hours=Hours())  # it is a Sunday
    alerted.see(signal("a", severity=Severity.WARNING), signal("b"))
    alerted.deliver(minutes=1)
    assert [document["severity"] for document in receiver.documents()] == ["error"]
    alerted.deliver(hours=20)
    assert [document["severity"] for document in receiver.documents()] == ["error", "warning"]


def test_what_waits_for_the_morning_keeps_nothing_else_back(
    alerted, receiver, signal, monkeypatch
) -> None:
    """However many notes wait, an error is told at once."""
    monkeypatch.setattr(bundling, "_AT_ONCE", 2)
    alerted.route(to=receiver.address, hours=Hours())  # it is a Sunday
    alerted.see(*(signal(host, severity=Severity.WARNING) for host in "abcd"), signal("e"))
    alerted.deliver(minutes=1)
    assert [document["severity"] for document in receiver.documents()] == ["error"]
    for _ in range(2):
        alerted.deliver(hours=20)
    told = [one["subject"]["key"][0] for body in receiver.documents() for one in body["alerts"]]
    assert sorted(told) == [*"abcde"]


def test_what_is_not_taken_is_tried_again(alerted, receiver, signal) -> None:
    """After a failure the same bytes are sent under the same key, later each time."""
    receiver.answers = [503, 500, 429, 204]
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    for seconds in (20, 14, 1, 30, 60):
        alerted.deliver(seconds=seconds)
    assert len(set(receiver.keys)) == 1
    assert len({body for _, body in receiver.requests}) == 1
    (row,) = alerted.deliveries()
    assert (row["state"], row["attempts"]) == ("delivered", 4)


def test_a_route_that_fails_is_visible_and_told_by_others(alerted, receivers, signal) -> None:
    """From the third failure on the other routes hear of it, and of its end."""
    broken, well = receivers
    broken.answers = [500] * 3
    alerted.route("broken", to=broken.address)
    alerted.route("well", to=well.address)
    alerted.see(signal("a"))
    for seconds in (20, 15, 30):
        alerted.deliver(seconds=seconds)
    row = _route(alerted, "broken")
    assert (row["failing_since"], row["failure"]) != (None, None)
    alerted.pass_time(seconds=1)
    alerted.deliver(minutes=1)
    found = [one["alerts"][0]["finding"] for one in well.documents()]
    assert found == ["chain-refused", "delivery-failed"]
    alerted.pass_time(seconds=1)
    alerted.pass_time(minutes=11)
    alerted.deliver(minutes=2)
    assert well.documents()[-1]["kind"] == "resolved"
    assert _route(alerted, "broken")["failing_since"] is None
    assert [one["alerts"][0]["finding"] for one in broken.documents()] == ["chain-refused"] * 4


def _route(alerted, name: str) -> dict[str, object]:
    query = alert_routes.select().where(alert_routes.c.name == name)
    with alerted.database.read_across() as connection:
        return dict(connection.execute(query).mappings().one())


def test_what_is_refused_is_told_at_once_and_tried_for_days(alerted, receivers, signal) -> None:
    """A webhook that a bad deployment took away misses nothing; the other routes hear of it now."""
    broken, well = receivers
    broken.answers = [404] * 99
    alerted.route("broken", to=broken.address)
    alerted.route("well", to=well.address)
    alerted.see(signal("a"))
    alerted.deliver(seconds=20)
    alerted.pass_time(seconds=1)
    alerted.deliver(minutes=1)
    told = [one for one in well.documents() if one["alerts"][0]["finding"] == "delivery-failed"]
    assert [one["severity"] for one in told] == ["warning"]
    for _ in range(4):
        alerted.deliver(minutes=5)
    alerted.pass_time(seconds=1)
    alerted.deliver(minutes=1)
    assert [one["severity"] for one in well.documents()][-1] == "error"
    alerted.deliver(days=2)
    broken.answers = []
    alerted.deliver(hours=4)
    row = next(row for row in alerted.deliveries() if row["route"] == 1)
    assert (row["state"], "404" in str(row["failure"])) == ("delivered", False)


def test_a_route_that_takes_messages_again_gets_what_waited(any_alerted, receiver, signal) -> None:
    """At once and in order, though each would be tried hours later."""
    alerted = any_alerted
    alerted.route(to=receiver.address)
    receiver.answers = [503] * 99
    for host in "abc":
        alerted.see(signal(host))
        alerted.deliver(minutes=1)
    for _ in range(12):
        alerted.deliver(hours=4)
    receiver.answers, receiver.requests = [], []
    alerted.see(signal("d", id="chain-invalid"))
    alerted.deliver(minutes=10)
    alerted.deliver(seconds=1)
    opened = [one["alerts"][0] for one in receiver.documents() if one["kind"] == "opened"]
    assert {one["subject"]["key"][0] for one in opened} == {*"abcd"}
    assert {row["state"] for row in alerted.deliveries()} == {"delivered"}


def test_one_message_that_is_not_taken_is_not_tried_with_each_other(
    alerted, receiver, signal
) -> None:
    """A webhook that chokes on one message is not sent it again and again."""
    alerted.route(to=receiver.address)
    receiver.answers = [413, 413]
    alerted.see(signal("a"))
    alerted.deliver(seconds=20)
    alerted.execute(deliveries.update().values(attempts=20))
    alerted.deliver(hours=4)
    for number in range(5):
        alerted.see(signal("b", id=f"chain-odd-{number}"))
        alerted.deliver(seconds=40)
    assert receiver.keys.count(receiver.keys[0]) == 2
    assert len(receiver.keys) == 7


def test_a_message_is_given_up_after_days_however_often_it_was_tried(
    alerted, receiver, signal
) -> None:
    """Tries alone are no reason: a route that comes and goes makes many of them."""
    receiver.answers = [502] * 99
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    alerted.deliver(seconds=20)
    alerted.execute(deliveries.update().values(attempts=outbox.TRIES))
    alerted.deliver(hours=4)
    assert alerted.deliveries()[0]["state"] == "waiting"
    alerted.deliver(days=3)
    assert alerted.deliveries()[0]["state"] == "given-up"


def test_a_webhook_that_drips_does_not_outlive_its_claim(alerted, dripping, signal) -> None:
    """Whoever has a claim is done with a message before another process may send it."""
    assert timedelta(seconds=TOTAL + 5) < LEASE
    with dripping(b"HTTP/1.1 200 OK\r\nx-slow: ") as port:
        alerted.route(to=f"http://127.0.0.1:{port}/hook#{KEY.decode()}")
        alerted.see(signal("a"))
        alerted.deliverer = Deliverer(alerted.core, replace(alerted.post, total=0.3))
        alerted.deliver(seconds=20)
        (row,) = alerted.deliveries()
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    assert "longer than 0.3 seconds" in str(row["failure"])


def test_what_is_not_reached_is_tried_for_days(alerted, receiver, signal) -> None:
    """A webhook that is away for two days misses nothing; one that never comes is given up."""
    receiver.answers = [502] * 100
    alerted.route(to=receiver.address)
    began = alerted.now
    alerted.see(signal("a"))
    while alerted.deliveries()[0]["state"] == "waiting":
        alerted.deliver(hours=4)
    assert len(receiver.requests) == outbox.TRIES
    assert alerted.now - began > timedelta(days=3)
    spans = [outbox.pause(number) for number in range(1, outbox.TRIES)]
    assert timedelta(days=3) < sum(spans, timedelta()) < timedelta(days=3, hours=4)


def test_the_end_is_not_told_before_the_beginning(alerted, receiver, signal) -> None:
    """Messages of one alert keep their order; those of others do not wait."""
    receiver.answers = [500, 500, 500]
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    alerted.deliver(seconds=20)
    alerted.deliver(seconds=15)
    alerted.see(signal("a", holds=False))
    alerted.deliver(seconds=30)
    alerted.pass_time(minutes=10)
    receiver.answers = [500, 204, 204]
    alerted.see(signal("b"))
    alerted.now += timedelta(seconds=20)
    alerted.deliver()
    assert [one["kind"] for one in receiver.documents()][-2:] == ["opened", "opened"]
    assert receiver.keys[-1] != receiver.keys[0]
    alerted.deliver(hours=1)
    assert [one["kind"] for one in receiver.documents()][-2:] == ["opened", "resolved"]


def test_a_webhook_that_hangs_delays_no_other(alerted, receivers, signal) -> None:
    """While one route hangs, another is told at once."""
    stuck, well = receivers
    stuck.hanging = threading.Event()
    alerted.route("stuck", to=stuck.address)
    alerted.route("well", to=well.address)
    alerted.see(signal("a"))
    alerted.now += timedelta(seconds=20)
    began = monotonic()
    while not well.requests and monotonic() - began < 5:
        alerted.deliverer.turn()
    assert well.keys
    assert stuck.requests == []
    stuck.hanging.set()
    alerted.deliverer.wait(10)
    assert len(stuck.requests) == 1


def test_one_organisation_does_not_take_all_lanes(alerted, receiver, signal) -> None:
    """However many routes of one hang, others find a thread."""
    receiver.hanging = threading.Event()
    for number in range(MAX_OF_ONE + 2):
        alerted.route(f"route-{number}", to=receiver.address)
    alerted.see(signal("a"))
    alerted.now += timedelta(seconds=20)
    assert alerted.deliverer.turn() == MAX_OF_ONE
    receiver.hanging.set()
    alerted.deliverer.wait(10)
    alerted.deliver()
    assert len(set(receiver.keys)) == len(receiver.keys) == MAX_OF_ONE + 2


def test_a_route_that_cannot_be_read_delays_no_other(alerted, receiver, signal) -> None:
    """A route that another version wrote waits for it; the others are told."""
    odd = alerted.route("odd", to=receiver.address)
    alerted.route("well", to=receiver.address)
    alerted.see(signal("a"))
    newer = alert_routes.update().where(alert_routes.c.id == odd)
    alerted.execute(newer.values(definition={"name": "odd", "sing": True}))
    alerted.deliver(seconds=20)
    assert [one["route"] for one in receiver.documents()] == ["well"]
    assert [row["state"] for row in alerted.deliveries()] == ["waiting", "delivered"]


def test_an_address_inside_is_not_dialled(alerted, signal) -> None:
    """The address is judged before each sending, whatever it was when the route was added."""
    alerted.route(to=f"http://127.0.0.1:8080/#{'k' * 32}")
    alerted.see(signal("a"))
    deliverer = Deliverer(alerted.core, Post(Guard()))
    alerted.now += timedelta(seconds=20)
    deliverer.turn()
    deliverer.wait(10)
    (row,) = alerted.deliveries()
    assert "127.0.0.1 is loopback" in str(row["failure"])


def test_what_was_given_up_by_a_claim_is_taken_over(shared_alerted, receiver, signal) -> None:
    """A claim of a process that died ends by itself, and the next tells the route."""
    alerted = shared_alerted
    number = alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    alerted.now += timedelta(seconds=20)
    claim = {"claimed_until": alerted.now + timedelta(seconds=30)}
    alerted.execute(alert_routes.update().where(alert_routes.c.id == number).values(**claim))
    alerted.deliver()
    assert receiver.requests == []
    alerted.deliver(seconds=31)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("days", [pytest.param(1, id="ahead"), pytest.param(-1, id="back")])
def test_a_clock_that_jumps_keeps_nothing_back(alerted, receiver, signal, days: int) -> None:
    """What was to be told by a wrong clock is told by the right one."""
    receiver.answers = [500]
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    alerted.deliver(seconds=20)
    alerted.see(signal("b", id="chain-invalid"))
    alerted.now += timedelta(days=days)
    alerted.deliver(seconds=20)
    alerted.deliver(seconds=20)
    assert [row["state"] for row in alerted.deliveries()] == ["delivered"] * 2


def test_a_clock_set_back_keeps_no_message_that_was_not_sent_yet(alerted, receiver, signal) -> None:
    """A message is made, and the clock is set back before anybody has sent it."""
    alerted.route(to=receiver.address)
    alerted.see(signal("a"))
    bundling.turn(alerted.database, alerted.now + timedelta(days=1))
    alerted.deliver()
    alerted.see(signal("a", holds=False))
    alerted.pass_time(hours=1)
    alerted.deliver(minutes=1)
    assert [one["kind"] for one in receiver.documents()] == ["opened", "resolved"]


def test_two_deliverers_tell_each_once(shared_alerted, receiver, signal) -> None:
    """Of deliverers on several machines each tells what no other tells."""
    alerted = shared_alerted
    for name in ("one", "two", "three"):
        alerted.route(name, to=receiver.address)
    for number in range(6):
        alerted.see(signal("a", id=f"chain-odd-{number}"))
    alerted.now += timedelta(seconds=20)
    several = [Deliverer(alerted.core, alerted.post) for _ in range(3)]
    threads = [threading.Thread(target=_work, args=(one,)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["state"] for row in alerted.deliveries()] == ["delivered"] * 18
    assert len(receiver.keys) == len(set(receiver.keys)) == 18


def _work(deliverer: Deliverer) -> None:
    for _ in range(5):
        deliverer.turn()
        deliverer.wait(10)


def test_what_waits_for_a_key_is_told_once_it_is_back(any_alerted, receiver, signal) -> None:
    """After a restore with other keys nothing is given up soon, and the reason is shown."""
    any_alerted.route(to=receiver.address)
    any_alerted.see(signal("a"))
    well = any_alerted.deliverer
    other = replace(any_alerted.core, sealer=Sealer([Fernet.generate_key().decode()]))
    any_alerted.deliverer = Deliverer(other, any_alerted.post)
    for _ in range(10):
        any_alerted.deliver(minutes=10)
    (row,) = any_alerted.deliveries()
    assert row["state"] == "waiting"
    assert "put the old key after the new one" in str(row["failure"])
    any_alerted.deliverer = well
    any_alerted.deliver(hours=1)
    assert [row["state"] for row in any_alerted.deliveries()] == ["delivered"]
    assert len(receiver.requests) == 1
