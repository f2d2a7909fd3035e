"""A remark is a rule of a platform, and a finding where it holds."""

from keypin.errors import Place
from keypin.findings import Severity
from keypin.formats.registry import REMARKS
from keypin.formats.remark import Remark


def test_a_finding() -> None:
    """It says what was seen and why that matters, where, and the cure."""
    rule = Remark("x-y", Severity.WARNING, "It matters.", "Mend it.")
    finding = rule.at("a.example.com", "something is off", Place("f", 3))
    assert finding.message == "something is off. It matters."
    assert (finding.id, finding.severity, finding.cure) == ("x-y", Severity.WARNING, "Mend it.")
    assert str(finding.place) == "f:3"


def test_all_are_sentences() -> None:
    """Reasons and cures are sentences, for they stand in a table of the reference."""
    for rule in REMARKS:
        assert rule.reason.endswith("."), rule.id
        assert rule.cure.endswith("."), rule.id
