"""Public-Key-Pins headers: RFC 7469's grammar and rules, and what is to be said of them today."""

import pytest

from keypin.errors import FormatError, InputError
from keypin.formats import form
from keypin.pins import HostPattern, Mode, Pin, PinSet, Policy, PolicyPin

FORM = form("hpkp")
A, B = ("A" * 42 + "A=", "B" * 42 + "A=")
PINS = f'pin-sha256="{A}"; pin-sha256="{B}"'


def read(header: str, host: str | None = "example.com"):
    """Read a header."""
    return FORM.loads(header, name="h", host=host)


@pytest.mark.parametrize(
    "value",
    [
        f"{PINS}; max-age=60",
        f'max-age=60;PIN-SHA256="{A}";  pin-sha256 = "{B}"  ',
        f"max-age=60; {PINS}; future=yes; also",
        f'{PINS}; max-age="60"',
        f'{PINS}; pin-md5="x"; max-age=60',
        f"{PINS}; max-age=60;",
    ],
)
def test_directives(value: str) -> None:
    """Directives come in any order and case; unknown ones and unknown hashes are ignored."""
    (policy,) = read(f"Public-Key-Pins: {value}").pin_set.policies
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]
    assert policy.mode is Mode.ENFORCE


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (PINS, "h:1: no max-age; expected max-age=SECONDS (RFC 7469 section 2.1.2)"),
        (f"{PINS}; max-age=1; max-age=2", "h:1: max-age for the second time; expected each "
         "directive once (RFC 7469 section 2.1)"),
        (f"{PINS}; max-age=soon", "h:1: max-age=soon; expected seconds, in at most 18 digits"),
        (f"{PINS}; max-age={'9' * 5000}", f"h:1: max-age={'9' * 40}; expected seconds, "
            "in at most 18 digits"),
        (f"{PINS}; max-age=1; includeSubDomains=1", "h:1: includeSubDomains with a value; "
         "expected none (RFC 7469 section 2.1.3)"),
        (f"pin-sha256={A[:-1]}; max-age=1", "h:1: pin-sha256 without a quoted value; expected "
         'pin-sha256="BASE64"'),
        ('pin-sha256="AAAA"; max-age=1', "h:1: the digest has 3 bytes"),
        ("max-age=1", "h:1: no pin-sha256; expected one for each key that is accepted"),
        (f"{PINS}; max-age=1; @", "h:1: no directive at ' @'; expected name=value; ..."),
    ],
)  # fmt: skip
def test_a_header_that_does_not_conform_is_refused_whole(value: str, complaint: str) -> None:
    """RFC 7469 has browsers ignore it whole; nothing of it is read here either."""
    with pytest.raises(InputError) as caught:
        read(f"Public-Key-Pins: {value}")
    assert str(caught.value).startswith(complaint)


def test_a_header_without_its_host() -> None:
    """The header does not say its host; whoever reads it must."""
    told = r"h:1: a header without its host; expected a comment `# HOST` above it, or --for HOST$"
    with pytest.raises(FormatError, match=told):
        read(f"Public-Key-Pins: {PINS}; max-age=1", None)


@pytest.mark.parametrize(
    "text",
    [
        "# example.com\n",
        "# https://example.com/\n",
        "# Pins of shop.\n#\n# example.com\nHTTP/1.1 200 OK\nServer: nginx\n",
    ],
)
def test_a_comment_tells_the_host(text: str) -> None:
    """What stands above a header says whose it is."""
    reading = read(f"{text}Public-Key-Pins: {PINS}; max-age=1; includeSubDomains", None)
    assert str(reading.pin_set.policies[0].host) == "**.example.com"


@pytest.mark.parametrize(
    "line",
    [
        f"add_header Public-Key-Pins '{PINS}; max-age=60' always;",
        f'Header set Public-Key-Pins "{PINS}; max-age=60"'.replace('="', '=\\"').replace(
            '=";', '=\\";'
        ).replace('=" ', '=\\" ').replace(f'{B}"', f'{B}\\"').replace(f'{A}"', f'{A}\\"'),
        f'"public-key-pins": \'{PINS}; max-age=60\'',
    ],
)  # fmt: skip
def test_a_servers_configuration(line: str) -> None:
    """The header is read out of nginx's, Apache's and others' configuration too."""
    assert len(read(line).pin_set.policies[0].pins) == 2


def test_report_only() -> None:
    """The report-only header needs no max-age, and refuses nothing."""
    reading = read(f'Public-Key-Pins-Report-Only: {PINS}; report-uri="https://r.example/"')
    (policy,) = reading.pin_set.policies
    assert policy.mode is Mode.REPORT
    assert policy.report_to == ("https://r.example/",)
    assert [one.id for one in reading.findings] == ["hpkp-deprecated"]


def test_the_enforced_header_decides() -> None:
    """Of both headers, the enforced one is the policy; a second one of a kind is not looked at."""
    only = f'Public-Key-Pins-Report-Only: pin-sha256="{A}"; report-uri="https://r.example/"\n'
    enforced = f"Public-Key-Pins: {PINS}; max-age=1\n"
    second = f'Public-Key-Pins: pin-sha256="{A}"; max-age=1\n'
    (policy,) = read(enforced + only).pin_set.policies
    assert policy.mode is Mode.ENFORCE
    reading = read(only + enforced + second + only)
    (policy,) = reading.pin_set.policies
    assert policy.mode is Mode.ENFORCE
    assert len(policy.pins) == 2
    assert [one.id for one in reading.findings].count("hpkp-second-header") == 2


@pytest.mark.parametrize(
    ("header", "remarks"),
    [
        (f'Public-Key-Pins: pin-sha256="{A}"; max-age=1', ["hpkp-no-backup"]),
        (f"Public-Key-Pins: {PINS}; max-age=31536000", ["hpkp-max-age"]),
        ("Public-Key-Pins: max-age=0", ["hpkp-removes"]),
        (f"Public-Key-Pins-Report-Only: {PINS}", ["hpkp-report-only-silent"]),
        (f'Public-Key-Pins: {PINS}; pin-sha1="x"; max-age=1', ["hpkp-unknown-hash"]),
    ],
)
def test_remarks(header: str, remarks: list[str]) -> None:
    """That it is deprecated is always said; what would not work, too."""
    found = [one.id for one in read(header).findings]
    assert found == ["hpkp-deprecated", *remarks]


def test_max_age_zero_is_an_exemption() -> None:
    """Browsers forget the host: it is named, and not pinned."""
    (policy,) = read(f"Public-Key-Pins: {PINS}; max-age=0").pin_set.policies
    assert policy.exempt is not None


def test_losses() -> None:
    """One report address, and hosts with a dot."""
    pins = tuple(PolicyPin(Pin.parse(f"sha256/{text}")) for text in (A, B))
    addresses = ("https://a.example/", "https://b.example/")
    policy = Policy(host=HostPattern("localhost"), pins=pins, report_to=addresses)
    assert [loss.id for loss in FORM.losses(PinSet([policy]))] == ["reports", "dotless-host"]
