"""`keypin ct logs`: the logs of a list, and where each of them stands."""

import json
from contextlib import closing
from datetime import timedelta

from keypin.ct.merkle import Tree
from keypin.monitor.store import Store


def lines(text: str) -> list[list[str]]:
    """Return the words of each line."""
    return [line.split() for line in text.splitlines()]


def test_the_table(keypin, transparency) -> None:
    """Under each operator stand its logs: interface, state and since when, what they take."""
    shard = {"start_inclusive": "2026-07-01T00:00:00Z", "end_exclusive": "2099-01-01T00:00:00Z"}
    path = transparency.listed(tiled={"temporal_interval": shard})
    ran = keypin("ct", "logs", "--log-list", path)
    since = f"{transparency.now - timedelta(days=100):%Y-%m-%d}"
    assert ran.code == 0
    assert lines(ran.out)[1:7] == [
        ["alpha", "operator"],
        ["alpha", "6962", "usable", since, "whenever"],
        ["beta", "operator"],
        ["beta", "6962", "usable", since, "whenever"],
        ["tiled", "operator"],
        ["tiled", "static", "usable", since, "2026-07-01", "2099-01-01"],
    ]
    assert max(map(len, ran.out.splitlines())) <= 80


def test_long_names_are_cut_and_foreign_ones_cleaned(keypin, transparency) -> None:
    """No name breaks the table, nor redraws the terminal."""
    path = transparency.listed(
        alpha={"description": "a\x1b[2J" + "x" * 99}, beta={"description": "short"}
    )
    out = keypin("ct", "logs", "--log-list", path).out
    assert "\x1b" not in out
    assert "xx… 6962" in out
    assert max(map(len, out.splitlines())) <= 80


def test_only_some(keypin, transparency) -> None:
    """Names choose; retired logs are shown where they are named, or with --all."""
    retired = {"state": {"retired": {"timestamp": "2025-01-01T00:00:00Z"}}}
    path = transparency.listed(alpha=retired)
    call = ("ct", "logs", "--log-list", path, "--json")

    def names(*more: str) -> list[str]:
        return [log["log"] for log in json.loads(keypin(*call, *more).out)["logs"]]

    assert names() == ["beta", "tiled"]
    assert names("--all") == ["alpha", "beta", "tiled"]
    assert names("--log", "al*") == ["alpha"]
    ran = keypin(*call, "--log", "none")
    assert (ran.code, ran.out) == (2, "")
    assert "no log is called 'none'" in ran.err


def test_the_document(keypin, transparency) -> None:
    """What the list says of a log, with nothing that was not asked for."""
    shape = json.loads(keypin("ct", "logs", "--log-list", transparency.list, "--json").out)
    assert shape["schema"] == "keypin/ct-logs/1"
    assert shape["findings"] == []
    tiled = shape["logs"][2]
    assert tiled["operator"] == "tiled operator"
    assert (tiled["api"], tiled["state"], tiled["interval"]) == ("static", "usable", None)
    assert (tiled["mmd"], tiled["monitoring_url"]) == (86400, transparency.servers["tiled"].url)
    assert [tiled[name] for name in ("head", "trouble", "read", "behind")] == [None] * 4


def test_lag(keypin, transparency) -> None:
    """Each log is asked: how many entries, how old its head, how old it may get."""
    ran = keypin("ct", "logs", "--lag", "--log-list", transparency.list)
    assert ran.code == 0, ran.err
    assert lines(ran.out)[0] == ["entries", "age", "MMD", "to", "read"]
    name = lines(ran.out)[1]
    assert name[:3] == ["✓", "alpha", "1"]
    assert name[-2:] == ["24", "h"]
    assert "3 of 3 as they should be, by " in ran.out


def test_lag_of_what_a_monitor_reads(keypin, transparency) -> None:
    """With the state of a watch, running or not, what it has still to read is shown."""
    log = transparency.logs["tiled"]
    log.extend([(0, b"entry", None, None)] * 8)
    log.publish(transparency.now)
    live = Tree()
    live.extend([log.tree.leaf(0), log.tree.leaf(1)])
    state = transparency.folder / "state"
    with closing(Store(state)) as store:
        store.open_live(log.signer.log_id, live)
        call = ("ct", "logs", "--lag", "--log-list", transparency.list, "--state", state)
        table, document = keypin(*call), keypin(*call, "--json")
    assert table.code == 0, table.err
    assert lines(table.out)[3][:3] == ["✓", "tiled", "9"]
    assert lines(table.out)[3][-1] == "7"
    alpha, _, tiled = json.loads(document.out)["logs"]
    assert (tiled["read"], tiled["behind"]) == ({"position": 2, "backlog": 0}, 7)
    assert (alpha["read"], alpha["behind"]) == (None, None)
    assert tiled["head"]["size"] == 9


def test_a_stalled_log(keypin, transparency) -> None:
    """A head older than the maximum merge delay is a finding."""
    path = transparency.listed(beta={"mmd": 1})
    log = transparency.logs["beta"]
    log.publish(transparency.now - timedelta(hours=5))
    ran = keypin("ct", "logs", "--lag", "--log-list", path)
    assert ran.code == 1
    assert lines(ran.out)[2] == ["✗", "beta", "1", "5", "h", "1", "s"]
    assert "2 of 3 as they should be" in ran.out
    said = " ".join(ran.out.split())
    assert "warning ct-stalled-head the newest tree head is 5 hours old" in said


def test_a_bad_head(keypin, transparency) -> None:
    """What the log did not sign is no head, and an error."""
    transparency.logs["tiled"].misbehave("bad-signature")
    ran = keypin("ct", "logs", "--lag", "--log-list", transparency.list, "--json")
    assert ran.code == 1
    shape = json.loads(ran.out)
    (finding,) = shape["findings"]
    assert (finding["id"], finding["subject"]) == ("ct-bad-signature", "tiled")
    assert shape["logs"][2]["head"] is None


def test_a_log_without_an_answer(keypin, transparency) -> None:
    """It is told, in the table and in a sentence: could not tell."""
    transparency.logs["alpha"].misbehave("server-error")
    call = ("ct", "logs", "--lag", "--log-list", transparency.list, "--timeout", "0.3")
    ran = keypin(*call)
    assert ran.code == 3
    assert lines(ran.out)[1] == ["?", "alpha", "no", "answer"]
    assert ran.err == (
        f"keypin: alpha: {transparency.servers['alpha'].url}ct/v1/get-sth: answered 503 Service "
        "Unavailable; no answer within 0.3 s\n"
    )
    assert json.loads(keypin(*call, "--json").out)["logs"][0]["trouble"].startswith("http://")


def test_a_state_that_is_not_there(keypin, transparency) -> None:
    """--state names a folder in which a watch keeps something, and goes with --lag alone."""
    call = ("ct", "logs", "--log-list", transparency.list, "--state", transparency.folder / "no")
    ran = keypin(*call)
    assert (ran.code, ran.err) == (2, "keypin: --state without --lag; add --lag\n")
    ran = keypin(*call, "--lag")
    assert ran.code == 3
    assert ran.err.endswith("no monitor has kept anything here\n")
