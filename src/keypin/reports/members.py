"""The members of reports in JSON, decoded in one pass with every limit checked on the way.

One structure holds the members of every form, since all grew out of RFC 7469 section 3. What is not
listed here is never read, and so never kept: `app-vendor-id`, by which TrustKit names a device,
does not stand in it. Must not know what members mean.
"""

import re
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from keypin.errors import Place, ReportFormatError

MAX_BODY = 64 * 1024
"""Bytes of a report, unless a collector says otherwise: two chains of ten take 40 kB."""
MAX_CERTIFICATES = 16
"""Certificates of one chain; TLS clients build paths of up to ten."""
MAX_PEM = 32 * 1024
"""Characters of one certificate; those in use have 2,000 to 8,000."""
MAX_PINS = 256
MAX_TEXT = 256
"""Characters of any other text; a host has 253."""
MAX_BRACKETS = 128
"""Opening brackets and braces, and so the depth, which parsers bound differently."""

_T = TypeVar("_T")
_Text = Annotated[str, Meta(max_length=MAX_TEXT)]
_Pem = Annotated[str, Meta(max_length=MAX_PEM)]
_Chain = Annotated[list[_Pem], Meta(max_length=MAX_CERTIFICATES)]
_Pins = Annotated[list[_Text], Meta(max_length=MAX_PINS)]
_Port = Annotated[int, Meta(ge=0, le=65535)]
_Code = Annotated[int, Meta(ge=-128, le=127)]


class Members(msgspec.Struct, rename="kebab", omit_defaults=True):
    """What a report says, None where it does not."""

    # RFC 7469 section 3.
    date_time: _Text | None = None
    hostname: _Text | None = None
    port: _Port | None = None
    effective_expiration_date: _Text | None = None
    include_subdomains: bool | None = None
    noted_hostname: _Text | None = None
    served_certificate_chain: _Chain | None = None
    validated_certificate_chain: _Chain | None = None
    known_pins: _Pins | None = None
    # TrustKit, on iOS and Android.
    app_bundle_id: _Text | None = None
    app_version: _Text | None = None
    app_platform: _Text | None = None
    app_platform_version: _Text | None = None
    trustkit_version: _Text | None = None
    enforce_pinning: bool | None = None
    validation_result: _Code | None = None
    known_pins_expiration_date: _Text | None = None
    # keypin.
    app: _Text | None = None
    version: _Text | None = None
    policy: _Text | None = None


class Envelope(msgspec.Struct, rename="kebab"):
    """What Expect-CT puts around it."""

    expect_ct_report: Members | None = None


class _Device(msgspec.Struct, rename="kebab"):
    app_vendor_id: _Text | None = None


_MEMBERS = msgspec.json.Decoder(Members)
_ENVELOPE = msgspec.json.Decoder(Envelope)
_DEVICE = msgspec.json.Decoder(_Device)
_NAMES = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(Members))
_PATH = re.compile(r"(.*?) - at `\$\.?(.*?)`")

_EXPECTED = "the JSON object of RFC 7469 section 3, or one that TrustKit, Expect-CT or keypin sends"


def decode(body: bytes, most: int) -> tuple[Members, bool]:
    """Return the members of a report, and whether they stood in Expect-CT's envelope.

    Args:
        body: the bytes that were posted.
        most: how many there may be.

    Raises:
        ReportFormatError: it is no JSON object, a member is of another type or too long, or there
            are too many arrays and objects in it.
    """
    if len(body) > most:
        raise ReportFormatError(f"a report of {len(body)} bytes", expected=f"{most} at most")
    if (brackets := body.count(b"[") + body.count(b"{")) > MAX_BRACKETS:
        raise ReportFormatError(
            f"JSON with {brackets} arrays and objects", expected=f"{MAX_BRACKETS} at most"
        )
    members = _decoded(_MEMBERS, body)
    if members.hostname is None:
        inner = _decoded(_ENVELOPE, body).expect_ct_report
        if inner is not None:
            return inner, True
    return members, False


def device(body: bytes) -> str | None:
    """Return what TrustKit names the device by; only for whoever makes a keyed digest of it."""
    return _decoded(_DEVICE, body).app_vendor_id or None


def ignored(body: bytes) -> int:
    """Return how many members nobody reads, of a body that was decoded."""
    names = _decoded(_NAMES, body)
    inner = names.get("expect-ct-report")
    if "hostname" not in names and inner is not None:
        names = _decoded(_NAMES, bytes(inner))
    return len(names.keys() - _KNOWN)


def encode(members: Members, *, enveloped: bool) -> bytes:
    """Return members as JSON again: what was read, and nothing else that the body held."""
    return _ENCODER.encode(Envelope(members) if enveloped else members)


def _decoded(decoder: "msgspec.json.Decoder[_T]", body: bytes) -> _T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportFormatError(f"no JSON: {error}", expected=_EXPECTED) from error


def _refused(text: str) -> ReportFormatError:
    """Return msgspec's sentence as ours: `Expected A, got B - at $.member`."""
    found = _PATH.fullmatch(text)
    said, key = found.groups() if found else (text, "")
    wanted, _, seen = said.removeprefix("Expected ").partition(", got ")
    wanted = wanted.replace("`", "").replace(" | null", "")
    return ReportFormatError(
        seen.replace("`", "") or "a value that is too long or too large",
        expected=wanted if key else _EXPECTED,
        place=Place(key=key.removeprefix("expect-ct-report.")) if key else None,
    )
