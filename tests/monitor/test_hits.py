"""What a watch list finds in the laboratory's log, as it is told."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.proof import Proof
from keypin.ct.sct import LogKey
from keypin.ct.watch_list import WatchList
from keypin.errors import Place
from keypin.findings import Finding, Severity
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_log import CtLog
from keypin.monitor import hits as module
from keypin.monitor.hits import ALONE, Hits, tell_alone
from keypin.monitor.store import News

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = new_key("ecdsa")
CA = issue(Request(name="Hits CA", key=KEY, ca=True), NOW)


@pytest.fixture
def issued() -> CtLog:
    """Return a log with a certificate and its precertificate for a watched name, and others."""
    log = CtLog("issued", roots=[CA.der])
    for name in ("other.example", "www.Watched.example", "another.example"):
        request = Request(name=name, key=KEY, hosts=(name,), issuer=CA)
        log.certify(request, NOW)
    log.publish(NOW)
    return log


def watch(*domains: str, **more) -> Hits:
    """Return what finds domains at `NOW`."""
    return Hits(WatchList(domains=domains), now=lambda: NOW, **more)


def test_a_hit_says_what_was_issued_and_where(issued, serve, source, follow, told) -> None:
    """With a proof that verifies offline."""
    follower = follow(
        source(serve(issued)), found=watch("watched.example"), log_id=issued.signer.log_id
    )
    assert follower.round()
    [body] = told()
    proof = Proof.loads(json.dumps(body.pop("proof")).encode())
    proved = proof.verify(LogKey(issued.signer.spki))
    assert (proved.index, proved.head.size) == (body["index"], len(issued))
    assert body.pop("key").startswith("sha256/")
    assert body.pop("serial")
    assert len(body.pop("id")) == 64
    assert body == {
        "type": "certificate",
        "at": "2026-11-23T12:00:00Z",
        "log": "monitored",
        "log_id": issued.signer.log_id.hex(),
        "index": 1,
        "logged_at": "2026-11-23T12:00:00Z",
        "precertificate": True,
        "hits": [{"kind": "domain", "watched": "watched.example", "seen": "www.watched.example"}],
        "names": ["www.Watched.example"],
        "subject": "CN=www.Watched.example",
        "issuer": "CN=Hits CA",
        "not_before": "2026-11-22T12:00:00Z",
        "not_after": body["not_after"],
        "flaw": "",
        "findings": [],
    }


def test_what_is_to_be_said_is_said(issued, serve, source, follow, told) -> None:
    """By a judge that is handed the entry and why it is of interest."""

    def judge(log, logged, hits):
        assert (log.name, logged.entry.index, len(hits)) == ("monitored", 1, 1)
        yield Finding(
            id="ct-odd",
            severity=Severity.NOTE,
            subject="x",
            message="m",
            cure="c",
            evidence=("e",),
            place=Place(file="pins.toml", line=3),
        )

    follow(source(serve(issued)), found=watch("watched.example", judge=judge)).round()
    [body] = told()
    assert body["findings"] == [
        {
            "id": "ct-odd",
            "severity": "note",
            "subject": "x",
            "message": "m",
            "cure": "c",
            "evidence": ["e"],
            "place": {"file": "pins.toml", "line": 3, "key": None},
        }
    ]


def test_what_cannot_be_read_is_told(log, serve, source, follow, told) -> None:
    """With the reason, and without what nobody can know."""
    log.extend([(1000, b"garbage of a.watched.example", None, None)])
    log.publish(NOW)
    follow(source(serve(log)), found=watch("watched.example")).round()
    [body] = told()
    assert (body["index"], body["names"], body["hits"][0]["seen"]) == (700, [], "")
    assert body["flaw"].startswith("not a readable certificate: ")
    assert "issuer" not in body
    assert body["proof"]["leaf_index"] == 700


def test_a_document_holds_what_else_is_wanted(issued, serve, source, follow, told) -> None:
    """Of the log and its entry."""

    def more(log, logged):
        return {"beside": f"{log.name} {logged.entry.index}"}

    follow(source(serve(issued)), found=watch("watched.example", more=more)).round()
    assert [body["beside"] for body in told()] == ["monitored 1"]


def test_a_log_that_proves_nothing_now_delays_nothing(issued, serve, source, follow, told) -> None:
    """The news goes out without a proof, and says why."""
    server = serve(issued)
    asked = source(server)

    def judge(*_):
        issued.misbehave("server-error")
        issued.misbehave("wrong-proof")
        return ()

    follower = follow(asked, found=watch("watched.example", judge=judge))
    follower.round()
    [body] = told()
    assert body["proof"] is None
    assert "answered 503" in body["unproved"]


def test_a_log_is_asked_for_so_many_proofs(log, serve, source, follow, told, monkeypatch) -> None:
    """Whoever wants more asks later."""
    monkeypatch.setattr(module, "PROVED", 2)
    follow(source(serve(log)), found=watch("a.example")).round()
    bodies = told()
    assert len(bodies) == 700
    assert [body["index"] for body in bodies if body["proof"]] == [0, 1]


def test_what_was_told_of_an_issuance_goes_with_the_next(store) -> None:
    """In whatever log, of whatever kind, and in the order of telling."""

    def add(log: bytes, index: int, body: str, *, final: bool) -> None:
        store.add(log, [News(f"entry {index}", body, index, "i" * 64, final=final, at=1000)])

    add(b"A", 1, "first", final=False)
    add(b"B", 7, "second", final=False)
    batch = store.take()
    assert [(one.body, one.known) for one in batch] == [("first", None), ("second", "first")]
    # Nothing was marked as told: a process that died tells the same again.
    again = store.take()
    assert [(one.body, one.known, one.repeated) for one in again] == [
        ("first", None, True),
        ("second", "first", True),
    ]
    store.told(again)
    assert store.alone(1000) == []
    assert store.alone(1001) == [(b"A", "i" * 64, "first")]
    add(b"A", 2, "third", final=True)
    store.told(store.take())
    assert store.alone(1001) == []


def test_a_precertificate_that_stays_alone_is_told_once(
    issued, serve, source, follow, told, store
) -> None:
    """A week later, if no certificate was logged, with where it is."""
    follow(source(serve(issued)), found=watch("watched.example"), log_id=b"I" * 32).round()
    [first] = told()
    tell_alone(store, NOW + ALONE)
    assert told() == []
    later = NOW + ALONE + timedelta(seconds=1)
    tell_alone(store, later)
    tell_alone(store, later)
    [again] = told()
    [finding] = again.pop("findings")
    assert (finding["id"], finding["severity"]) == ("ct-precertificate-alone", "note")
    assert finding["evidence"] == [f"entry 1 of monitored, log ID {(b'I' * 32).hex()}"]
    del first["findings"]
    assert again == {**first, "at": "2026-11-30T12:00:01Z"}
