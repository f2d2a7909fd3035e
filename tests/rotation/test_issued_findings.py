"""What is said of a logged certificate: each finding with its sentence, evidence and severity."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keypin.certs import Certificate
from keypin.ct import policy_findings
from keypin.ct.alarm import KINDS
from keypin.ct.caa import NotKnown, Record, RecordSet, rule
from keypin.errors import Place
from keypin.findings import Finding, Severity
from keypin.lab.authority import new_key
from keypin.pins import Mode
from keypin.rotation import Release
from keypin.rotation.issued import Issued, judge
from keypin.rotation.issued_findings import SEVERITIES, Facts, findings, malformed
from keypin.rotation.issuer import issuer_of

DAY = timedelta(days=1)
WHERE = ("log Lab, index 7",)


@pytest.fixture
def issued(shop):
    """Return a function that makes a logged certificate of a key."""
    root = Certificate.from_der(shop.cast.authority("root").der)

    def make(key: str = "active", *hosts: str, **changes) -> Issued:
        leaf, above = shop.chain(key, *hosts, **changes)
        return Issued(certificate=leaf, chain=(above, root), where=WHERE)

    return make


@pytest.fixture
def early(issued):
    """Return a function that makes a logged precertificate, by its TBSCertificate alone."""

    def make(key: str = "active", **changes) -> Issued:
        final = issued(key, **changes)
        return replace(final, issuer_key_hash=final.chain[0].spki_sha256)

    return make


@pytest.fixture
def facts(shop, now):
    """Return a function that judges a logged certificate by a release of some policies."""

    def found_out(issued: Issued, *policies, name: str = "3.2", trust=None, **more) -> Facts:
        release = Release(name, shop.release(*policies).pin_set)
        fates = judge(issued, [release], at=now, trust=trust)
        return Facts(**{"issued": issued, "at": now, "fates": fates, **more})

    return found_out


def one(found: Facts) -> Finding:
    """Return the one finding on what was found out."""
    (said,) = findings("shop.example", found)
    assert said.subject == "shop.example"
    assert said.severity is SEVERITIES[said.id]
    assert said.evidence[-1] == "log Lab, index 7"
    return said


def test_what_is_in_order_is_no_finding(issued, facts) -> None:
    """A pinned key, an issuer that nobody asked about, no CAA."""
    assert findings("shop.example", facts(issued())) == ()


def test_a_key_that_is_not_pinned(issued, facts) -> None:
    """An error before anything is deployed: the release, the hosts and both sets of pins."""
    said = one(facts(issued("renewed")))
    assert said.id == "ct-key-not-pinned"
    assert said.message == (
        "3.2: api.shop.example would break if it were deployed: its chain has none of the keys "
        "that are pinned"
    )
    assert said.evidence[0] == "it accepts:"
    assert said.evidence[3] == "the chain has:"
    serial = issued("renewed", serial=255)
    assert one(facts(serial)).evidence[-2] == (
        "certificate with serial number ff, issued by CN=keypin lab intermediate,O=keypin lab"
    )


def test_hosts_that_fare_alike_are_one_finding(shop, issued, facts) -> None:
    """A policy and an outcome are one sentence; another policy is another."""
    policies = (
        shop.policy(host="**.shop.example"),
        shop.policy(shop.entry("renewed"), shop.entry("backup"), host="pay.shop.example"),
        shop.policy(host="old.shop.example", mode=Mode.REPORT),
    )
    hosts = [f"{name}.shop.example" for name in ("a", "old", "b", "pay")]
    said = findings("shop.example", facts(issued("renewed", *hosts), *policies))
    assert [(found.id, found.message.partition(":")[2].split(" would")[0]) for found in said] == [
        ("ct-key-not-pinned", " a.shop.example, b.shop.example"),
        ("ct-key-would-report", " old.shop.example"),
    ]


def test_a_release_that_is_its_file_is_not_named_twice(shop, issued, facts) -> None:
    """The place says the file already."""
    policy = shop.policy(place=Place(file="pins.toml", line=3))
    said = one(facts(issued("renewed"), policy, name="pins.toml"))
    assert said.message.startswith("api.shop.example would break")
    assert said.place == policy.place


def test_some_clients(shop, issued, facts) -> None:
    """A cross-sign whose other chain has no pinned key breaks for some."""
    leaf, above = shop.chain("renewed", issuer="new-root")
    cross = shop.cross_signed(), Certificate.from_der(shop.cast.authority("cross-root").der)
    both = replace(issued(), certificate=leaf, chain=(above, *cross))
    policy = shop.policy(shop.entry("cross-root"), shop.entry("backup"))
    assert "would break for some clients if it were deployed" in one(facts(both, policy)).message


def test_a_fate_that_cannot_be_told(issued, facts) -> None:
    """A note: the chain breaks off."""
    said = one(facts(replace(issued("renewed"), chain=())))
    assert said.id == "ct-key-not-told"
    assert said.message == (
        "3.2: whether api.shop.example would accept it cannot be told: the log's chain ends below "
        "a root, and what the pins are of may stand above its end"
    )


def test_clients_that_do_not_trust_it(shop, issued, facts) -> None:
    """A note: it can break nothing that it cannot reach."""
    said = one(facts(issued(), trust=shop.trust("other-root")))
    assert said.id == "ct-not-trusted"
    assert said.message.startswith("3.2: clients of api.shop.example would refuse it anyway: ")


def test_an_unexpected_issuer(shop, issued, facts) -> None:
    """An error where the user said whom to expect, a warning where only the pins do."""
    seen = issued()
    found = one(facts(seen, issuer=issuer_of(seen, expected=["Let's Encrypt"])))
    assert found.id == "ct-issuer-unexpected"
    assert found.message == (
        "keypin lab intermediate of keypin lab was not expected to issue it: it was to come from "
        "Let's Encrypt"
    )
    others = shop.policy(shop.entry("active"), shop.entry("other-root", position="ca"))
    (found,) = findings("a", facts(seen, others, issuer=issuer_of(seen, policies=[others])))
    assert (found.id, found.severity) == ("ct-issuer-unexpected", Severity.WARNING)
    assert findings("a", facts(seen, issuer=issuer_of(seen, expected=["keypin lab"]))) == ()


def test_caa(issued, facts) -> None:
    """Today's records are evidence, and no proof."""
    records = RecordSet("shop.example", (Record(0, "issue", "ca.example"),))
    names = ("a.shop.example", "*.shop.example")
    rulings = tuple(rule(name, records, ["lab.example"]) for name in names)
    found = one(facts(issued(), caa=rulings))
    assert found.id == "ct-caa-forbids"
    assert found.message == (
        "today's CAA records for a.shop.example, *.shop.example do not allow its issuer: it "
        "allows ca.example alone"
    )
    assert found.evidence[0] == 'shop.example CAA 0 issue "ca.example"'
    assert len(found.evidence) == 3
    found = one(facts(issued(), caa=(rule("a.shop.example", NotKnown("no answer"), ["x"]),)))
    assert found.id == "ct-caa-not-told"
    assert found.message == (
        "whether CAA allows its issuer for a.shop.example cannot be told: no answer"
    )
    assert findings("a", facts(issued(), caa=(rule("a", records, ["ca.example"]),))) == ()


def test_a_lookalike(issued, facts) -> None:
    """Both names are told."""
    found = one(facts(issued(), lookalike=("xn--shp-jma.example", "shop.example")))
    assert found.id == "ct-lookalike"
    assert found.message == "xn--shp-jma.example looks like shop.example, and is another name"


def test_a_life_that_is_too_long(issued, facts, now) -> None:
    """The limit is that of its first day, and its last second counts."""
    assert findings("a", facts(issued(days=199))) == ()
    found = one(facts(issued(days=200)))
    assert found.id == "ct-too-long"
    assert found.message == (
        "it lives from 2026-11-22 to 2027-06-10, longer than the 200 days of a public certificate "
        "since 2026-03-15 (ballot SC-081v3)"
    )
    leaf = issued()
    ca = replace(leaf, certificate=leaf.chain[0], chain=leaf.chain[1:])
    assert findings("a", Facts(issued=ca, at=now)) == ()


def test_a_life_without_an_end(issued, now) -> None:
    """RFC 5280 section 4.1.2.5: the last second that a certificate can say means *no end*."""
    key, name = new_key("ecdsa"), x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.public_key(key.public_key()).not_valid_before(now)
    built = builder.not_valid_after(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)).sign(
        key, SHA256()
    )
    endless = Certificate.from_der(built.public_bytes(Encoding.DER))
    found = one(Facts(issued=replace(issued(), certificate=endless, chain=()), at=now))
    assert found.id == "ct-too-long"


def test_a_precertificate_that_was_signed_late(early, issued, facts, now) -> None:
    """A CA may begin a certificate 48 hours early; only a precertificate is logged at once."""
    seen = early(start=-3)
    first = seen.certificate.not_before
    found = one(facts(replace(seen, logged=first + 3 * DAY)))
    assert found.id == "ct-backdated"
    assert found.message == (
        "its precertificate was logged 3 days after its first day, 2026-11-20; a public CA signs "
        "within 48 hours of that"
    )
    assert findings("a", facts(replace(seen, logged=first + 2 * DAY))) == ()
    assert findings("a", facts(replace(issued(start=-3), logged=now))) == ()
    assert findings("a", facts(seen)) == ()


def test_what_is_expired_breaks_nothing(issued, facts) -> None:
    """Whoever reads old entries is not told of keys and CAA records that matter no more."""
    seen = issued("renewed", start=-100)
    records = RecordSet("shop.example", (Record(0, "issue", ";"),))
    found = facts(seen, caa=(rule("a.shop.example", records, []),))
    assert found.expired
    said = one(found)
    assert (said.id, said.message) == ("ct-expired", "it expired on 2026-11-13")


def test_a_precertificate_alone(early, facts) -> None:
    """Its certificate exists, or will: it is judged as issued."""
    found = one(facts(early(), alone=True))
    assert found.id == "ct-precertificate-alone"
    assert found.evidence[0].startswith("precertificate with serial number ")


def test_a_duplicate(issued, facts) -> None:
    """Where it was seen before is the evidence."""
    found = one(facts(issued(), known_as=("log Other, index 3",)))
    assert found.id == "ct-duplicate"
    assert found.evidence[0] == "log Other, index 3"


def test_an_entry_that_no_parser_takes() -> None:
    """It is told with what the parser said, without control characters."""
    found = malformed("shop.example\x1b", "no\tcertificate", WHERE)
    assert (found.id, found.severity) == ("ct-malformed", Severity.WARNING)
    assert found.subject == "shop.example\N{REPLACEMENT CHARACTER}"
    assert found.message == (
        "an entry with this name in its bytes is no readable certificate: "
        "no\N{REPLACEMENT CHARACTER}certificate"
    )
    assert found.evidence == WHERE


def test_the_gravest_comes_first(issued, facts) -> None:
    """Errors, warnings, notes."""
    found = facts(
        issued("renewed", days=300), known_as=("x",), lookalike=("a.example", "b.example")
    )
    said = findings("a", found)
    assert [one.severity for one in said] == ["error", "warning", "warning", "note"]


def test_an_identifier_means_one_thing() -> None:
    """No finding on SCTs, and no alarm on a log, has one of these identifiers."""
    others = {*policy_findings.SEVERITIES, *(kind.id for kind in KINDS)}
    assert not others & set(SEVERITIES)


def test_the_page_has_every_finding() -> None:
    """Whoever meets an identifier finds it there, with its severity."""
    page = Path(__file__).parents[2] / "docs/how-to/read-a-ct-finding.md"
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \|", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert dict(rows) == SEVERITIES
