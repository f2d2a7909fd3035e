"""Zone files."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError
from keypin.formats.zone import Zone

TYPES = {"TLSA": "TLSA", "TYPE52": "TLSA"}


def _records(text: str, **settings):
    return list(Zone("x.zone", **settings).records(text, TYPES))


ZONE = """\
; the zone
$ORIGIN Example.com.
$TTL 1h
@       IN SOA ns hostmaster ( 1 ; serial
        7200 3600 1209600 3600 )
        TXT "a ; (quoted) \\" text"

; the shop's
; two records
_443._tcp.www 3600 IN TLSA 1 1 1 ( abcd
        ef01 ) ; the note
        IN 1h TLSA 3 1 1 aabb
_443._tcp CLASS1 TYPE52 \\# 5 0101 01 abcd
_25._tcp.mx.other.example. tlsa 3 1 1 cc;tight
$ORIGIN sub
_443._tcp TLSA 1 1 1 dd
$ORIGIN .
_443._tcp.a.example TLSA 1 1 1 ee
"""


def test_a_zone_as_people_write_it() -> None:
    """Origins, blank owners, brackets, comments, classes and TTLs in any order, types by number."""
    records = _records(ZONE)
    assert [(record.owner, record.data) for record in records] == [
        ("_443._tcp.www.example.com", ["1", "1", "1", "abcd", "ef01"]),
        ("_443._tcp.www.example.com", ["3", "1", "1", "aabb"]),
        ("_443._tcp.example.com", ["\\#", "5", "0101", "01", "abcd"]),
        ("_25._tcp.mx.other.example", ["3", "1", "1", "cc"]),
        ("_443._tcp.sub.example.com", ["1", "1", "1", "dd"]),
        ("_443._tcp.a.example", ["1", "1", "1", "ee"]),
    ]
    assert [record.line for record in records] == [10, 12, 13, 14, 16, 18]
    assert [record.note for record in records] == ["the note", "", "", "tight", "", ""]
    assert records[0].above == ["the shop's", "two records"]
    assert records[1].above == []


def test_the_origin_itself() -> None:
    """@ is the origin."""
    assert _records("@ TLSA 1\n", origin=".a.example")[0].owner == "a.example"


def test_what_is_not_followed() -> None:
    """Directives that name other files or make records, and names of an unknown zone."""
    zone = Zone("x.zone")
    text = "$INCLUDE other.zone\n$GENERATE 1-9 a TLSA 1\n$ORIGIN\nb TLSA 1\n"
    assert [record.owner for record in zone.records(text, TYPES)] == ["b"]
    told = [(str(one.place), one.subject, one.message.partition(". ")[0]) for one in zone.findings]
    assert told == [
        ("x.zone:1", "$INCLUDE other.zone", "the directive is not carried out"),
        ("x.zone:2", "$GENERATE 1-9", "the directive is not carried out"),
        ("x.zone:3", "$ORIGIN", "the directive is not carried out"),
        ("x.zone:4", "b", "the name has no trailing dot, and is taken as it is"),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a. TLSA ( 1\n", "x.zone:1: a bracket that is not closed"),
        ("a. TLSA 1 )\n", "x.zone:1: a bracket that is not open"),
        ('\na. TLSA "1\n', 'x.zone:2: the character " alone'),
        ("  TLSA 1\n", "x.zone:1: a record without an owner"),
        ("@ TLSA 1\n", "x.zone:1: @ without an $ORIGIN"),
    ],
)
def test_what_is_refused(text: str, error: str) -> None:
    """What no name server loads, with its place."""
    with pytest.raises(FormatError) as caught:
        _records(text)
    assert str(caught.value) == f"{error}; expected a zone file that a name server loads"


@given(st.text('aT.LSA@$ORIGN 1();"\\\n'))
def test_any_text(text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(FormatError):
        _records(text)


def test_a_long_number() -> None:
    """What looks like a TTL for long is told from one at once."""
    assert _records(f"a. {'1' * 100_000}x TLSA 1\n") == []
