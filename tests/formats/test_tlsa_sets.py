"""The records of a service."""

import pytest

from keypin.errors import InputError
from keypin.formats import detect, form
from keypin.pins import Pin, PinPosition, Role

A, B, C = (Pin(bytes([byte]) * 32) for byte in (1, 2, 3))

LONG = Pin(bytes(64), "sha512")

HEX = {pin: pin.digest.hex() for pin in (A, B, C, LONG)}

TLSA, MAIL = form("tlsa"), form("tlsa-smtp")


def _at(pin: Pin, position: str) -> Pin:
    return Pin(pin.digest, pin.algorithm, pin.of, PinPosition(position))


def _read(text: str, form_id: str = "tlsa", host: str | None = None):
    reading = form(form_id).loads(text, name="x", host=host)
    return reading.pin_set, [
        f"{one.place}: {one.id} {one.subject}: {one.message.partition('. ')[0]}"
        for one in reading.findings
    ]


FULL_ZONE = f"""\
$ORIGIN example.com.
$TTL 3600
@ IN SOA ns hostmaster 1 2 3 4 5
_443._tcp      IN TLSA PKIX-EE SPKI SHA2-256 {HEX[A]} ; now
               IN TLSA 1 1 1 ( {HEX[B][:32]}
                               {HEX[B][32:]} ) ; backup
_443._tcp.www  CNAME _443._tcp
_8443._tcp     IN TLSA 1 1 1 {HEX[A]}
               IN TLSA 1 1 1 {HEX[B]}
_443._tcp.old  TYPE52 \\# 35 010101{HEX[A]}
               TYPE52 \\# 35 01 01 01 {HEX[C]}
"""


def test_a_zone() -> None:
    """Names of fields, brackets, aliases, bytes, and the same records of another port."""
    pin_set, findings = _read(FULL_ZONE)
    assert findings == []
    assert [str(policy.host) for policy in pin_set.policies] == [
        "example.com", "old.example.com", "www.example.com",
    ]  # fmt: skip
    first, _, alias = pin_set.policies
    assert [entry.pin for entry in first.pins] == [_at(A, "leaf"), _at(B, "leaf")]
    assert [entry.role for entry in first.pins] == [Role.ACTIVE, Role.BACKUP]
    assert [entry.place.line for entry in first.pins] == [4, 5]
    assert alias.pins == first.pins
    assert (first.place.line, alias.place.line) == (4, 7)
    assert detect(FULL_ZONE, "example.com.zone") is TLSA


def test_a_zone_without_its_name() -> None:
    """What is relative is relative to the host that is given, else taken as it is, and said."""
    text = f"_443._tcp.www TLSA 1 1 1 {HEX[A]}\n_443._tcp.www TLSA 1 1 1 {HEX[B]}\n"
    pin_set, findings = _read(text, host="example.com")
    assert (str(pin_set.policies[0].host), findings) == ("www.example.com", [])
    pin_set, findings = _read(text)
    assert str(pin_set.policies[0].host) == "www"
    assert findings[0] == (
        "x:1: zone-relative-name _443._tcp.www: the name has no trailing dot, and is taken as it is"
    )


OK = f"_443._tcp.a.example. TLSA 1 1 1 {HEX[A]}\n_443._tcp.a.example. TLSA 1 1 1 {HEX[B]}\n"

MORE = "_443._tcp.a.example. TLSA "


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (f"{MORE}255 1 1 {HEX[A]}", "x:3: tlsa-unusable _443._tcp.a.example: the usage 255"),
        (f"{MORE}PrivCert 1 1 {HEX[A]}", "x:3: tlsa-unusable _443._tcp.a.example: the usage 255"),
        (f"{MORE}1 2 1 {HEX[A]}", "the selector 2 is not 0 or 1"),
        (f"{MORE}1 1 3 {HEX[A]}", "the matching type 3 is not 0, 1 or 2"),
        (f"{MORE}1 1 1 {HEX[A]}00", "the digest has 33 bytes, not 32"),
        (f"{MORE}1 1 1 {HEX[A]}", "x:3: tlsa-twice _443._tcp.a.example: the record stands twice"),
        (f"{MORE}1 0 0 3000", "x:3: tlsa-full _443._tcp.a.example: it is given whole"),
        (f"{MORE}3 1 1 {HEX[C]}", "x:1: tlsa-replaces-ca a.example: the usage is 3"),
        (f"_25._tcp.a.example. TLSA 3 1 1 {HEX[C]}", "tlsa-other-port _25._tcp.a.example: rec"),
        (f"_853._tcp.a.example. TLSA 1 1 1 {HEX[C]}", "tlsa-other-port a.example: the records"),
        (f"_443._tcp.*.example. TLSA 1 1 1 {HEX[C]}", "code-not-followed *.example: a wildcard"),
        ("_443._tcp.b.example. CNAME c.other.", "_443._tcp.b.example: its alias c.other has no re"),
        (f"_443._tcp.b.example. TLSA 1 1 1 {HEX[A]}", "x:3: tlsa-rollover b.example: there is one"),
    ],
)  # fmt: skip
def test_what_is_told(more: str, told: str) -> None:
    """What clients pass over and what the RFCs advise against; the rest is read."""
    pin_set, findings = _read(f"{OK}{more}\n")
    assert told in "\n".join(findings)
    assert len(findings) == 1
    assert {A.digest, B.digest} <= {entry.pin.digest for entry in pin_set.policies[0].pins}


def test_the_port_of_the_service_is_preferred() -> None:
    """Another port's records that stand first give way, and are told if they differ."""
    other = f"_8443._tcp.a.example. TLSA 1 1 1 {HEX[C]}\n"
    pin_set, findings = _read(other + OK)
    assert pin_set.policies[0].pins[0].pin == _at(A, "leaf")
    assert findings == [
        "x:1: tlsa-other-port a.example: the records of another port than in line 2 differ, and "
        "are left out"
    ]


def test_the_strongest_digest_counts() -> None:
    """SHA-256 beside SHA-512 of one usage and selector is passed over."""
    text = f"{MORE}1 1 2 {HEX[LONG]}\n{OK}{MORE}0 1 1 {HEX[C]}\n"
    pin_set, findings = _read(text)
    assert [entry.pin for entry in pin_set.policies[0].pins] == [
        _at(LONG, "leaf"), _at(C, "ca"),
    ]  # fmt: skip
    assert findings[0] == (
        "x:2: tlsa-agility a.example: it is passed over beside the SHA-512 digests"
    )
    _, findings = _read(f"{MORE}1 1 2 {HEX[LONG]}\n{MORE}1 1 2 {HEX[A] * 2}\n")
    assert findings == ["x:1: tlsa-sha512-alone a.example: every digest is SHA-512"]


def test_aliases() -> None:
    """They are followed from one to the next, and not for ever."""
    text = (
        "_443._tcp.b.example. CNAME _443._tcp.c.example.\n"
        f"_443._tcp.c.example. CNAME _443._tcp.a.example.\n{OK}"
        "www.example. CNAME a.example.\n_443._tcp.e.example. CNAME\n"
    )
    pin_set, findings = _read(text)
    assert len(pin_set.policies) == 3
    assert findings == []
    loop = "_443._tcp.b.example. CNAME _443._tcp.b.example.\n"
    _, findings = _read(OK + loop)
    assert "its alias _443._tcp.b.example has no records in this file" in findings[0]


def test_a_host_without_a_usable_record() -> None:
    """Clients connect to it without any pin, or not at all: refused."""
    with pytest.raises(InputError) as caught:
        _read(f"{MORE}1 1 1 abcd\n")
    assert str(caught.value) == (
        "x:1: no record of a.example can be used; expected usage 3, selector 1, matching type 1 "
        "and 64 hex digits"
    )
