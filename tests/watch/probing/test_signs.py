"""What is told: of which endpoint, to whom, how grave, and under which name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from keypin.certs import Certificate, Endpoint, Handshake, Observation
from keypin.diagnose.recognise import RECOGNISERS
from keypin.inventory.entries import Application, Owner, WatchedEndpoint
from keypin.probe import Dial
from keypin.watch.inventory import applications, endpoints, owners
from keypin.watch.probing import signs
from keypin.watch.probing.signs import NAMES, NOT_PINNED_BY_ALL, UNREACHABLE

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "watch-endpoints.md"


@pytest.mark.parametrize("name", sorted({*NAMES.values(), NOT_PINNED_BY_ALL, UNREACHABLE}))
def test_every_name_stands_on_the_page(name) -> None:
    """Alert rules choose by it."""
    assert f"| `{name}` |" in PAGE.read_text()


def test_each_application_hears_of_its_own_users(watched, server, chain) -> None:
    """Two apps with one server are two teams."""
    with watched.database.begin(1) as scope:
        owners.add(scope, Owner(name="mobile"))
        applications.change(scope, Application(name="shop", owner="mobile"))
        applications.add(scope, Application(name="bank"), at=watched.now)
    pins = watched.pin("active", "backup")
    watched.push("1.0", pins)
    watched.push("2.0", pins, application="bank")
    running = server(*chain("renewed"))
    with watched.database.begin(1) as scope:
        owners.add(scope, Owner(name="ops"))
        place = Endpoint("127.0.0.1", running.port)
        entry = WatchedEndpoint(endpoint=place, owner="ops", tags=("eu",))
        endpoints.add(scope, entry, at=watched.now)
    watched.look()
    found = {one["application"]: one for one in watched.documents("chain-refused")}
    # Who has the server renews; who has the users hears of it.
    assert {one["owner"] for one in found.values()} == {"ops"}
    assert found["shop"]["concerns"] == ["mobile"]
    assert not found["bank"].get("concerns")
    assert found["shop"]["tags"] == ["eu"]
    assert "bank" not in found["shop"]["title"]
    assert dict(found["shop"]["facts"])["releases"] == "shop 1.0"


def test_a_chain_of_some_addresses_is_told_with_them(watched, server, chain) -> None:
    """A proxy before one server, or a renewal that has not reached the other."""
    watched.push("1.0", watched.pin("active", "backup"))
    watched.dials = (Dial("127.0.0.1"), Dial("127.0.0.2"))
    renewed = server(*chain("renewed", days=398))
    server(*chain("active", days=398), address="127.0.0.2", port=renewed.port)
    watched.endpoint(renewed)
    watched.look()
    (told,) = watched.documents("chain-refused")
    port = renewed.port
    assert told["evidence"][0] == f"shown by 127.0.0.1:{port}, and not by 127.0.0.2:{port}"


def test_an_address_that_shows_two_certificates_shows_each(cast) -> None:
    """One for each type of key: that the last asked for was the other says nothing."""
    ecdsa, rsa = (Certificate.from_der(cast.leaf(key).der) for key in ("active", "renewed"))
    shown = Observation(
        endpoint=Endpoint("a.example"),
        at=datetime.now(UTC),
        handshakes=tuple(
            Handshake(
                address=address, key_type="default", tls_version="", cipher="", presented=(leaf,)
            )
            for address, leaf in (("a:443", ecdsa), ("a:443", rsa), ("b:443", ecdsa))
        ),
    )
    assert list(signs.shown_by(shown, ecdsa)) == []
    assert list(signs.shown_by(shown, rsa)) == ["shown by a:443, and not by b:443"]


def test_one_address_that_does_not_answer_is_a_part(watched, server, chain) -> None:
    """The others are judged all the same."""
    watched.dials = (Dial("127.0.0.1"), Dial("127.0.0.2"))
    number = watched.endpoint(server(*chain(days=398)))
    for _ in range(3):
        watched.look()
        watched.wait(seconds=61)
    told = watched.told()["endpoint-unreachable"]
    assert told["severity"] == "warning"
    assert told["title"].startswith("127.0.0.2:")
    assert watched.standing(number)["state"] == "finding"


def test_a_short_life_is_no_alarm(watched, server, chain) -> None:
    """A certificate of six days is renewed when two are left."""
    watched.endpoint(server(*chain(days=6)))
    watched.look()
    assert "certificate-expires" not in watched.told()


def test_many_releases_fit_into_a_sentence(watched, server, chain) -> None:
    """Those with the same pins are told together."""
    pins = watched.pin("active", "backup")
    for number in range(5):
        watched.push(f"1.{number}", pins, share=0.1)
    watched.push("1.5", watched.pin("active", "backup", more='mode = "report"\n'))
    for number in range(6, 11):
        watched.push(f"1.{number}", watched.pin("active", "backup", more='mode = "report"\n'))
    watched.endpoint(server(*chain("renewed", days=398)))
    watched.look()
    refused = watched.told()["chain-refused"]["title"]
    assert "50% of users of shop (shop 1.4, 1.3, 1.2 and 2 more)" in refused
    reported = watched.told()["key-not-pinned"]["title"]
    assert "shop 1.10, shop 1.9, shop 1.8 and 3 more would refuse" in reported


def test_what_an_invalid_chain_is_told_by_is_something_that_is_recognised() -> None:
    """A name that the recognisers gave up would be told twice."""
    assert {row.id for row in RECOGNISERS} >= signs.INVALID
