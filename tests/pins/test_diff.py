"""What changes between two pin sets is told in verdicts, not in lines."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.findings import Severity
from keypin.pins import HostPattern, Mode, OnExpiry, Pin, PinSet, Policy, PolicyPin
from keypin.pins.diff import diff

A, B, C = (Pin(letter * 32) for letter in (b"a", b"b", b"c"))
JUNE = datetime(2027, 6, 1, tzinfo=UTC)


def policy(host: str, *pins: Pin, **changes) -> Policy:
    """Return a policy, or an exemption where there are no pins."""
    if not pins:
        return Policy(host=HostPattern.parse(host), pins=(), exempt="a test")
    entries = tuple(map(PolicyPin, pins))
    return Policy(host=HostPattern.parse(host), pins=entries, no_backup="a test", **changes)


ONE = PinSet([policy("example.com", A)])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (policy("example.com", A), policy("example.com", A, B),
         [("diff-accepts", "error", f"example.com accepts {B} now")]),
        (policy("example.com", A, B), policy("example.com", A),
         [("diff-refuses", "warning", f"example.com no longer accepts {B}")]),
        (policy("example.com", A), policy("example.org", A),
         [("diff-unpinned", "error", "example.com is no longer pinned"),
          ("diff-pinned", "warning", f"example.org is pinned now, to {A}")]),
        (policy("**.example.com", A), policy("*.example.com", A),
         [("diff-unpinned", "error", "example.com is no longer pinned"),
          ("diff-unpinned", "error", "*.*.example.com is no longer pinned")]),
        (policy("example.com", A), policy("example.com", A, mode=Mode.REPORT),
         [("diff-mode", "error", "example.com only reports mismatches now")]),
        (policy("example.com", A, mode=Mode.REPORT), policy("example.com", A),
         [("diff-mode", "warning", "example.com refuses mismatches now")]),
        (policy("example.com", A), policy("example.com", A, expires=JUNE),
         [("diff-expiry", "warning", "example.com expires on 2027-06-01 00:00 UTC and then does "
           "report, where it never expires")]),
        (policy("example.com", A, report_to=("https://r.example/",)), policy("example.com", A),
         [("diff-reports", "note", "example.com reports to nobody now")]),
        (policy("example.com", A, denied=(C,)), policy("example.com", A),
         [("diff-accepts", "error", f"example.com no longer denies {C}")]),
        (policy("example.com", A), policy("example.com", A, denied=(C,)),
         [("diff-refuses", "warning", f"example.com denies {C} now")]),
        (policy("example.com", A), policy("example.com", A, also=(PolicyPin(C),)),
         [("diff-refuses", "warning", "example.com demands other pins as well")]),
        (policy("example.com", A, also=(PolicyPin(C), PolicyPin(B))),
         policy("example.com", A, also=(PolicyPin(C),)),
         [("diff-refuses", "warning", "example.com demands other pins as well")]),
        (policy("example.com", A, also=(PolicyPin(C),)), policy("example.com", A),
         [("diff-accepts", "error", "example.com demands other pins as well")]),
        (policy("example.com", Pin(b"a" * 32, position="leaf")), policy("example.com", A),
         [("diff-accepts", "error", f"example.com accepts {A} now"),
          ("diff-refuses", "warning", f"example.com no longer accepts {A} as leaf")]),
    ],
)  # fmt: skip
def test_changes(before: Policy, after: Policy, expected) -> None:
    """What lets more pass is an error, what refuses more is a warning."""
    found = diff(PinSet([before]), PinSet([after]))
    assert [(one.id, one.severity, one.message) for one in found] == expected


def test_other_lines_same_verdicts() -> None:
    """A policy that only repeats its parent changes nothing, nor do words and order."""
    before = PinSet([policy("**.example.com", A, B)])
    after = PinSet(
        [policy("api.example.com", B, A, comment="the API"), policy("**.example.com", A, B)], "x"
    )
    assert diff(before, after) == ()


def test_an_exemption_unpins() -> None:
    """A new exemption below a pinned name is what it is: hosts that are no longer pinned."""
    before = PinSet([policy("**.example.com", A)])
    after = PinSet([policy("**.example.com", A), policy("api.example.com")])
    (finding,) = diff(before, after)
    assert (finding.id, finding.severity) == ("diff-unpinned", Severity.ERROR)
    assert finding.subject == "api.example.com"


LABELS = st.sampled_from(["a", "b"])
PATTERNS = st.builds(
    lambda labels, mark: HostPattern(".".join([*labels, "example.com"]), mark),
    st.lists(LABELS, max_size=2),
    st.sampled_from(["", "*.", "**."]),
)
SETS = st.dictionaries(PATTERNS, st.sampled_from([A, B, C, None]), min_size=1, max_size=5).map(
    lambda rows: PinSet([policy(str(host), *([pin] if pin else [])) for host, pin in rows.items()])
)


@given(SETS, SETS, st.lists(st.sampled_from(["a", "b", "z"]), max_size=4))
def test_no_change_is_missed(before: PinSet, after: PinSet, labels: list[str]) -> None:
    """Where the diff is empty, both sets decide the same about any host."""
    host = ".".join([*labels, "example.com"])
    if diff(before, after) == ():
        ours, theirs = before.policy_for(host), after.policy_for(host)
        assert (ours and ours.pins) == (theirs and theirs.pins)


def test_expiry_is_compared_with_what_it_does() -> None:
    """The same date with another consequence is a change."""
    before = PinSet([policy("example.com", A, expires=JUNE)])
    after = PinSet([policy("example.com", A, expires=JUNE, on_expiry=OnExpiry.REFUSE)])
    assert [one.id for one in diff(before, after)] == ["diff-expiry"]
    assert diff(ONE, ONE) == ()
