"""What the chain in the reports tells: whose it is, and whether the report is about us at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.certs import Certificate, Profile, TrustStore
from keypin.findings import Severity
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin
from keypin.reports import Arrival, Group, GroupKey, Shown, classify, read_report
from keypin.rotation import Release

OTHER = Pin.parse("sha256/" + "B" * 42 + "A=")


@pytest.fixture
def told(world):
    """Return a function that classifies the group of a chain."""

    def tell(chain=None, changes=None, facts=None, **rest):
        report = world.report(chain, **changes or {})
        return classify(world.group(report, **rest), world.facts(**facts or {}))

    return tell


def test_expect_ct(world) -> None:
    """SCTs are missing; no pin is."""
    report = read_report(world.body("expect-ct"))
    found = classify(world.group(report), world.facts())
    assert (found.id, found.benign) == ("ct-not-satisfied", None)


def test_nothing_to_look_at(told, world) -> None:
    """Without a certificate nothing is guessed."""
    nothing = {"served_certificate_chain": [], "validated_certificate_chain": []}
    assert told(changes=nothing).id == "no-certificate"
    report = replace(world.report(), served=(b"noise",), validated=())
    assert classify(world.group(report), world.facts()).id == "no-certificate"


def test_what_is_not_ours(told, world) -> None:
    """Foreign pins and a foreign chain: somebody tries what the collector takes."""
    pins = {"known_pins": [f'pin-sha256="{str(OTHER)[7:]}"']}
    chain = world.other.chain("elsewhere.example")
    found = told(chain, pins)
    assert (found.id, found.severity, found.benign) == ("not-ours", Severity.NOTE, None)
    assert found.evidence[:2] == (
        "the pins in it are in no release of ours",
        "its chain is not for api.example.com",
    )
    # One sign alone may be a release that nobody registered.
    assert told(world.other.chain(), pins).id != "not-ours"
    # Where no release is known, nothing can be foreign.
    assert told(chain, pins, {"releases": ()}).id != "not-ours"


def test_a_host_that_no_release_pins(told, world) -> None:
    """A report on a stranger's host with a stranger's chain."""
    found = told(world.other.chain("elsewhere.example"), {"hostname": "www.example.org"})
    assert found.id == "not-ours"
    assert found.evidence[0] == "no release of ours pins www.example.org"


def test_a_stuffed_chain(told, world) -> None:
    """An attacker's chain with our certificate at its end, whoever sees it."""
    chain = world.other.chain()
    found = told((*chain[:2], world.shown[0], chain[2]), {"validated_certificate_chain": []})
    assert (found.id, found.severity, found.benign) == ("stuffed-chain", Severity.ERROR, False)


def test_a_denied_key(told, world) -> None:
    """What a release must never accept is told whatever the report pins."""
    chain = world.other.chain()
    policy = Policy(
        host=HostPattern("api.example.com"),
        pins=tuple(map(PolicyPin, world.pins)),
        denied=(OTHER, Pin.of_key(Certificate.from_der(chain[1]))),
    )
    elsewhere = replace(policy, host=HostPattern("b.example"))
    releases = (Release("3.0", PinSet((elsewhere,))), Release("3.2", PinSet((policy,))))
    found = told(chain, facts={"releases": releases})
    assert (found.id, found.severity, found.benign) == ("denied-key", Severity.ERROR, False)
    assert found.evidence[0].startswith("denied by 3.2: sha256/")
    assert told(facts={"releases": releases}).id == "pins-match"


def test_clocks_before_the_certificate(told) -> None:
    """A late report would be as old as its certificate at most, so the clock is wrong."""
    found = told(changes={"date_time": "2026-01-01T00:00:00Z"})
    assert (found.id, found.benign) == ("wrong-clock", True)
    assert found.evidence[:2] == (
        "24 of the 24 reports have a date that cannot be",
        "the first is dated 2026-01-01 00:00 UTC, arrived 2026-11-23 12:00 UTC",
    )


def test_clocks_ahead(told) -> None:
    """No report is sent before it is written."""
    assert told(changes={"date_time": "2026-12-23T00:00:00Z"}).id == "wrong-clock"
    assert told(changes={"date_time": "2026-11-24T12:00:00Z"}).id != "wrong-clock"


def test_one_wrong_clock_does_not_hide_the_rest(world, now) -> None:
    """The first report may be anybody's, with any date; the rest may have none."""
    chain = world.other.chain()
    odd = world.report(chain, date_time="1999-01-01T00:00:00Z")
    other = replace(world.report(chain), occurred_at=None)
    key = GroupKey.of(odd)
    arrivals = [Arrival(other, now + timedelta(seconds=at), bytes([at])) for at in range(1, 9)]
    assert classify(Group.of(key, [Arrival(odd, now), *arrivals]), world.facts()).id == "unknown"
    undated = Group.of(key, [Arrival(other, now), *[Arrival(odd, now + timedelta(seconds=1))] * 2])
    found = classify(undated, world.facts())
    assert found.id == "wrong-clock"
    assert found.evidence[0] == "2 of the 3 reports have a date that cannot be"


def test_our_own_expired_certificate(told, world, verified, now) -> None:
    """The commonest outage, seen from the field."""
    chain = world.ours.chain(start=-100, days=90)
    shown = (Shown(verified(chain), now - timedelta(days=100)),)
    found = told(chain, facts={"shown": shown})
    assert (found.id, found.severity, found.benign) == (
        "own-certificate-expired",
        Severity.ERROR,
        True,
    )
    assert "until 2026-11-13" in found.evidence[0]


def test_an_expired_certificate_that_is_not_ours(told, world) -> None:
    """A forgotten server under our name."""
    found = told(world.other.chain(start=-100, days=90))
    assert (found.id, found.benign) == ("not-valid-now", None)
    assert told(world.other.chain(start=5)).id == "not-valid-now"


def test_our_own_rotation(told, world, verified, now) -> None:
    """What our probes see at the host is what the reports show: we did this."""
    chain = world.other.chain()
    since = now - timedelta(hours=2)
    found = told(chain, facts={"shown": (Shown(verified(chain), since),)})
    assert (found.id, found.severity, found.benign) == ("own-rotation", Severity.ERROR, True)
    assert found.evidence[0] == (
        "our own probes saw this key since 2026-11-23 10:00 UTC, and see it now"
    )
    assert found.evidence[2:4] == ("issued by CN=Other CA 1,O=Other CA Limited", "3.2 refuses it")


def test_a_rotation_that_no_release_of_ours_minds(told, world, verified, now) -> None:
    """Our chain and pins that nobody shipped: an unregistered release, or an invention."""
    shown = (Shown(verified(world.shown), now - timedelta(days=9)),)
    pins = {"known_pins": [f'pin-sha256="{str(OTHER)[7:]}"']}
    found = told(changes=pins, facts={"shown": shown})
    assert (found.id, found.severity) == ("own-rotation", Severity.WARNING)
    assert found.evidence[3] == "no release that we know refuses it"
    assert found.next_step.endswith("they are made up")
    assert told(changes=pins, facts={"shown": shown, "releases": ()}).severity is Severity.ERROR


def test_our_own_rotation_that_was_undone(told, world, verified, now) -> None:
    """The interval says until when."""
    chain = world.other.chain()
    shown = (
        Shown(verified(chain), now - timedelta(hours=2), now - timedelta(hours=1)),
        Shown(verified(world.shown), now - timedelta(hours=1)),
    )
    policy = Policy(
        host=HostPattern("api.example.com"), pins=(PolicyPin(OTHER),), no_backup="x", mode="report"
    )
    releases = (world.release, Release("4.0", PinSet((policy,))))
    found = told(chain, facts={"shown": shown, "releases": releases})
    assert found.id == "own-rotation"
    assert "until 2026-11-23 11:00 UTC" in found.evidence[0]
    assert found.evidence[3:5] == ("3.2 refuses it", "4.0 reports it")


def test_a_chain_that_matches(told) -> None:
    """The client is wrong about its own pins, or says something else than a mismatch."""
    found = told(changes={"validation_result": 2})
    assert (found.id, found.severity) == ("pins-match", Severity.NOTE)
    assert found.evidence[2] == "TrustKit says chain not trusted"
    assert "TrustKit" not in " ".join(told(changes={"validation_result": 0}).evidence)


def test_a_product(told, authority) -> None:
    """Named by the issuer, whatever else is known."""
    chain = authority.named("Zscaler Root CA", "Zscaler Inc.").chain()
    found = told(chain)
    assert (found.id, found.severity, found.benign) == (
        "intercepting-proxy",
        Severity.WARNING,
        False,
    )
    assert found.message == "Zscaler stands in the connections: a security gateway"


def test_a_name_that_was_only_sent_along(told, world, authority) -> None:
    """An attacker does not become a product by a certificate that signed nothing of his."""
    chain = (world.other.chain()[0], *authority.named("Zscaler Root CA").chain())
    found = told(chain, {"validated_certificate_chain": []})
    assert (found.id, found.severity) == ("attack", Severity.ERROR)


def test_a_public_chain_names_no_product(told, authority) -> None:
    """A security company's own web site is not its product."""
    company = authority.named("Zscaler Public CA")
    store = TrustStore(company.store.certificates, "the public roots", profile=Profile.RFC5280)
    assert told(company.chain(), facts={"public_roots": store}).id != "intercepting-proxy"


def test_a_captive_portal(told, world) -> None:
    """A hotel's certificate, and a name that says so."""
    found = told(world.other.chain("login.wifi-login.example"))
    assert (found.id, found.severity) == ("captive-portal", Severity.NOTE)


def test_another_host(told, world) -> None:
    """DNS leads elsewhere."""
    found = told(world.other.chain("www.example.net"))
    assert (found.id, found.benign) == ("another-host", None)
    assert found.message == "another host answers, with a certificate for www.example.net"
    nameless = told(world.other.chain(hosts=()))
    assert nameless.message == "another host answers, with a certificate for 'CN=a server'"


def test_a_wildcard_is_for_the_host(told, world) -> None:
    """A certificate for `*.example.com` is no other host's."""
    assert told(world.other.chain("*.example.com")).id != "another-host"
