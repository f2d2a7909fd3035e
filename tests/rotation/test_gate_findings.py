"""The gate's answer as findings: each with its sentence, its evidence and its cure."""

from datetime import datetime, timedelta

from keypin.certs import Certificate
from keypin.errors import Place
from keypin.findings import Severity
from keypin.pins import Mode, OnExpiry
from keypin.rotation import Release, findings, judge
from keypin.rotation.gate_findings import SEVERITIES, alike

DAY = timedelta(days=1)


def test_a_chain_that_passes_gives_no_finding(shop, says) -> None:
    """Silence is for what needs no look."""
    assert says(shop.chain()) == []


def test_a_break_names_the_release_what_it_accepts_and_what_the_chain_has(shop) -> None:
    """The release, the hosts, both sets of pins and the next step."""
    (found,) = findings([shop.judge(shop.chain("renewed"), current=[shop.chain()])])
    assert (found.id, found.severity, found.subject) == ("gate-breaks", Severity.ERROR, "3.2")
    assert found.message == (
        "3.2: api.shop.example would break: the chain has none of the keys that it pins"
    )
    assert found.evidence[:3] == (
        "it accepts:",
        f"  {shop.cast.pin('active')} active, matches what is deployed now",
        f"  {shop.cast.pin('backup')} backup",
    )
    assert found.evidence[3] == "the chain has:"
    assert found.evidence[4] == f"  {shop.cast.pin('renewed')} leaf, api.shop.example"
    assert found.cure.startswith(
        f"Renew with the key that is deployed now, {shop.cast.pin('active')}."
    )


def test_hosts_that_fare_alike_are_one_finding(shop, now: datetime) -> None:
    """A certificate of five names is one sentence, which names three."""
    hosts = [f"{letter}.shop.example" for letter in "abcde"]
    release = shop.release(shop.policy(host="**.shop.example"))
    judged = judge([release], shop.chain("renewed", *hosts), trust=shop.trust(), at=now)
    (found,) = findings(judged)
    assert "a.shop.example, b.shop.example, c.shop.example and 2 more would break" in found.message
    assert len(alike(judged)) == 1


def test_a_release_that_is_its_file_is_not_named_twice(shop, now: datetime) -> None:
    """The place says the file already."""
    policy = shop.policy(place=Place(file="pins.toml", line=3))
    release = Release("pins.toml", shop.release(policy).pin_set)
    judged = judge([release], shop.chain("renewed"), trust=shop.trust(), at=now)
    (found,) = findings(judged)
    assert found.message.startswith("api.shop.example would break")
    assert found.place == policy.place


def test_a_report_only_policy_is_a_warning(shop) -> None:
    """It would not break, and it would be noticed."""
    policy = shop.policy(mode=Mode.REPORT)
    (found,) = findings([shop.judge(shop.chain("renewed"), policy)])
    assert (found.id, found.severity) == ("gate-would-report", Severity.WARNING)
    assert "would not break, but report each connection" in found.message


def test_a_chain_that_does_not_verify_is_an_error(shop) -> None:
    """And cert.pem in place of fullchain.pem is recognised."""
    (found,) = findings([shop.judge(shop.chain()[:1])])
    assert (found.id, found.severity) == ("gate-not-verified", Severity.ERROR)
    assert "would break, whatever is pinned, for the chain does not verify" in found.message
    assert (
        found.cure == "Give the whole file that the server will send: fullchain.pem, not cert.pem."
    )


def test_what_does_not_verify_is_told_once_for_all_policies(shop) -> None:
    """Nothing that is pinned matters then; another reason is another finding."""
    hosts = "api.shop.example", "www.shop.example"
    release = shop.release(*(shop.policy(host=host) for host in hosts))

    def told(*chain: Certificate) -> list[str]:
        judged = judge([release], chain, trust=shop.trust(), at=shop.cast.now, hosts=hosts)
        return [one.message.partition(" would")[0] for one in findings(judged)]

    assert told(*shop.chain("active", *hosts)[:1]) == [f"3.2: {', '.join(hosts)}"]
    assert told(*shop.chain("active", hosts[0])) == [f"3.2: {hosts[1]}"]
    assert told(*shop.chain("active", hosts[0])[:1]) == [f"3.2: {', '.join(hosts)}"]


def test_some_paths_are_an_error_unless_one_is_enough(shop) -> None:
    """Keypin's own contexts take any path that verifies; other clients take the one they build."""
    chain = (*shop.chain(issuer="new-intermediate"), shop.cross_signed())
    policy = shop.policy(shop.entry("cross-root"), shop.entry("backup", "backup"))
    judged = [shop.judge(chain, policy, trust=shop.trust("new-root", "cross-root"))]
    (found,) = findings(judged)
    assert (found.id, found.severity) == ("gate-some-paths", Severity.ERROR)
    assert "of the 2 chains that clients may build, 1 has no pinned key" in found.message
    assert f"  {shop.cast.pin('cross-root')} root, active pin, keypin lab cross-signing root" in (
        found.evidence
    )
    assert [one.severity for one in findings(judged, any_path=True)] == [Severity.WARNING]


def test_a_backup_pin_is_a_warning_with_what_is_left(shop) -> None:
    """A backup in use is no backup: the next key that is lost may be the last."""
    (found,) = findings([shop.judge(shop.chain("backup"))])
    assert (found.id, found.severity) == ("gate-on-backup", Severity.WARNING)
    assert found.message == (
        "3.2: api.shop.example passes by a backup pin: once deployed, that key is no backup any "
        "more, and no other is left"
    )
    pins = [shop.entry("active"), shop.entry("backup", "backup"), shop.entry("renewed", "backup")]
    (found,) = findings([shop.judge(shop.chain("backup"), shop.policy(*pins))])
    assert found.message.endswith("and 1 other is left")
    pins.append(shop.entry("attacker", "backup"))
    (found,) = findings([shop.judge(shop.chain("backup"), shop.policy(*pins))])
    assert found.message.endswith("and 2 others are left")


def test_a_backup_beside_an_active_pin_needs_no_word(shop, says) -> None:
    """Where the root is the active pin, a leaf with the backup key changes nothing."""
    policy = shop.policy(shop.entry("root"), shop.entry("backup", "backup"))
    assert says(shop.chain("backup"), policy) == []


def test_a_retiring_pin_alone_is_a_warning(shop) -> None:
    """The key is being taken out of service, and is deployed again."""
    policy = shop.policy(shop.entry("active"), shop.entry("renewed", "retiring"))
    (found,) = findings([shop.judge(shop.chain("renewed"), policy)])
    assert (found.id, found.severity) == ("gate-on-retiring", Severity.WARNING)
    assert "passes by a retiring pin alone" in found.message


def test_a_policy_that_will_refuse_everything(shop, now: datetime) -> None:
    """A refusing expiry within the certificate's life is told with its day."""
    policy = shop.policy(expires=now + 10 * DAY, on_expiry=OnExpiry.REFUSE)
    (found,) = findings([shop.judge(shop.chain(), policy)])
    assert (found.id, found.severity) == ("gate-breaks-later", Severity.WARNING)
    assert "would break on 2026-12-03, and the certificate lives until 2027-02-20" in found.message
    assert found.cure == "Ship a release with a later expiry before that day."


def test_a_chain_that_ends_before_its_leaf(shop) -> None:
    """A cross-sign that ends before the leaf does is told with its day."""
    chain = (*shop.chain(issuer="new-intermediate"), shop.cross_signed(days=31))
    trust = shop.trust("cross-root")
    (found,) = findings([shop.judge(chain, trust=trust)])
    assert found.id == "gate-breaks-later"
    assert found.cure == "Deploy a chain that lasts before that day."


def test_what_breaks_now_is_not_told_again_for_later(shop, says, now: datetime) -> None:
    """One finding is enough."""
    chain = (*shop.chain("renewed", issuer="new-intermediate"), shop.cross_signed(days=31))
    assert says(chain, trust=shop.trust("cross-root")) == ["gate-breaks"]
    policy = shop.policy(expires=now + 10 * DAY, on_expiry=OnExpiry.ALLOW)
    assert says(shop.chain("renewed"), policy) == ["gate-breaks", "gate-policy-expires"]


def test_a_report_that_ends_is_no_break(shop, says, now: datetime) -> None:
    """A change for the better is not told."""
    chain = (*shop.chain(issuer="new-intermediate"), shop.cross_signed(days=31))
    policy = shop.policy(shop.entry("new-root", position="root"), shop.entry("backup", "backup"))
    trust = shop.trust("new-root", "cross-root")
    judged = shop.judge(chain, policy, trust=trust)
    assert [one.outcome for one in judged.later] == ["passes"]
    assert says(chain, policy, trust=trust) == ["gate-some-paths"]
    report = shop.policy(mode=Mode.REPORT, expires=now + 9 * DAY, on_expiry=OnExpiry.REFUSE)
    assert says(shop.chain("renewed"), report) == ["gate-would-report", "gate-breaks-later"]


def test_pins_that_end_are_a_note(shop, says, now: datetime) -> None:
    """From the expiry on nothing protects the host; else there is no word."""
    ends = shop.policy(expires=now + 10 * DAY)
    (found,) = findings([shop.judge(shop.chain(), ends)])
    assert (found.id, found.severity) == ("gate-policy-expires", Severity.NOTE)
    assert "from 2026-12-03 on no pin protects api.shop.example" in found.message
    assert says(shop.chain(), shop.policy(expires=now + 900 * DAY)) == []
    assert says(shop.chain(), shop.policy(expires=now - DAY)) == []


def test_not_pinned_is_said_and_may_be_an_error(shop) -> None:
    """A release that pins none of the hosts is told, with the pattern that is nearest."""
    judged = [shop.judge(shop.chain(), shop.policy(host="shop.example"))]
    (found,) = findings(judged)
    assert (found.id, found.severity) == ("gate-not-pinned", Severity.NOTE)
    assert found.message == (
        "3.2: not pinned: no policy covers api.shop.example; the nearest is for shop.example"
    )
    assert [one.severity for one in findings(judged, require_pinned=True)] == [Severity.ERROR]
    (other,) = findings([shop.judge(shop.chain(), shop.policy(host="other.example"))])
    assert other.message == "3.2: not pinned: no policy covers api.shop.example"


def test_a_name_from_a_certificate_cannot_redraw_the_terminal(shop, now: datetime) -> None:
    """Foreign text loses its control characters."""
    release = shop.release(name="3.2\x1b[2J")
    (found,) = findings(judge([release], shop.chain("renewed"), trust=shop.trust(), at=now))
    assert "\x1b" not in found.message


def test_every_finding_has_its_severity() -> None:
    """Only what no release in the field survives is an error."""
    errors = {name for name, severity in SEVERITIES.items() if severity is Severity.ERROR}
    assert errors == {"gate-breaks", "gate-some-paths", "gate-not-verified"}
