"""News leaves the monitor once; what is told twice changes nothing."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import SQLAlchemyError

from keypin.monitor.store import News, Store
from keypin.watch.store.tables import ct_findings
from keypin.watch.transparency import names
from keypin.watch.transparency.found import Finder
from keypin.watch.transparency.telling import Teller

HOST = "api.example.com"


@pytest.fixture
def found(watching, tailing) -> dict[str, object]:
    """Return a row of what was found, after two logs or a process that died told it twice."""
    watching.pin("1.0", "old", "backup")
    watching.level(tailing)
    watching.issue(HOST)
    watching.until(watching.found, tailing)
    return watching.found()[0]


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    """Return another state than that of the process that found it."""
    store = Store(tmp_path / "another")
    yield store
    store.close()


@pytest.fixture
def teller(watching, store) -> Teller:
    """Return what tells out of it, for the names of today."""
    finder = Finder(watching.clock)
    with watching.database.read_across() as connection:
        finder.watch(names.read(connection, watching.filing().shelf))
    return Teller(store, finder, watching.filing(), watching.database, watching.clock)


def _news(row: dict[str, object], **changed: object) -> News:
    """Return the news of a row, as the monitor has it; its chain is not asked for."""
    body = {**row["document"], "chain": [], "certificate": None, **changed}
    return News(f"entry {body['index']}", json.dumps(body), body["index"])


def test_what_was_told_is_not_told_again(watching, found, store, teller) -> None:
    """Another log has it too, or the process died before it could remember: nothing is new."""
    before = watching.told()
    watching.clock.move(hours=1)
    store.add(b"A" * 32, [_news(found, log="another", index=77)])
    store.take()
    assert teller.tell() == 1
    assert watching.found() == [found]
    assert watching.told() == before
    assert teller.tell() == 0


def test_a_proof_that_comes_late_is_kept(watching, found, store, teller) -> None:
    """What was told without takes the proof of another log."""
    unproved = {**found["document"], "proof": None, "unproved": "answered 503"}
    with watching.database.begin(1) as scope:
        scope.execute(scope.update(ct_findings).values(document=unproved))
    store.add(b"A" * 32, [_news(found, index=77)])
    teller.tell()
    [row] = watching.found()
    assert (row["position"], row["known_at"]) == (77, found["known_at"])
    assert row["document"]["proof"] == found["document"]["proof"]


def test_what_is_not_proved_says_why(watching, found, store, teller) -> None:
    """Beside where it is; the certificate cannot be read again, and its name stays."""
    news = _news(found, id="f" * 64, proof=None, unproved="answered 503", flaw="cut off")
    store.add(b"A" * 32, [news])
    teller.tell()
    row = watching.found()[1]
    assert row["rule"] == "ct-malformed"
    assert row["document"]["where"][1] == "not proved yet: answered 503"


def test_a_database_that_is_gone_loses_nothing(watching, found, store, teller) -> None:
    """What was not told is told when it is there again."""
    store.add(b"A" * 32, [_news(found, id="f" * 64)])
    with watching.database.begin_across() as connection:
        connection.exec_driver_sql("ALTER TABLE ct_findings RENAME TO gone")
    with pytest.raises(SQLAlchemyError):
        teller.tell()
    with watching.database.begin_across() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO ct_findings")
    teller.tell()
    assert len(watching.found()) == 2


def test_what_no_judge_can_bear_keeps_nothing_back(watching, found, store, teller, caplog) -> None:
    """It is logged as a mistake of ours, and the next one is told."""
    broken = _news(found, hits=[{"kind": "no kind"}], index=76)
    good = _news(found, id="f" * 64, index=77)
    store.add(b"A" * 32, [broken, good])
    teller.tell()
    assert [row["position"] for row in watching.found()] == [1, 77]
    assert "entry 76 of lab log is not told" in caplog.text


def test_what_is_nobodys_any_more_is_told_nobody(watching, found, store, teller) -> None:
    """The name was given up meanwhile."""
    hits = [{"kind": "name", "watched": "gone.example", "seen": "gone.example"}]
    store.add(b"A" * 32, [_news(found, id="f" * 64, hits=hits)])
    teller.tell()
    assert watching.found() == [found]
