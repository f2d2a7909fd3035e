"""Every form is read; what is no report is refused in one sentence that names the member."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keypin.errors import ReportFormatError
from keypin.pins import Spelling
from keypin.reports import Form, Report, Result, read_report, skim
from keypin.reports.members import Members

FORMS = tuple(Form)


@pytest.mark.parametrize("form", FORMS)
def test_every_form(form, world) -> None:
    """The same event is read from each form, as far as the form can say it."""
    report = read_report(world.body(form), "application/json; charset=utf-8")
    assert report.form is form
    assert report.host == "api.example.com"
    assert report.occurred_at == datetime(2026, 11, 23, 11, 59, 50, tzinfo=UTC)
    assert report.validated == world.shown
    assert report.chain[0] == world.shown[0]
    assert report.pins == (() if form is Form.EXPECT_CT else world.pins)
    assert [found.der for found in report.certificates] == list(world.shown)


def test_rfc7469(world) -> None:
    """A browser says how far the policy goes, and until when; nothing of an application."""
    report = read_report(world.body("rfc7469"))
    assert (report.port, report.noted_host, report.include_subdomains) == (443, report.host, False)
    assert report.expires == datetime(2027, 5, 1, 12, 40, 50, tzinfo=UTC)
    assert (report.application, report.version, report.platform) == (None, None, None)


def test_trustkit_on_ios(world) -> None:
    """TrustKit says which release on which system, and never the port."""
    report = read_report(world.body("trustkit-ios"))
    assert (report.application, report.version) == ("com.example.shop", "3.2")
    assert (report.platform, report.platform_version, report.library) == ("ios", "26.1", "3.0.7")
    assert (report.port, report.enforced, report.result) == (None, True, Result.NO_MATCHING_PIN)
    assert report.expires == datetime(2027, 5, 1, tzinfo=UTC)
    assert report.served == ()
    assert report.chain == report.validated


def test_trustkit_on_android(world) -> None:
    """It has both chains, and no version of the system."""
    report = read_report(world.body("trustkit-android"))
    assert (report.platform, report.platform_version) == ("android", None)
    assert report.served == world.shown[:-1]


def test_keypin(world) -> None:
    """What `keypin.Reporter` sends: the pattern of the policy, and the release."""
    report = read_report(world.body("keypin"))
    assert (report.policy, report.application, report.version) == (
        "api.example.com",
        "com.example.shop",
        "3.2",
    )


def test_what_our_own_reporter_writes(world, verified, now) -> None:
    """The reporter of `keypin.tls` and this reader agree."""
    from keypin.pins import MismatchError, decide  # noqa: PLC0415 - of this test alone
    from keypin.tls.report import PinFailure, dumps  # noqa: PLC0415 - the same

    chain = verified(world.ours.chain())
    with pytest.raises(MismatchError) as caught:
        decide(world.release.pin_set, "api.example.com", chain, now)
    failure = PinFailure.of(caught.value, port=443, presented=[found.der for found in chain])
    report = read_report(dumps(failure.report(app="shop", version="4.2.0")))
    assert report == Report(
        form=Form.KEYPIN,
        host="api.example.com",
        port=443,
        occurred_at=now,
        noted_host="api.example.com",
        include_subdomains=False,
        application="shop",
        version="4.2.0",
        served=tuple(found.der for found in chain),
        validated=tuple(found.der for found in chain),
        pins=world.pins,
        policy="api.example.com",
    )


def test_the_name_of_a_device_is_never_kept(world) -> None:
    """It is not read; where devices are told apart, a keyed digest takes its place."""
    body = world.body("trustkit-ios")
    name = json.loads(body)["app-vendor-id"]
    assert name not in repr(read_report(body))

    def digest(device: str) -> bytes:
        return blake2b(device.encode(), key=b"secret", digest_size=16).digest()

    report = read_report(body, device=digest)
    assert report.device == digest(name)
    assert name not in repr(report)
    assert read_report(world.body("rfc7469"), device=digest).device is None


def test_unknown_members_are_counted(world) -> None:
    """They are ignored, and a collector can say how many there were."""
    assert read_report(world.body("trustkit-ios")).ignored == 1  # the name of the device
    assert read_report(world.body("rfc7469", new=1, newer=[{}])).ignored == 2
    assert read_report(world.body("expect-ct")).ignored == 1  # scts


def test_a_pin_that_is_none_is_kept_as_text(world) -> None:
    """The client may know spellings that we do not; repetitions count once."""
    pin = world.backup.spell(Spelling.HPKP)
    report = read_report(world.body("rfc7469", known_pins=[pin, "pin-sha3=x", pin, "pin-sha3=x"]))
    assert (report.pins, report.unread_pins) == ((world.backup,), ("pin-sha3=x",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T09:30:00Z", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("2026-11-23t09:30:00.1234567z", datetime(2026, 11, 23, 9, 30, 0, 123456, UTC)),
        ("2026-11-23T10:30:00+0100", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("2026-11-23T10:30:00GMT+01:00", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        (None, None),
    ],
)
def test_dates(text, expected, world) -> None:
    """RFC 3339, as platforms write it."""
    assert read_report(world.body("rfc7469", date_time=text)).occurred_at == expected


BAD = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"hostname": None}, "hostname: it is missing; expected what every report of its form has"),
        ({"known_pins": None}, "known-pins: it is missing"),
        ({"hostname": 7}, "hostname: int; expected str"),
        ({"hostname": "a" * 257}, "hostname: a value that is too long or too large; expected str"),
        ({"hostname": "https://a.example/"}, "hostname: a URL or path in 'https://a.example/'"),
        ({"noted_hostname": "a b"}, "noted-hostname: the character U+0020"),
        ({"port": 65536}, "port: a value that is too long or too large; expected int <= 65535"),
        ({"include_subdomains": "no"}, "include-subdomains: str; expected bool"),
        ({"date_time": "yesterday"}, "date-time: 'yesterday'; expected a date and time as 2026-"),
        ({"date_time": "2026-13-23T09:30:00Z"}, "date-time: '2026-13-23T09:30:00Z'; expected"),
        ({"date_time": "0001-01-01T00:00:00+14:00"}, "date-time: '0001-01-01T00:00:00+14:00'"),
        ({"effective_expiration_date": "x"}, "effective-expiration-date: 'x'; expected a date"),
        ({"known_pins_expiration_date": "x"}, "known-pins-expiration-date: 'x'; expected a date"),
        ({"known_pins": [1]}, "known-pins[0]: int; expected str"),
        ({"known_pins": ["x"] * 257}, "known-pins: a value that is too long or too large"),
        (
            {"served_certificate_chain": ["x"]},
            "served-certificate-chain[0]: 0 certificates in the text; expected one certificate in",
        ),
        ({"served_certificate_chain": [BAD]}, "served-certificate-chain[0]: the block CERTIFICATE"),
        (
            {"validated_certificate_chain": [""] * 17},
            "validated-certificate-chain: a value that is too long or too large; expected array of",
        ),
        (
            {"served_certificate_chain": None, "validated_certificate_chain": None},
            "validated-certificate-chain: it is missing",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_is_refused(changes, error, world) -> None:
    """One sentence: which member, what was seen, what was expected."""
    with pytest.raises(ReportFormatError) as caught:
        read_report(world.body("rfc7469", **changes))
    assert str(caught.value).startswith(error)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "no JSON: Input data was truncated; expected the JSON object of RFC 7469"),
        (b"\xff", "no JSON: "),
        (b'{"hostname": "\\ud800"}', "no JSON: "),
        (b'{"hostname": "\xff"}', "no JSON: "),
        (b"[]", "array; expected the JSON object of RFC 7469"),
        (b'{"x": ' + b"[" * 30_000, "JSON with 30001 arrays and objects; expected"),
        (b'{"expect-ct-report": {"hostname": 7}}', "hostname: int; expected str"),
        (b" " * 65_537, "a report of 65537 bytes; expected 65536 at most"),
    ],
    ids=["empty", "noise", "surrogate", "utf-8", "array", "deep", "envelope", "large"],
)
def test_what_is_no_json_object(body, error) -> None:
    """It is refused whole, whatever it holds."""
    with pytest.raises(ReportFormatError) as caught:
        read_report(body)
    assert str(caught.value).startswith(error)


def test_the_media_type(world) -> None:
    """A report comes as JSON, or as text from a page of another origin."""
    body = world.body("rfc7469")
    assert read_report(body, "Text/Plain;charset=UTF-8") == read_report(body)
    with pytest.raises(ReportFormatError) as caught:
        read_report(body, "application/csp-report")
    assert str(caught.value) == (
        "Content-Type: the media type 'application/csp-report'; expected application/json"
    )


def test_a_collector_may_take_larger_reports(world) -> None:
    """The limit is an argument."""
    body = world.body("rfc7469", filler="x" * 70_000)
    assert read_report(body, most=100_000).ignored == 1


def test_a_code_that_is_not_known(world) -> None:
    """TrustKit may grow more of them."""
    assert read_report(world.body("trustkit-ios", validation_result=99)).result is None


KNOWN = [field.encode_name for field in msgspec.structs.fields(Members)]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = st.sampled_from([*KNOWN, "expect-ct-report", "app-vendor-id"])


@settings(deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    """Noise is a `ReportFormatError` and nothing else."""
    for read in (read_report, skim):
        with pytest.raises(ReportFormatError):
            read(body)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.dictionaries(NAMES, VALUES, max_size=4), cut=st.integers(0, 3))
def test_any_json(changes, cut, world) -> None:
    """A report with anything in it is read, or refused with our own error."""
    report = json.loads(world.body("rfc7469")) | changes
    body = json.dumps(report).encode()
    body = body[: len(body) - cut]
    try:
        found = read_report(body, device=str.encode)
    except ReportFormatError:
        return
    assert len(found.pins) + len(found.unread_pins) <= 256
    # What is kept of a skimmed report is read as the report itself.
    kept = read_report(skim(body).kept)
    assert replace(found, ignored=0, device=None) == kept
