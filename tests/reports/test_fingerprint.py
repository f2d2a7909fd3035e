"""A digest of parts is of where they end, too."""

from keypin.reports.fingerprint import digest_of


def test_no_part_runs_into_another() -> None:
    """The same bytes in other parts are another thing."""
    assert digest_of([b"ab", b"c"]) != digest_of([b"a", b"bc"]) != digest_of([b"abc"])
    assert digest_of([]) != digest_of([b""])
    assert digest_of(iter([b"a"])) == digest_of([b"a"])
