import json

from keypin.ct.alarm import FORK, KINDS, Alarm
from keypin.ct.head import TreeHead
from keypin.findings import Severity

HEAD = TreeHead(3, 1_700_000_000_000, b"\x07" * 32, b"\x04\x03\x00\x00")
ALARM = Alarm(FORK, "two trees", (HEAD,), (("computed_root", "ab"),))


def test_each_kind_has_its_own_identifier() -> None:
    """Identifiers are stable and tell kinds apart; each begins with what it is about."""
    assert len({kind.id for kind in KINDS}) == len(KINDS)
    assert all(kind.id.startswith("ct-") and kind.cure for kind in KINDS)


def test_an_alarm_is_a_finding_about_its_log() -> None:
    """The facts and the heads are its evidence."""
    finding = ALARM.finding("Lab 2026")
    assert (finding.id, finding.severity, finding.subject) == (
        "ct-fork",
        Severity.ERROR,
        "Lab 2026",
    )
    assert finding.evidence == ("computed_root: ab", f"tree head: {HEAD.dumps()}")


def test_an_alarm_as_json_holds_its_heads() -> None:
    """A program reads the heads as get-sth gives them."""
    members = json.loads(ALARM.dumps())
    assert members["id"] == "ct-fork"
    assert members["computed_root"] == "ab"
    assert TreeHead.of_json(json.dumps(members["heads"][0])) == HEAD
