"""From the bytes that were posted to a report, or to one sentence about what is wrong with them.

Strict where a mistake would mislead: types, hosts, dates and certificates. Lenient where the field
is: members that nobody knows are counted, a pin that cannot be read is kept as text.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from keypin.certs.pem import only_certificate
from keypin.errors import CertificateError, HostError, PinError, Place, ReportFormatError
from keypin.pins import Pin, canonical_host
from keypin.reports import members as wire
from keypin.reports.form import EXPECT_CT, FormRow, Result, application, recognise_form, version
from keypin.reports.members import MAX_BODY, Members
from keypin.reports.report import Report

# Media types that clients label reports with. A page may post text/plain alone to another origin
# without asking (Fetch, "CORS-safelisted request-header").
MEDIA_TYPES = (
    "application/json",
    "application/expect-ct-report+json",
    "application/hpkp-report+json",
    "text/plain",
)

# RFC 3339, with the offsets that Java and Objective-C also write: +0000, GMT+01:00.
_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d*(?:GMT|UTC)?(Z|z|[+-]\d\d:?\d\d)",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_report(
    body: bytes,
    content_type: str | None = None,
    *,
    device: Callable[[str], bytes] | None = None,
    most: int = MAX_BODY,
) -> Report:
    """Read a pin failure report of any form.

    Args:
        body: the bytes that were posted, one report.
        content_type: the header of that name; None where there is none.
        device: makes a keyed digest of what names a device (TrustKit's `app-vendor-id`), to tell
            devices apart; without it the name is not even read. The name itself is never kept.
        most: how many bytes a report may have.

    Raises:
        ReportFormatError: it is none, or breaks a limit; the error names the member.
    """
    check_media_type(content_type)
    members, enveloped = wire.decode(body, most)
    row = recognised(members, enveloped=enveloped)
    named = wire.device(body) if device else None
    pins, unread = _pins(members.known_pins or ())
    noted = members.noted_hostname
    return Report(
        form=row.form,
        host=host_of(members.hostname, "hostname"),
        port=members.port or None,
        occurred_at=_time(members.date_time, "date-time"),
        noted_host=host_of(noted, "noted-hostname") if noted else None,
        include_subdomains=members.include_subdomains,
        enforced=members.enforce_pinning,
        expires=_expiry(members),
        application=application(members),
        version=version(members),
        platform=row.platform or (members.app_platform or "").lower() or None,
        platform_version=members.app_platform_version,
        library=members.trustkit_version,
        served=_chain(members.served_certificate_chain, "served-certificate-chain"),
        validated=_chain(members.validated_certificate_chain, "validated-certificate-chain"),
        pins=pins,
        unread_pins=unread,
        result=Result.of(members.validation_result),
        policy=members.policy,
        device=device(named) if device and named else None,
        ignored=wire.ignored(body),
    )


def check_media_type(content_type: str | None) -> None:
    """Refuse what a header calls something else than a report.

    Raises:
        ReportFormatError: it does.
    """
    name = (content_type or MEDIA_TYPES[0]).partition(";")[0].strip().lower()
    if name not in MEDIA_TYPES:
        raise ReportFormatError(
            f"the media type {name[:80]!r}",
            expected=MEDIA_TYPES[0],
            place=Place(key="Content-Type"),
        )


def recognised(members: Members, *, enveloped: bool) -> FormRow:
    """Return the form of a report, which has what its form must have.

    Raises:
        ReportFormatError: a member is missing.
    """
    row = EXPECT_CT if enveloped else recognise_form(members)
    if members.hostname is None:
        raise _missing("hostname")
    if row.pins and members.known_pins is None:
        raise _missing("known-pins")
    if members.served_certificate_chain is None and members.validated_certificate_chain is None:
        raise _missing("validated-certificate-chain")
    return row


def host_of(text: str | None, member: str) -> str:
    """Return the canonical form of a host.

    Raises:
        ReportFormatError: it is none.
    """
    try:
        return canonical_host(text or "")
    except HostError as error:
        raise ReportFormatError(
            error.seen, expected=error.expected, place=Place(key=member)
        ) from error


def _missing(member: str) -> ReportFormatError:
    return ReportFormatError(
        "it is missing", expected="what every report of its form has", place=Place(key=member)
    )


def _expiry(members: Members) -> datetime | None:
    """Return when the policy expires; TrustKit tells the day alone, in UTC."""
    day = members.known_pins_expiration_date
    if day is not None and _DAY.fullmatch(day):
        return _time(f"{day}T00:00:00Z", "known-pins-expiration-date")
    return _time(day, "known-pins-expiration-date") or _time(
        members.effective_expiration_date, "effective-expiration-date"
    )


def _time(text: str | None, member: str) -> datetime | None:
    if text is None:
        return None
    found = _DATE.fullmatch(text)
    written = "".join(found.groups()).upper() if found else ""
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ReportFormatError(
            repr(text[:40]),
            expected="a date and time as 2026-11-23T09:30:00Z (RFC 3339)",
            place=Place(key=member),
        ) from error


def _chain(pems: list[str] | None, member: str) -> tuple[bytes, ...]:
    return tuple(_der(pem, f"{member}[{index}]") for index, pem in enumerate(pems or ()))


def _der(pem: str, member: str) -> bytes:
    try:
        return only_certificate(pem)
    except CertificateError as error:
        raise ReportFormatError(
            error.seen, expected="one certificate in PEM (RFC 7468)", place=Place(key=member)
        ) from error


def _pins(texts: list[str] | tuple[str, ...]) -> tuple[tuple[Pin, ...], tuple[str, ...]]:
    """Return the pins, each once in their order, and the texts that are none."""
    pins: dict[Pin, None] = {}
    unread: dict[str, None] = {}
    for text in texts:
        try:
            pins[Pin.parse(text)] = None
        except PinError:
            unread[text] = None
    return tuple(pins), tuple(unread)
