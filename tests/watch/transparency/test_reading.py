"""What pages and the API ask of what logs hold."""

from datetime import timedelta

import pytest

from keypin.findings import Severity
from keypin.watch.inventory.edit import UnknownError
from keypin.watch.transparency import reading

HOST = "api.example.com"


@pytest.fixture
def three(watching, tailing) -> None:
    """Let three certificates be found, a minute apart."""
    watching.pin("1.0", "old", "backup", share=0.5)
    watching.level(tailing)
    for number, key in enumerate(("new", "old", "new"), 1):
        watching.clock.move(minutes=1)
        watching.issue(HOST, key=key)
        watching.until(lambda number=number: len(watching.found()) == number, tailing)


@pytest.mark.usefixtures("three")
def test_findings_are_listed_in_pages(watching) -> None:
    """The newest first, filtered, with their words as of now."""
    at = watching.clock.move(minutes=5)
    with watching.database.read(1) as scope:
        whole = reading.listed(scope, at)
        [grave] = reading.listed(scope, at, severity=Severity.ERROR, limit=1)
        last = grave.known_at, grave.id
        rest = reading.listed(scope, at, before=last)
        assert reading.listed(scope, at, endpoint=99) == ()
        [same] = reading.listed(scope, at, identity=whole[1].row["identity"])
    assert [one.rule for one in whole] == ["ct-key-not-pinned", "ct-issued", "ct-key-not-pinned"]
    assert grave == whole[0]
    assert rest == whole[1:]
    assert same == whole[1]
    assert grave.words == (
        "a certificate for api.example.com was issued five minutes ago by Shop CA; its key is "
        "pinned by no release of shop; deploying it breaks 50% of users of shop; nobody has "
        "deployed it yet"
    )
    assert grave.cure.startswith("Find out who asked for it.")


@pytest.mark.usefixtures("three")
def test_one_is_found_by_its_owner_alone(watching) -> None:
    """Another organisation has none of this number."""
    with watching.database.read(1) as scope:
        assert reading.find(scope, 1, watching.clock.at).names == (HOST,)
    with watching.database.read(2) as scope:
        assert reading.listed(scope, watching.clock.at) == ()
        with pytest.raises(UnknownError, match="finding"):
            reading.find(scope, 1, watching.clock.at)


@pytest.mark.usefixtures("three")
def test_logs_are_the_same_for_everybody(watching) -> None:
    """By name, with their lag."""
    with watching.database.read_across() as connection:
        [log] = reading.logs(connection)
    assert (log.name, log.operator) == ("lab log", "keypin lab")
    assert log.lag is not None
    assert log.lag >= timedelta()
