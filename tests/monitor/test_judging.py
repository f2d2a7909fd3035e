"""Hits, judged by what is in the field: of entries as both interfaces hand them out."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Certificate
from keypin.ct.caa import Record, RecordSet, rule
from keypin.ct.logged import read
from keypin.ct.sct import LogKey
from keypin.ct.watch_list import WatchList
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_log import CtLog
from keypin.monitor import above as module
from keypin.monitor.judging import Judging
from keypin.monitor.log import Log
from keypin.monitor.source import Tiles
from keypin.pins import Pin, PinSet
from keypin.rotation import Release

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = new_key("ecdsa")
CA = issue(Request(name="Judged CA", key=KEY, ca=True), NOW)
OTHERS = [f"sha256/{letter * 43}=" for letter in "AE"]


@pytest.fixture
def judged(serve, source, log_of):
    """Return a function that judges the entries of a log that a watch list finds."""

    def found(judging: Judging, watched: WatchList, log: CtLog) -> list[list[str]]:
        followed = log_of(source(serve(log)))
        [block] = followed.source.blocks(0, len(log), len(log))
        logged = [read(block.entry(position)) for position in watched.candidates(block)]
        return [[one.id for one in judging(followed, one, watched.matches(one))] for one in logged]

    return found


@pytest.fixture
def log_of():
    """Return a function that makes a log of a source."""
    return lambda source: Log(b"L" * 32, "judged", timedelta(days=1), source)


@pytest.fixture
def issued() -> CtLog:
    """Return a log with precertificates for two names."""
    log = CtLog("judged", roots=[CA.der])
    for name in ("api.watched.example", "*.watched.example"):
        log.certify(Request(name=name, key=KEY, hosts=(name,), issuer=CA), NOW)
    log.publish(NOW)
    return log


WATCHED = WatchList(domains=["watched.example"])


def release(*pins: str, host: str = "api.watched.example") -> Release:
    """Return a release that pins a host."""
    return Release("1.0", PinSet.from_mapping({host: pins}))


def test_what_a_release_would_refuse_is_told(judged, issued) -> None:
    """Of a name and of a wildcard that covers it; a pinned CA is in order."""
    assert judged(Judging([release(*OTHERS)], now=lambda: NOW), WATCHED, issued) == [
        ["ct-key-not-pinned"],
        ["ct-key-not-pinned"],
    ]
    pinned = release(str(pin_of_ca()), OTHERS[0])
    assert judged(Judging([pinned], now=lambda: NOW), WATCHED, issued) == [[], []]
    assert judged(Judging([release(*OTHERS, host="x.test")]), WATCHED, issued) == [[], []]


def pin_of_ca():
    """Return the pin of the CA's key."""
    return Pin.of_key(Certificate.from_der(CA.der))


def test_who_was_expected(judged, issued) -> None:
    """By name; the chain of a static log is asked for once."""
    expecting = Judging(expected=["Another CA"], now=lambda: NOW)
    assert judged(expecting, WATCHED, issued) == [["ct-issuer-unexpected"]] * 2
    assert judged(Judging(expected=["judged ca"], now=lambda: NOW), WATCHED, issued) == [[], []]


def test_what_caa_says(judged, issued) -> None:
    """It is asked for the names that are watched, and who issued."""
    records = RecordSet("watched.example", (Record(0, "issue", "ca.example"),))
    asked = []

    def caa(names, issuer):
        asked.append((list(names), issuer.name))
        return tuple(rule(one, records, ["other.example"]) for one in names)

    assert judged(Judging(caa=caa, now=lambda: NOW), WATCHED, issued) == [["ct-caa-forbids"]] * 2
    assert asked == [
        (["api.watched.example"], "Judged CA"),
        (["*.watched.example"], "Judged CA"),
    ]


def test_a_look_alike_is_no_name_of_ours(judged) -> None:
    """Its issuer is not judged, nor CAA asked."""
    log = CtLog("judged", roots=[CA.der])
    log.certify(
        Request(name="w4tched.example", key=KEY, hosts=("w4tched.example",), issuer=CA), NOW
    )
    log.publish(NOW)
    watched = WatchList(look_alikes=["watched.example"])
    judging = Judging(expected=["Another CA"], caa=lambda *_: pytest.fail("asked"), now=lambda: NOW)
    assert judged(judging, watched, log) == [["ct-lookalike"]]


def test_what_cannot_be_read_is_malformed(judged) -> None:
    """And a name that is none has no policy."""
    log = CtLog("judged")
    log.extend([(1000, b"garbage of a.watched.example", None, None)])
    log.publish(NOW)
    assert judged(Judging([release(*OTHERS)]), WATCHED, log) == [["ct-malformed"]]
    request = Request(name="a!.watched.example", key=KEY, issuer=CA)
    log.extend([(1000, issue(request, NOW).der, None, None)])
    log.publish(NOW)
    assert judged(Judging([release(*OTHERS)], now=lambda: NOW), WATCHED, log)[1] == []


def test_issuers_are_kept_and_what_is_missing_is_left_out(
    issued, serve, client, log_of, monkeypatch
) -> None:
    """A static log is asked for each issuer once, while there is room; a failure ends the chain."""
    server = serve(issued)
    log = log_of(Tiles(client(server), LogKey(issued.signer.spki)))
    [block] = log.source.blocks(0, 2, 2)
    judging = Judging([release(*OTHERS)], now=lambda: NOW)
    monkeypatch.setattr(module, "_ISSUERS", 1)

    def look() -> list[str]:
        logged = read(block.entry(0))
        return [one.id for one in judging(log, logged, WATCHED.matches(logged))]

    assert [look(), look()] == [["ct-key-not-pinned"]] * 2
    assert sum("/issuer/" in seen.target for seen in server.seen.copy()) == 1
    monkeypatch.setattr(module, "_ISSUERS", 0)
    judging = Judging([release(*OTHERS)], now=lambda: NOW)
    assert [look(), look()] == [["ct-key-not-pinned"]] * 2
    assert sum("/issuer/" in seen.target for seen in server.seen.copy()) == 3
    issued.issuers.clear()
    assert look() == ["ct-key-not-told"]
