"""HTTP Public Key Pinning: the headers `Public-Key-Pins` and `Public-Key-Pins-Report-Only`.

RFC 7469, whole: directives in any order, names in any case, unknown ones ignored, and a header that
does not conform ignored altogether, which here means refused with the reason. Browsers have dropped
it (Chrome 72, Firefox 72), so that sites that still send it protect nobody and risk what is left.

The header does not say its host: it is read from a comment `# HOST` above it, or is given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from keypin.errors import FormatError, Place
from keypin.findings import Finding, Severity
from keypin.formats.abilities import Abilities
from keypin.formats.draft import Draft, pin_of, placed
from keypin.formats.form import Form, Reading
from keypin.formats.loss import Effect, Loss, lost
from keypin.formats.notes import heading, read_heading
from keypin.formats.remark import Remark
from keypin.pins import HostPattern, Mode, PinSet, Policy, PolicyPin, Spelling
from keypin.pins.policy import ENOUGH_PINS

_WHAT = "a Public-Key-Pins header"

# RFC 7469 section 4.1 suggests sixty days, and Chrome capped it there.
LONGEST = 60 * 24 * 60 * 60

DEPRECATED = Remark(
    "hpkp-deprecated",
    Severity.WARNING,
    "No current browser honours it; older ones that still do can be bricked by it.",
    "Send max-age=0 for as long as the old max-age was, then take the header out.",
)
NO_BACKUP_PIN = Remark(
    "hpkp-no-backup",
    Severity.ERROR,
    "Without a pin that is not in the chain, browsers do not note the header (RFC 7469, 2.5).",
    "Add the pin of a backup key.",
)
TOO_LONG = Remark(
    "hpkp-max-age",
    Severity.WARNING,
    "For that long a browser that saw it refuses every other key; sixty days are the cap.",
    "Set max-age to 5184000 or less.",
)
REMOVES = Remark(
    "hpkp-removes",
    Severity.NOTE,
    "It makes browsers forget the pins of the host (RFC 7469, 2.3.1).",
    "Keep it until the longest max-age that was ever sent is over.",
)
NO_REPORT = Remark(
    "hpkp-report-only-silent",
    Severity.WARNING,
    "A report-only header without report-uri does nothing.",
    "Add report-uri, or leave the header out.",
)
UNKNOWN_HASH = Remark(
    "hpkp-unknown-hash",
    Severity.WARNING,
    "Only sha256 is defined; the pin is ignored (RFC 7469, 2.1.1).",
    "Pin the SHA-256 digest.",
)
SECOND = Remark(
    "hpkp-second-header",
    Severity.WARNING,
    "Only the first header of each kind is processed (RFC 7469, 2.3.1).",
    "Send one.",
)
REMARKS = (DEPRECATED, NO_BACKUP_PIN, TOO_LONG, REMOVES, NO_REPORT, UNKNOWN_HASH, SECOND)

CAN = Abilities(
    addresses=False,
    fewest=2,
    report_only=True,
    report_to=True,
    names=True,
    forbidden=("\\",),
)

_FIELD = re.compile(
    r"public-key-pins(?P<only>-report-only)?[\"']?\s*[:,\s]\s*(?P<value>\S.*)", re.IGNORECASE
)
_HOST = re.compile(r"#\s*(?:https?://)?((?:\*\*\.)?[A-Za-z0-9.-]+)/?\s*")
_DIRECTIVE = re.compile(
    r"""[ \t]*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)
    (?:[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[!#$%&'*+.^_`|~0-9A-Za-z-]+)))?
    [ \t]*(?P<end>;|$)""",
    re.VERBOSE,
)


@dataclass
class _Header:
    """What a header says."""

    report_only: bool
    place: Place
    pins: list[PolicyPin] = field(default_factory=list[PolicyPin])
    unknown: list[str] = field(default_factory=list[str])
    settings: dict[str, str] = field(default_factory=dict[str, str])

    def fail(self, seen: str, expected: str) -> NoReturn:
        """Refuse the header, as RFC 7469 section 2.1 has browsers ignore it whole."""
        raise FormatError(seen, expected=expected, place=self.place)


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    draft = Draft(name)
    seen: set[tuple[str, bool]] = set()
    noted: dict[str, _Header] = {}
    for line, content in enumerate(text.split("\n"), 1):
        if content.startswith("#"):
            title = read_heading(content.lstrip("# ").strip())
            found = _HOST.fullmatch(content.strip())
            draft.title = title or draft.title
            host = found[1] if found and not title and "." in found[1].strip(".") else host
        elif field_ := _FIELD.search(content):
            place = draft.place(line)
            header = _header(_unquoted(field_["value"].strip()), bool(field_["only"]), place)
            if host is None:
                expected = "a comment `# HOST` above it, or --for HOST"
                header.fail("a header without its host", expected)
            draft.findings.extend(_remarks(host, header))
            if (host, header.report_only) in seen:
                draft.findings.append(SECOND.at(host, "a second header", place))
            elif host not in noted or noted[host].report_only:
                noted[host] = header
            seen.add((host, header.report_only))
    for called, header in noted.items():
        _add(draft, called, header)
    return Reading(pin_set=draft.pin_set(_WHAT), findings=tuple(draft.findings))


def _unquoted(value: str) -> str:
    """Return a field's value without the quotes that a server's configuration has around it."""
    if value[0] in "\"'" and (end := value.rfind(value[0])) > 0:
        return value[1:end].replace("\\" + value[0], value[0])
    return value


def _header(value: str, report_only: bool, place: Place) -> _Header:  # noqa: FBT001 - it is what was seen
    header = _Header(report_only, place)
    position = 0
    while position < len(value):
        found = _DIRECTIVE.match(value, position)
        if found is None:
            header.fail(f"no directive at {value[position : position + 40]!r}", "name=value; ...")
        _directive(header, found)
        position = found.end()
    if not report_only and "max-age" not in header.settings:
        header.fail("no max-age", "max-age=SECONDS (RFC 7469 section 2.1.2)")
    return header


def _directive(header: _Header, found: "re.Match[str]") -> None:
    name = found["name"].lower()
    quoted: str | None = found["quoted"]
    value = found["token"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    if name.startswith("pin-"):
        if quoted is None:
            header.fail(f"{name} without a quoted value", 'pin-sha256="BASE64"')
        if name == "pin-sha256":
            header.pins.append(pin_of(f"sha256/{value}", header.place))
        else:
            header.unknown.append(name)
    elif name in header.settings:
        header.fail(f"{name} for the second time", "each directive once (RFC 7469 section 2.1)")
    elif name == "max-age" and re.fullmatch(r"[0-9]{1,18}", value or "") is None:
        header.fail(f"max-age={(value or '')[:40]}", "seconds, in at most 18 digits")
    elif name == "includesubdomains" and value is not None:
        header.fail("includeSubDomains with a value", "none (RFC 7469 section 2.1.3)")
    else:
        header.settings[name] = value or ""


def _remarks(host: str, header: _Header) -> Iterator[Finding]:
    name = "Public-Key-Pins" + "-Report-Only" * header.report_only
    yield DEPRECATED.at(host, f"{name} is sent", header.place)
    for unknown in header.unknown:
        yield UNKNOWN_HASH.at(host, f"a {unknown}", header.place)
    age = int(header.settings.get("max-age", 0))
    if header.report_only:
        if not header.settings.get("report-uri"):
            yield NO_REPORT.at(host, "no report-uri", header.place)
    elif age == 0:
        yield REMOVES.at(host, "max-age=0", header.place)
    elif len({entry.pin for entry in header.pins}) < ENOUGH_PINS:
        yield NO_BACKUP_PIN.at(host, f"{len(header.pins)} pin", header.place)
    if age > LONGEST:
        yield TOO_LONG.at(host, f"max-age={age}", header.place)


def _add(draft: Draft, host: str, header: _Header) -> None:
    below = "includesubdomains" in header.settings and not host.startswith("**.")
    removes = not header.report_only and int(header.settings["max-age"]) == 0
    if not header.pins and not removes:
        header.fail("no pin-sha256", "one for each key that is accepted")
    settings: dict[str, Any] = {}
    if header.pins and not removes:
        address = header.settings.get("report-uri")
        settings["report_to"] = (address,) if address else ()
        settings["mode"] = Mode.REPORT if header.report_only else Mode.ENFORCE
    with placed(header.place):
        pattern = HostPattern.parse(f"**.{host}" if below else host)
    draft.add(pattern, () if removes else header.pins, header.place, **settings)


def _write(pin_set: PinSet) -> str:
    rows = "".join(_row(policy) for policy in pin_set.policies)
    return f"# {heading(pin_set.name)}\n{rows}"


def _row(policy: Policy) -> str:
    name = "Public-Key-Pins" + "-Report-Only" * (policy.mode is Mode.REPORT)
    directives = [entry.pin.spell(Spelling.HPKP) for entry in policy.pins]
    if policy.mode is Mode.ENFORCE:
        directives.append(f"max-age={LONGEST}")
    if policy.host.wildcard:
        directives.append("includeSubDomains")
    if policy.report_to:
        directives.append(f'report-uri="{policy.report_to[0]}"')
    return f"\n# {policy.host.name}\n{name}: {'; '.join(directives)}\n"


def _own(pin_set: PinSet) -> Iterator[Loss]:
    for policy in pin_set.policies:
        if len(policy.report_to) > 1:
            message = "a header has one report address, the first"
            yield lost(policy, "reports", Effect.DROPPED, message, "name one")
        if policy.exempt is None and "." not in policy.host.name:
            message = "a name without a dot is not read back from the comment"
            yield lost(policy, "dotless-host", Effect.DROPPED, message, "keep it in pins.toml")


def _is_header(text: str, name: str) -> bool:  # noqa: ARG001 - the header's name tells
    return re.search(r"^[^#\n]*public-key-pins", text, re.IGNORECASE | re.MULTILINE) is not None


FORM = Form(
    id="hpkp",
    title="Public-Key-Pins headers",
    file="headers.txt",
    language="http",
    can=CAN,
    read=_read,
    write=_write,
    own=_own,
    detect=_is_header,
    page="how-to/platforms/hpkp.md",
)
FORMS = (FORM,)
