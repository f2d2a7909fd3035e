"""Who is expected to issue, what CAA says, and names that look like the organisation's."""

import pytest

from keypin.ct.caa import NotKnown, Record, RecordSet
from keypin.inventory import Application, CtWatch, WatchedEndpoint
from keypin.watch.inventory import applications, ct_watch, endpoints
from keypin.watch.transparency.asking import Asking
from keypin.watch.transparency.tailing import Pace, begun

HOST = "api.example.com"
FAST = Pace(log=0.01, turn=0.0, look=0.0, mark=0.0)


def rules(watching) -> dict[str, str]:
    """Return the rules that hold of what was found, with their severities."""
    return {str(row["rule"]): str(row["severity"]) for row in watching.found()}


def of_application(watching, *issuers: str) -> None:
    """Say whom the shop expects."""
    with watching.database.begin(1) as scope:
        applications.change(scope, Application(name="shop", expected_issuers=issuers))


def of_endpoint(watching, *issuers: str) -> None:
    """Say whom the host's endpoint expects."""
    with watching.database.begin(1) as scope:
        [one] = [one for one in endpoints.listed(scope) if one.endpoint.host == HOST]
        entry = WatchedEndpoint(endpoint=one.endpoint, expected_issuers=issuers)
        endpoints.change(scope, one.id, entry)


@pytest.fixture
def issued(watching, tailing):
    """Return the installation when a certificate with a pinned key was found."""
    watching.pin("1.0", "new", "backup")
    watching.level(tailing)
    watching.issue(HOST)
    watching.until(watching.found, tailing)
    assert rules(watching) == {"ct-issued": "note"}
    return watching


def test_an_issuer_that_nobody_named_is_told(issued) -> None:
    """As soon as somebody says who may issue; its key may be pinned all the same."""
    issued.expect("Another CA", "pki.goog")
    issued.again().turn()
    assert rules(issued) == {"ct-issued": "note", "ct-issuer-unexpected": "error"}
    title = issued.told()["ct-issuer-unexpected"]["document"]["title"]
    assert title == (
        "a certificate for api.example.com was issued on 2026-11-29 12:00 UTC by Shop CA; "
        "Shop CA was not expected to issue it: it was to come from Another CA or pki.goog; "
        "nobody had deployed it when it was found"
    )
    issued.expect("shop ca")
    issued.again().turn()
    assert rules(issued) == {"ct-issued": "note"}
    assert issued.told() == {}


def test_who_is_named_nearest_decides_alone(issued) -> None:
    """The endpoint's before the application's, and that before the organisation's."""
    again = issued.again()
    for say, expected in (
        (lambda: issued.expect("Another CA"), False),
        (lambda: of_application(issued, "Shop CA"), True),
        (lambda: of_endpoint(issued, "A third CA"), False),
        (lambda: of_application(issued), False),
        (lambda: of_endpoint(issued, "Shop CA", "A third CA"), True),
        (lambda: of_endpoint(issued), False),
        (issued.expect, True),
    ):
        say()
        again.turn()
        assert ("ct-issuer-unexpected" not in rules(issued)) is expected


def test_each_name_of_a_certificate_has_its_own_issuers(watching, tailing) -> None:
    """The worst of it is told, with the names that it is true of."""
    watching.pin("1.0", "new", "backup")
    watching.endpoint("www.example.com")
    watching.expect("Another CA")
    of_endpoint(watching, "Shop CA")
    watching.level(tailing)
    watching.issue(HOST, "www.example.com")
    watching.until(watching.found, tailing)
    [row] = [row for row in watching.found() if row["rule"] == "ct-issuer-unexpected"]
    assert row["message"] == (
        "Shop CA was not expected to issue it: for www.example.com, it was to come from Another CA"
    )


class Dns:
    """What the DNS says, and how often it was asked."""

    def __init__(self, *records: str) -> None:
        """Have CAA records of the domain."""
        self.said: RecordSet | NotKnown = RecordSet(
            "example.com", tuple(Record(0, "issue", one) for one in records)
        )
        self.asked: list[str] = []

    def __call__(self, name: str) -> RecordSet | NotKnown:
        """Tell the records that count for a name."""
        self.asked.append(name)
        return self.said


def test_caa_is_asked_where_that_is_wanted(issued) -> None:
    """And told if it allows nobody; once a day again, for records change."""
    dns = Dns("")
    again = issued.again(Asking(dns))
    again.turn()
    assert dns.asked == []
    issued.expect(caa=True)
    again.turn()
    assert rules(issued) == {"ct-issued": "note", "ct-caa-forbids": "warning"}
    [row] = [row for row in issued.found() if row["rule"] == "ct-caa-forbids"]
    assert row["document"]["evidence"][0] == 'example.com CAA 0 issue ""'
    assert set(issued.told()) == {"ct-caa-forbids"}
    issued.expect("Shop CA", caa=True)
    again.turn()
    assert dns.asked == [HOST]
    dns.said = RecordSet()
    issued.clock.move(days=1)
    again.turn()
    assert (dns.asked, rules(issued)) == ([HOST, HOST], {"ct-issued": "note"})


def test_what_the_dns_said_last_counts_where_it_is_silent(issued) -> None:
    """A resolver that is down neither raises an alert nor clears one; and it is asked again."""
    dns = Dns("")
    issued.expect(caa=True)
    issued.again(Asking(dns)).turn()
    dns.said = NotKnown("the DNS is down")
    for days in (1, 2):
        issued.clock.move(days=days)
        issued.again(Asking(dns)).turn()
        assert rules(issued)["ct-caa-forbids"] == "warning"
    assert dns.asked == [HOST] * 3


def test_where_the_dns_never_answered_that_is_a_note(issued) -> None:
    """For the page only."""
    dns = Dns()
    dns.said = NotKnown("the DNS is down")
    issued.expect(caa=True)
    issued.again(Asking(dns)).turn()
    assert rules(issued) == {"ct-issued": "note", "ct-caa-not-told": "note"}
    assert issued.told() == {}


def test_look_alikes_are_told_until_nobody_wants_that(watching) -> None:
    """One that shares a certificate with a name of ours is judged apart from it."""
    watching.pin("1.0", "new", "backup")
    watching.expect("Another CA", look_alikes=True, caa=True)
    dns = Dns("")
    filing = watching.filing(Asking(dns))
    with begun(watching.core(), filing, FAST) as tailing:
        watching.level(tailing)
        watching.issue("login.examp1e.com", key="other")
        watching.issue(HOST, "exarnple.com")
        watching.until(lambda: len(watching.found()) >= 5, tailing)
        watching.level(tailing)
    alone, *both = watching.found()
    assert (alone["rule"], alone["severity"]) == ("ct-lookalike", "warning")
    assert (alone["names"], alone["endpoint"]) == (["login.examp1e.com"], None)
    assert {row["rule"] for row in both} == {
        "ct-issued",
        "ct-issuer-unexpected",
        "ct-caa-forbids",
        "ct-lookalike",
    }
    assert dns.asked == [HOST]
    with watching.database.read(1) as scope:
        assert not [one for one in endpoints.listed(scope) if "examp1e" in one.endpoint.host]
    watching.expect("Shop CA")
    watching.again().turn()
    assert [(row["rule"], row["names"]) for row in watching.found()] == [("ct-issued", [HOST])]
    assert watching.told() == {}


def test_what_is_said_again_changes_nothing(watching) -> None:
    """And what an organisation says is its own."""
    watching.expect("Shop CA", caa=True)
    with watching.database.begin(1) as scope:
        watch = CtWatch(expected_issuers=("Shop CA",), caa=True)
        assert ct_watch.change(scope, watch, at=watching.clock.at).did == "unchanged"
        edit = ct_watch.change(scope, CtWatch(caa=True), at=watching.clock.at)
    assert (edit.before, edit.after) == (
        {"expected_issuers": ["Shop CA"]},
        {"expected_issuers": []},
    )
    with watching.database.read(2) as scope:
        assert ct_watch.find(scope) == CtWatch()
