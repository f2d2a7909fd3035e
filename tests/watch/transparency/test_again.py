"""What was found is looked at again: it is deployed, or means another thing by now."""

from datetime import timedelta

from keypin.lab.ct_entry import Logged
from keypin.watch.inventory import releases
from keypin.watch.store.tables import releases as release_table

HOST = "api.example.com"


def _found(watching, tailing) -> None:
    """Let a certificate be found whose key no release pins."""
    watching.pin("1.0", "old", "backup", share=1.0)
    watching.level(tailing)


def test_what_an_endpoint_shows_is_deployed(any_watching, watching_again) -> None:
    """A certificate is known by its key and its last second, though a precertificate was logged."""
    watching, tailing = any_watching, watching_again(any_watching.core())
    _found(watching, tailing)
    served = watching.issue(HOST)
    watching.clock.move(days=1)
    renewed = watching.issue(HOST)
    watching.until(lambda: len(watching.found()) == 2, tailing)
    assert set(watching.told()) == {"ct-key-not-pinned"}
    again = watching.again()
    again.turn()
    watching.clock.move(minutes=5)
    watching.show(served)
    again.turn()
    first, second = watching.found()
    assert (first["deployed_at"], second["deployed_at"]) == (watching.clock.at, None)
    [signal] = watching.told().values()
    assert signal["subject"].endswith(second["identity"][:12])
    watching.show_again(renewed)
    again.turn()
    assert watching.told() == {}


def test_what_is_served_when_it_is_found_was_deployed_before(watching, tailing) -> None:
    """Nobody is told of it as something to come."""
    _found(watching, tailing)
    served = watching.issue(HOST, publish=False)
    watching.show(served)
    watching.log.publish(watching.clock.at)
    watching.until(watching.found, tailing)
    [row] = watching.found()
    assert (row["rule"], row["deployed_at"]) == ("ct-key-not-pinned", watching.clock.at)
    assert watching.told() == {}


def test_another_organisation_deploys_nothing_of_ours(watching, tailing) -> None:
    """Who watches the same name may serve it; ours do not."""
    _found(watching, tailing)
    watching.endpoint(HOST, organisation=2)
    watching.level(tailing)
    watching.show(watching.issue(HOST), organisation=2)
    watching.until(lambda: watching.found() and watching.found(2), tailing)
    watching.again().turn()
    assert watching.found()[0]["deployed_at"] is None
    assert watching.found(2)[0]["deployed_at"] == watching.clock.at


def test_releases_that_change_change_what_is_told(watching, tailing) -> None:
    """A key that is pinned by now is no trouble any more; one that is no more is one."""
    _found(watching, tailing)
    watching.issue(HOST)
    watching.until(watching.found, tailing)
    [before] = watching.found()
    again = watching.again()
    watching.clock.move(hours=1)
    watching.pin("1.1", "new", "backup")
    with watching.database.begin(1) as scope:
        releases.retire(scope, "shop", "1.0", at=watching.clock.at)
    again.turn()
    [after] = watching.found()
    assert (after["rule"], after["severity"]) == ("ct-issued", "note")
    assert after["known_at"] == before["known_at"]
    assert watching.told() == {}
    watching.pin("2.0", "old", "backup")
    again.turn()
    [row] = watching.found()
    assert row["message"] == (
        "its key is pinned by no release of shop since 2.0; deploying it breaks the users of shop "
        "of 2.0, how many is not known"
    )
    assert set(watching.told()) == {"ct-key-not-pinned"}


def test_a_share_that_becomes_known_is_told(watching, tailing) -> None:
    """How many break is told as soon as it is measured."""
    watching.pin("1.0", "old", "backup")
    watching.level(tailing)
    watching.issue(HOST)
    watching.until(watching.found, tailing)
    again = watching.again()
    again.turn()
    assert watching.found()[0]["share"] is None
    with watching.database.begin_across() as connection:
        connection.execute(release_table.update().values(measured=0.41))
    again.turn()
    [row] = watching.found()
    assert row["share"] == 0.41
    assert (
        "breaks 41% of users of shop" in watching.told()["ct-key-not-pinned"]["document"]["title"]
    )


def test_once_a_day_all_is_judged_again(watching, tailing, monkeypatch) -> None:
    """A precertificate that stayed alone for a week is told so, and one that expired is over."""
    monkeypatch.setattr("keypin.watch.transparency.again.SLICE", 1)
    _found(watching, tailing)
    watching.issue(HOST)
    watching.issue(HOST)
    watching.until(lambda: len(watching.found()) == 2, tailing)
    again = watching.again()

    def rules() -> set[str]:
        for _ in range(4):
            again.turn()
        return {row["rule"] for row in watching.found()}

    assert rules() == {"ct-key-not-pinned"}
    watching.clock.move(days=7, hours=1)
    assert rules() == {"ct-key-not-pinned", "ct-precertificate-alone"}
    assert len(watching.found()) == 4
    watching.clock.at = watching.found()[0]["not_after"] + timedelta(hours=1)
    assert rules() == {"ct-issued", "ct-expired", "ct-precertificate-alone"}
    assert watching.told() == {}


def test_the_certificate_takes_the_place_of_its_precertificate(watching, tailing) -> None:
    """It is the same issuance; what was known first stays known, and the gate judges it whole."""
    _found(watching, tailing)
    issued = watching.issue(HOST)
    watching.until(watching.found, tailing)
    watching.clock.move(minutes=10)
    watching.log.log([issued.der, watching.root.der], watching.clock.at)
    watching.log.publish(watching.clock.at)
    watching.level(tailing)
    [row] = watching.found()
    assert row["document"]["precertificate"] is False
    assert row["position"] == 2
    assert row["known_at"] == row["logged_at"] < watching.clock.at
    assert [one["severity"] for one in watching.told().values()] == ["error"]


def test_what_nobody_can_read_is_told(watching, tailing) -> None:
    """By the name in its bytes."""
    watching.endpoint()
    watching.level(tailing)
    at = int(watching.clock.at.timestamp()) * 1000
    watching.log.append(Logged(at, b"garbage of api.example.com", None, None, (), b""))
    watching.log.publish(watching.clock.at)
    watching.until(watching.found, tailing)
    [row] = watching.found()
    assert (row["rule"], row["names"], row["certificate"]) == ("ct-malformed", [HOST], None)
    assert set(watching.told()) == {"ct-malformed"}


def test_what_a_log_did_wrong_fades(watching, tailing) -> None:
    """A week after it was seen last."""
    watching.endpoint()
    watching.level(tailing)
    watching.log.misbehave("bad-signature")
    watching.until(watching.told, tailing)
    watching.log.behave()
    watching.level(tailing)
    again = watching.again()
    watching.clock.move(days=6)
    again.turn()
    assert set(watching.told()) == {"log-bad-signature"}
    watching.clock.move(days=2)
    again.turn()
    assert watching.told() == {}


def test_a_log_that_is_read_again_is_no_trouble(watching, tailing) -> None:
    """What passes by itself is over when the log is level."""
    watching.endpoint()
    watching.level(tailing)
    watching.clock.move(days=3)
    watching.until(watching.told, tailing)
    assert set(watching.told()) == {"log-stalled-head"}
    watching.again().turn()
    assert set(watching.told()) == {"log-stalled-head"}
    watching.log.publish(watching.clock.at)
    watching.until(lambda: watching.logs()[0]["head_at"] == watching.clock.at, tailing)
    watching.level(tailing)
    watching.again().turn()
    assert watching.told() == {}
