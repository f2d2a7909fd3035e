"""Reading `pins.toml`: what it means, and for every mistake file, line, key and cure."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError, PinSetError, Place
from keypin.pins import HostPattern, Mode, OnExpiry, Pin, PinPosition, PolicyPin, Role
from keypin.pins.toml import MAX_PINS_TOML, loads, policies_of

A, B, C, D = (f"sha256/{str(Pin(bytes([number]) * 32))[7:]}" for number in (1, 2, 3, 4))

GOOD = f"""# the shop's pins
version = 1
name = "shop"

[[policy]]
host = "API.example.com"
pins = [
  "{A}",  # deployed
  {{ pin = "{B}", position = "leaf", comment = "the ECDSA key" }},
]
backup_pins = ["{C}"]
retiring_pins = ["{D}"]
mode = "report"
expires = 2027-06-01
on_expiry = "refuse"
report_to = ["https://reports.example.net/pins"]
comment = "the API"

[[policy]]
host = "example.com"
include_subdomains = true
pins = ["{A}"]
denied_pins = ["{D}"]
no_backup = "static site"
expires = 2027-06-01T02:00:00+02:00
"""


def test_everything_is_read() -> None:
    """Each key means what the reference says, and each pin knows its place."""
    document = loads(GOOD, name="pins.toml")
    assert document.text == GOOD
    first, second = document.pin_set.policies
    assert document.pin_set.name == "shop"
    assert first.host == HostPattern("api.example.com")
    assert first.pins == (
        PolicyPin(Pin.parse(A)),
        PolicyPin(Pin.parse(B, position=PinPosition.LEAF), comment="the ECDSA key"),
        PolicyPin(Pin.parse(C), Role.BACKUP),
        PolicyPin(Pin.parse(D), Role.RETIRING),
    )
    assert [entry.place for entry in first.pins] == [
        Place("pins.toml", 8, "policy[0].pins[0]"),
        Place("pins.toml", 9, "policy[0].pins[1]"),
        Place("pins.toml", 11, "policy[0].backup_pins[0]"),
        Place("pins.toml", 12, "policy[0].retiring_pins[0]"),
    ]
    assert (first.mode, first.on_expiry) == (Mode.REPORT, OnExpiry.REFUSE)
    assert first.report_to == ("https://reports.example.net/pins",)
    assert first.comment == "the API"
    assert str(second.host) == "**.example.com"
    assert second.denied == (Pin.parse(D),)
    assert second.no_backup == "static site"
    assert first.expires == second.expires == datetime(2027, 6, 1, tzinfo=UTC)
    assert second.place == Place("pins.toml", 19, "policy[1]")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("version = 1", "version = 2", "2: version: version 2; expected version = 1, the only one "
         "there is"),
        ("version = 1\n", "\n", " version is missing; expected the integer 1; add version"),
        ("version = 1", "version = true", "2: version: a boolean; expected the integer 1"),
        ('name = "shop"', "name = 1", "3: name: an integer; expected a string"),
        ('name = "shop"', "nmae = 1", "3: nmae: the unknown key 'nmae'; expected one of version, "
         "name, policy; did you mean 'name'?"),
        ('host = "API', 'hots = "API', "6: policy[0].hots: the unknown key 'hots'; expected one "
         "of host, include_subdomains, pins, backup_pins, retiring_pins, also_pins, denied_pins, "
         "mode, expires, on_expiry, report_to, no_backup, exempt, comment; did you mean 'host'?"),
        ('host = "API.example.com"\n', "\n", "5: policy[0]: host is missing; expected a host "
         "pattern as a string; add host"),
        ('"API.example.com"', "12", "6: policy[0].host: an integer; expected a host pattern as a "
         "string"),
        ('"API.example.com"', '"https://example.com"', "6: policy[0].host: a URL or path in "
         "'https://example.com'; expected a host; write the host alone"),
        ('"API.example.com"', '"**.com"', "6: policy[0].host: 'com' is a public suffix: everybody "
         "registers names below it; expected a name that is yours; write **.NAME.com"),
        ('host = "example.com"', 'host = "*.example.com"', "21: policy[1].include_subdomains: "
         "include_subdomains beside the pattern '*.example.com'; expected one of both; write the "
         "host without the wildcard"),
        ("include_subdomains = true", 'include_subdomains = "yes"', "21: "
         "policy[1].include_subdomains: a string; expected true or false"),
        (f'"{A}",  #', '"sha256/abcd",  #', "8: policy[0].pins[0]: the digest has 3 bytes; "
         "expected the 32 bytes of SHA-256; copy the pin again, or compute it with `keypin pin`"),
        (f'pin = "{B}"', f'pni = "{B}"', "9: policy[0].pins[1].pni: the unknown key 'pni'; "
         "expected one of pin, position, comment; did you mean 'pin'?"),
        (f'pin = "{B}", ', "", "9: policy[0].pins[1]: pin is missing; expected a pin as "
         '"sha256/..."; add pin'),
        (f'pin = "{B}"', "pin = 1", '9: policy[0].pins[1].pin: an integer; expected a pin as '
         '"sha256/..."'),
        ('"leaf"', '"laef"', "9: policy[0].pins[1].position: 'laef'; expected one of \"any\", "
         "\"leaf\", \"intermediate\", \"root\", \"ca\"; did you mean 'leaf'?"),
        ('"leaf"', '"xyz"', "9: policy[0].pins[1].position: 'xyz'; expected one of \"any\", "
         '"leaf", "intermediate", "root", "ca"'),
        ('"the ECDSA key"', "1.5", "9: policy[0].pins[1].comment: a float; expected a string"),
        (f'backup_pins = ["{C}"]', f'backup_pins = "{C}"', "11: policy[0].backup_pins: a string; "
         "expected an array of pins"),
        (f'backup_pins = ["{C}"]', "backup_pins = [7]", "11: policy[0].backup_pins[0]: an integer; "
         'expected a pin as "sha256/..." or { pin = "sha256/..." }'),
        ("expires = 2027-06-01\n", "expires = 2027-06-01T00:00:00\n", "14: policy[0].expires: "
         "2027-06-01T00:00:00 without an offset; expected a date as 2027-06-01 (midnight UTC), or "
         "2027-06-01T08:00:00Z"),
        ("expires = 2027-06-01\n", "expires = 08:00:00\n", "14: policy[0].expires: a time; "
         "expected a date as 2027-06-01 (midnight UTC), or 2027-06-01T08:00:00Z"),
        ('["https://reports.example.net/pins"]', "[1]", "16: policy[0].report_to[0]: an integer; "
         "expected a URL as a string"),
        ('"https://reports.example.net/pins"', '"mailto:a@b"', "5: policy[0]: 'mailto:a@b' in the "
         "policy for api.example.com is no report address; expected an http or https URL (RFC "
         "7469 section 2.1.4)"),
        (f'retiring_pins = ["{D}"]', f'retiring_pins = ["{A}"]', f"12: "
         f"policy[0].retiring_pins[0]: the pin {A} stands twice in the policy for "
         "api.example.com; take one out"),
        ('no_backup = "static site"\n', "\n", "19: policy[1]: the policy for **.example.com has "
         "one pin and no backup; expected a second pin, of a key that is kept offline; add it to "
         'backup_pins, or say why there is none: no_backup = "reason"'),
        ('host = "example.com"\ninclude_subdomains = true', 'host = "api.example.com"',
         "19: policy[1]: two policies for api.example.com; put their pins into one policy"),
        ('[[policy]]\nhost = "API', 'policy = [1]\n[[policy]]\nhost = "API', "6: not valid "
         "TOML: Cannot mutate immutable namespace ('policy',); expected TOML 1.0"),
        ('mode = "report"', 'mode = "report', "13: not valid TOML: Illegal character '\\n'; "
         "expected TOML 1.0"),
    ],
)  # fmt: skip
def test_mistakes(old: str, new: str, complaint: str) -> None:
    """Each mistake is told with its place, what was seen, what was expected, and the cure."""
    assert GOOD.count(old) >= 1
    with pytest.raises(InputError) as caught:
        loads(GOOD.replace(old, new, 1), name="pins.toml")
    assert str(caught.value) == f"pins.toml:{complaint}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version = 1", "policy is missing; expected [[policy]] tables; add policy"),
        ("version = 1\npolicy = []", "line 2: policy: the pin set is empty; expected at least one "
         "policy"),
        ("version = 1\npolicy = [3]", "line 2: policy[0]: an integer; expected a [[policy]] table"),
        ("version = 1\n[policy]", "line 2: policy: a table; expected [[policy]] tables"),
        ("version = 1\n[name.x]\npolicy = 1", "line 2: name: a table; expected a string"),
        ("version =", "line 1: not valid TOML: Invalid value; expected TOML 1.0"),
        ("a = " + "[" * 5000, "arrays are nested too deeply; expected a pins.toml"),
        ("#" * (MAX_PINS_TOML + 1), f"{MAX_PINS_TOML + 1} characters; expected {MAX_PINS_TOML} at "
         "most"),
    ],
)  # fmt: skip
def test_no_pins_toml(text: str, complaint: str) -> None:
    """What is no pins.toml at all is refused, also without a file's name."""
    with pytest.raises(PinSetError) as caught:
        loads(text)
    assert str(caught.value).removeprefix("policy: ") == complaint or complaint in str(caught.value)


@given(text=st.one_of(st.text(max_size=200), st.text(max_size=80).map(lambda t: GOOD + t)))
def test_any_text(text: str) -> None:
    """Any text is a pin set or an InputError."""
    with suppress(InputError):
        loads(text)


def test_policies_inside_another_document() -> None:
    """An array of policies may stand anywhere; places tell where."""
    path = ("release", 0, "policy")
    tables = [{"host": "example.com", "pins": [A, B]}]
    (policy,) = policies_of(tables, path=path, lines={(*path, 0): 7}, name="keypin.toml")
    assert policy.host == HostPattern("example.com")
    assert policy.place == Place("keypin.toml", 7, "release[0].policy[0]")
