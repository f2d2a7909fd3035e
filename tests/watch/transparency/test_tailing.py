"""Logs are read for the names of the inventory, and each organisation hears of its own."""

import json
from math import inf

from keypin.ct.proof import Proof
from keypin.ct.sct import LogKey
from keypin.watch.core import Core
from keypin.watch.settings import Part

HOST = "api.example.com"


def _three_releases(watching) -> None:
    """Pin a new key in 3.1 alone, which 41% of users have left behind."""
    watching.pin("3.1", "new", "backup", share=0.59)
    watching.pin("3.2", "old", "backup", share=0.3)
    watching.pin("3.3", "old", "other", share=0.11)


def test_what_is_issued_is_told_with_what_it_would_break(watching, tailing) -> None:
    """In one sentence; with the endpoint, the share of users, and a proof that stands alone."""
    _three_releases(watching)
    watching.level(tailing)
    watching.clock.move(minutes=1)
    watching.issue(HOST)
    watching.clock.move(minutes=9)
    watching.until(watching.found, tailing)
    [row] = watching.found()
    assert (row["rule"], row["severity"], row["share"]) == ("ct-key-not-pinned", "error", 0.41)
    assert (row["names"], row["endpoint"], row["deployed_at"]) == ([HOST], 1, None)
    proof = Proof.loads(json.dumps(row["document"]["proof"]).encode())
    assert proof.verify(LogKey(watching.log.signer.spki)).index == row["position"] == 1
    signal = watching.told()["ct-key-not-pinned"]
    assert signal["document"]["title"] == (
        "a certificate for api.example.com was issued on 2026-11-29 12:01 UTC by Shop CA; "
        "its key is pinned by no release of shop since 3.2; deploying it breaks 41% of users of "
        "shop; nobody had deployed it when it was found"
    )
    assert (signal["endpoint"], signal["document"]["application"]) == (1, "shop")
    assert signal["document"]["link"] == f"/ct/found/{row['id']}"
    facts = dict(map(tuple, signal["document"]["facts"]))
    assert facts["hits"] == "41% of users of shop"


def test_an_organisation_sees_nothing_of_another(watching, tailing) -> None:
    """Who watches the same name is told by its own releases; who does not is told nothing."""
    watching.pin("1.0", "old", "backup")
    watching.pin("9.9", "new", "backup", organisation=2)
    watching.endpoint("secret.example.com")
    watching.level(tailing)
    watching.issue("secret.example.com")
    watching.issue(HOST, "secret.example.com")
    watching.until(lambda: len(watching.found()) == 2 and watching.found(2), tailing)
    watching.level(tailing)
    [row] = watching.found(2)
    assert (row["rule"], row["names"]) == ("ct-issued", [HOST])
    assert row["message"] == "its key is pinned by each release of shop; deploying it breaks nobody"
    assert [one["watched"] for one in row["document"]["hits"]] == [HOST]
    assert watching.told(2) == {}
    assert [one["names"] for one in watching.found()] == [
        ["secret.example.com"],
        [HOST, "secret.example.com"],
    ]
    assert set(watching.told()) == {"ct-key-not-pinned"}


def test_a_new_name_counts_from_then_on(watching, tailing) -> None:
    """Without a restart, and what was logged before stays unseen."""
    watching.endpoint("old.example.com")
    watching.level(tailing)
    watching.issue("new.example.com")
    watching.level(tailing)
    watching.endpoint("new.example.com")
    watching.level(tailing)
    watching.issue("new.example.com", publish=False)
    watching.issue("third.example.com")
    watching.until(watching.found, tailing)
    watching.level(tailing)
    [row] = watching.found()
    assert row["position"] == 2
    assert row["message"] == "no release pins its names"


def test_names_below_a_pinned_pattern_are_watched(watching, tailing) -> None:
    """And a wildcard that covers an endpoint is joined to it."""
    watching.pin("1.0", "old", "backup", host="**.example.com")
    number = watching.endpoint("www.example.com")
    watching.level(tailing)
    watching.issue("any.where.example.com")
    watching.issue("*.example.com")
    watching.until(lambda: len(watching.found()) == 2, tailing)
    below, wildcard = watching.found()
    assert (below["rule"], below["endpoint"]) == ("ct-key-not-pinned", number + 1)
    assert wildcard["endpoint"] == number
    assert wildcard["names"] == ["*.example.com"]


def test_who_watches_nothing_reads_nothing(watching, tailing) -> None:
    """No log is asked for anything."""
    for _ in range(3):
        tailing.turn()
    assert not watching.server.seen
    assert watching.logs() == []


def test_how_far_a_log_is_read_is_shown(watching, tailing) -> None:
    """With its lag, who reads it, and what is wrong."""
    watching.endpoint()
    watching.level(tailing)
    watching.clock.move(seconds=42)
    tailing.turn()
    [row] = watching.logs()
    assert (row["name"], row["operator"], row["url"]) == (
        "lab log",
        "keypin lab",
        watching.server.url,
    )
    assert (row["position"], row["size"], row["lag"], row["worker"]) == (1, 1, 42, "here")


def test_a_log_that_is_shown_as_read_is_not_begun_anew(watching, watching_again) -> None:
    """However soon after that whoever read it died, though places are seldom written."""
    watching.endpoint()
    first = watching_again(watching.core("first"))
    first._mark_at = inf
    watching.until(watching.logs, first)
    watching.until(lambda: watching.logs()[0]["position"] == 1, first)
    watching.issue(HOST)
    watching.until(watching.found, watching_again(watching.core("second")))
    assert [row["position"] for row in watching.found()] == [1]


def test_a_log_that_lies_is_told_to_everybody_once(watching, tailing) -> None:
    """As a warning: nobody's users break by it."""
    watching.endpoint()
    watching.level(tailing)
    watching.log.misbehave("bad-signature")
    watching.until(lambda: watching.told(2), tailing)
    for organisation in (1, 2):
        [(rule, signal)] = watching.told(organisation).items()
        assert (rule, signal["severity"]) == ("log-bad-signature", "warning")
        assert signal["document"]["title"].startswith("the log lab log: ")
    watching.until(lambda: watching.logs()[0]["state"] == "misbehaving", tailing)
    assert "signature" in watching.logs()[0]["problem"]


def test_a_list_that_is_missing_is_told_until_it_is_there(watching, tailing, monkeypatch) -> None:
    """With what to do; the service goes on."""
    monkeypatch.setattr("keypin.watch.transparency.listing._AGAIN", 0)
    watching.endpoint()
    file = watching.folder / "log_list.json"
    text = file.read_text()
    file.unlink()
    watching.until(watching.told, tailing)
    signal = watching.told()["log-list-missing"]["document"]
    assert signal["title"].startswith("there is no list of logs: ")
    assert "KEYPIN_LOG_LIST" in signal["next_step"]
    file.write_text(text)
    watching.until(lambda: not watching.told(), tailing)
    watching.level(tailing)


def test_a_list_that_came_back_while_nobody_looked_is_cleared(watching, watching_again) -> None:
    """What another life told of it does not hold for ever."""
    watching.endpoint()
    file = watching.folder / "log_list.json"
    text = file.read_text()
    file.unlink()
    first = watching_again(watching.core("first"))
    watching.until(watching.told, first)
    file.write_text(text)
    second = watching_again(watching.core("second"))
    watching.until(lambda: not watching.told(), second)


def test_a_log_is_read_by_whose_share_it_is(watching, watching_again) -> None:
    """When the share moves, the next one goes on at the place of the last one."""
    shares = {"first": True, "second": False}

    def core(name: str) -> Core:
        return watching.core(name, share=lambda part, _: part is Part.LOGS and shares[name])

    watching.endpoint()
    first, second = watching_again(core("first")), watching_again(core("second"))
    watching.level(first)
    second.turn()
    shares["first"] = False
    first.turn()
    watching.issue(HOST)
    second.turn()
    assert watching.found() == []
    shares["second"] = True
    watching.until(watching.found, second)
    watching.level(second)
    # Who believes wrongly that a log is still its own takes nothing away.
    shares["first"] = True
    watching.issue(HOST)
    watching.level(first)
    watching.issue(HOST)
    watching.level(second)
    watching.level(first)
    assert [row["position"] for row in watching.found()] == [1, 2, 3]
