"""Idempotency keys: what is sent again is done once, also by two at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from cryptography.fernet import Fernet
from starlette.responses import Response

from keypin.watch.store.tables import idempotency
from keypin.web.api.once import _Key
from keypin.web.problems import WrongError

KEY = {"idempotency-key": "a1"}


def test_the_same_request_gets_the_same_answer(api) -> None:
    """And nothing is done twice; a token in it is the same, though it is kept nowhere in clear."""
    token = {"name": "pipeline", "scopes": ["read"]}
    first, second = (api.post("tokens", token, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert len(api.get("tokens").json()["items"]) == 2
    with api.database.read_across() as connection:
        (row,) = connection.execute(idempotency.select()).mappings()
    assert first.json()["token"].encode() not in row["body"]


def test_the_key_of_another_request_is_refused(api) -> None:
    """422: one of both is a mistake."""
    api.post("owners", {"name": "a"}, headers=KEY)
    answer = api.post("owners", {"name": "b"}, headers=KEY)
    assert answer.status_code == 422
    assert "came with another request" in answer.json()["detail"]


def test_the_key_of_a_failed_request_is_free(api) -> None:
    """It changed nothing, so it may be tried again."""
    wrong = api.post("applications", {"name": "a", "owner": "nobody"}, headers=KEY)
    assert wrong.status_code == 404
    api.post("owners", {"name": "nobody"})
    assert api.post("applications", {"name": "a", "owner": "nobody"}, headers=KEY).is_success


def test_keys_of_two_organisations_do_not_meet(api) -> None:
    """Each has its own."""
    rival = api.of(api.token("admin", organisation=2))
    assert api.post("owners", {"name": "a"}, headers=KEY).status_code == 201
    assert rival.post("owners", json={"name": "b"}, headers=KEY).status_code == 201


def test_one_of_many_at_the_same_time_is_done(api) -> None:
    """The others get its answer, or are told to wait for it."""
    statuses: list[int] = []

    def send() -> None:
        statuses.append(api.post("owners", {"name": "a"}, headers=KEY).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert set(statuses) <= {201, 409}
    assert api.audited().count("owner.add") == 1


def test_what_was_lost_with_its_process_is_done_after_a_while(api) -> None:
    """Until then nobody can know whether it was done."""
    from keypin.watch.store.tables import idempotency  # noqa: PLC0415

    api.post("owners", {"name": "a"}, headers=KEY)
    api.client.delete("owners/a")
    with api.database.begin_across() as connection:
        connection.execute(idempotency.update().values(status=None, body=None))
    waiting = api.post("owners", {"name": "a"}, headers=KEY)
    assert (waiting.status_code, waiting.headers["retry-after"]) == (409, "5")
    api.later(minutes=11)
    assert api.post("owners", {"name": "a"}, headers=KEY).status_code == 201


def test_what_was_lost_under_a_clock_that_was_ahead_is_done(api) -> None:
    """A key that was taken tomorrow is of no request that is under way."""
    api.post("owners", {"name": "a"}, headers=KEY)
    api.client.delete("owners/a")
    for ahead, status in ((timedelta(minutes=5), 409), (timedelta(days=1), 201)):
        with api.database.begin_across() as connection:
            values = {"status": None, "body": None, "created_at": api.at + ahead}
            connection.execute(idempotency.update().values(values))
        assert api.post("owners", {"name": "a"}, headers=KEY).status_code == status


def test_a_key_is_taken_by_one_of_two_processes(api, postgresql) -> None:
    """Also where both saw that it was free, or that whoever had it before is lost."""
    core = replace(api.core, database=postgresql)
    for number, minutes in enumerate([0, 0, 0, 0, 11, 22, 33, 44]):
        at = api.at + timedelta(minutes=minutes)
        key = "lost" if minutes else f"new {number}"
        keys = [_Key(core, 1, key, b"same", at + timedelta(seconds=one)) for one in range(2)]
        barrier = threading.Barrier(2)

        def take(key: _Key, barrier: threading.Barrier = barrier) -> str:
            barrier.wait()
            try:
                return "taken" if key.take() is None else "answered"
            except WrongError as error:
                return str(error)

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(take, keys)) == [
                "taken",
                "the same request is under way; send it again later",
            ]


def test_a_claim_is_not_taken_from_whoever_took_it_first(api, postgresql) -> None:
    """Who saw the key free, or lost, and comes second inserts nothing and removes nothing."""
    core = replace(api.core, database=postgresql)
    late = _Key(core, 1, "a", b"same", api.at)
    with postgresql.begin(1) as scope:
        assert late._row(scope) is None
        assert replace(late, at=api.at + timedelta(seconds=1)).take() is None
        assert not late._insert(scope)


def test_whoever_was_thought_lost_writes_no_answer_over_the_other(api) -> None:
    """Nor does it give the key back that another request has now."""
    old = _Key(api.core, 1, "a", b"same", api.at)
    assert old.take() is None
    new = replace(old, at=api.at + timedelta(minutes=11))
    assert new.take() is None
    old.free()
    old.keep(Response(b"old"))
    new.keep(Response(b"new"))
    again = replace(old, at=api.at + timedelta(minutes=12)).take()
    assert again is not None
    assert again.body == b"new"


def test_an_answer_whose_key_is_gone_is_said_to_have_been_given(api) -> None:
    """It is not done again by itself, for it was."""
    api.post("owners", {"name": "a"}, headers=KEY)
    with api.database.begin(1) as scope:
        scope.execute(
            scope.update(idempotency).values(body=Fernet(Fernet.generate_key()).encrypt(b""))
        )
    answer = api.post("owners", {"name": "a"}, headers=KEY)
    assert answer.status_code == 409
    assert "answered with 201 before, and the keys were changed" in answer.json()["detail"]
