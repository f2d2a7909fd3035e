"""TrustKit for iOS and its siblings: `TSKConfiguration` in Info.plist, and the same in code.

https://datatheorem.github.io/TrustKit/documentation/trustkit. The domain itself decides first, then
the longest parent with `TSKIncludeSubdomains`. From `TSKExpirationDate` on (midnight, UTC) a domain
is no longer pinned; a date that cannot be read means never. Two pins are demanded where pinning is
enforced. Reports go to its maker too unless the default report URI is disabled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from keypin.findings import Finding
from keypin.formats.abilities import CODE_FORBIDS, XML_FORBIDS, Abilities, Expiry
from keypin.formats.draft import Draft, pin_of, placed
from keypin.formats.form import Form, Reading
from keypin.formats.notes import pin_note, policy_notes
from keypin.formats.plist import Dict, PlistReader, comments, document, pin_line, string
from keypin.formats.table import Idiom, date_of, day_of, read_table, table_heading, table_notes
from keypin.formats.trustkit_android import DEFAULT_REPORTS, ENFORCE_OFF, TOO_FEW
from keypin.pins import Mode, OnExpiry, PinSet, Policy, Spelling
from keypin.pins.policy import ENOUGH_PINS

_WHAT = "an Info.plist with TSKConfiguration > TSKPinnedDomains"

CAN = Abilities(
    addresses=False,
    fewest=2,
    expiry=Expiry.DATE,
    on_expiry=OnExpiry.ALLOW,
    report_only=True,
    report_to=True,
    exempt=True,
    exempt_below=False,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=XML_FORBIDS,
)


def _read_plist(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    draft, reader = Draft(name), PlistReader(name)
    root = reader.root(text, _WHAT)
    draft.title = reader.title
    configuration = reader.inner(root, "TSKConfiguration") or root
    domains = reader.inner(configuration, "TSKPinnedDomains")
    if domains is not None:
        for domain in domains.entries:
            _add(draft, reader, domains, domain)
    return Reading(pin_set=draft.pin_set(_WHAT), findings=tuple(draft.findings))


def _add(draft: Draft, reader: PlistReader, domains: Dict, domain: str) -> None:
    key, value = domains.entries[domain]
    place = reader.place(key)
    entry = reader.dict(value)
    pins = [
        pin_of(f"sha256/{element.text.strip()}", reader.place(element), note=element.behind)
        for element in reader.array(entry, "TSKPublicKeyHashes", "string")
    ]
    below = reader.flag(entry, "TSKIncludeSubdomains", default=False)
    pattern = f"**.{domain}" if below else domain
    if reader.flag(entry, "TSKExcludeSubdomainFromParentPolicy", default=False):
        draft.add(domain, (), place, key.above)
        return
    if not pins:
        reader.fail(key, f"no pins for {domain}", "TSKPublicKeyHashes")
    settings: dict[str, object] = {
        "report_to": tuple(
            element.text.strip() for element in reader.array(entry, "TSKReportUris", "string")
        )
    }
    if (until := reader.text(entry, "TSKExpirationDate")) is not None:
        with placed(reader.place(entry.entries["TSKExpirationDate"][1])):
            settings |= {"expires": date_of(until[:10]), "on_expiry": OnExpiry.ALLOW}
    if not reader.flag(entry, "TSKEnforcePinning", default=True):
        settings["mode"] = Mode.REPORT
    policy = draft.add(pattern, pins, place, key.above, **settings)
    default = not reader.flag(entry, "TSKDisableDefaultReportUri", default=False)
    draft.findings.extend(_remarks(policy, default=default))


def _remarks(policy: Policy, *, default: bool) -> Iterator[Finding]:
    host = str(policy.host)
    if policy.mode is Mode.REPORT:
        yield ENFORCE_OFF.at(host, "pinning is not enforced", policy.place)
    elif len(policy.pins) < ENOUGH_PINS:
        yield TOO_FEW.at(host, "one pin", policy.place)
    if default:
        yield DEFAULT_REPORTS.at(host, "the default report URI is in use", policy.place)


def _write_plist(pin_set: PinSet) -> str:
    domains = [line for policy in pin_set.policies for line in _domain(policy)]
    return document(
        pin_set,
        [
            "<dict>",
            "    <key>TSKConfiguration</key>",
            "    <dict>",
            "        <key>TSKSwizzleNetworkDelegates</key>",
            "        <false/>",
            "        <key>TSKPinnedDomains</key>",
            "        <dict>",
            *domains,
            "        </dict>",
            "    </dict>",
            "</dict>",
        ],
    )


def _domain(policy: Policy) -> Iterator[str]:
    indent = " " * 12
    yield from comments(policy_notes(policy, XML_FORBIDS), indent)
    yield f"{indent}<key>{policy.host.name}</key>"
    yield f"{indent}<dict>"
    for key, lines in _values(policy):
        yield f"{indent}    <key>TSK{key}</key>"
        yield from (f"{indent}    {line}" for line in lines)
    yield f"{indent}</dict>"


def _values(policy: Policy) -> Iterator[tuple[str, list[str]]]:
    """Yield the keys of a domain, each with the lines of its value."""
    if policy.exempt is not None:
        yield "ExcludeSubdomainFromParentPolicy", ["<true/>"]
        return
    yield "EnforcePinning", [_bool(policy.mode is Mode.ENFORCE)]
    yield "IncludeSubdomains", [_bool(bool(policy.host.wildcard))]
    yield "PublicKeyHashes", _array("".join(pin_line(entry)) for entry in policy.pins)
    if policy.expires is not None:
        yield "ExpirationDate", [string(day_of(policy.expires))]
    yield "DisableDefaultReportUri", ["<true/>"]
    if policy.report_to:
        yield "ReportUris", _array(map(string, policy.report_to))


def _bool(value: bool) -> str:  # noqa: FBT001 - it is what is written
    return "<true/>" if value else "<false/>"


def _array(lines: Iterable[str]) -> list[str]:
    return ["<array>", *(f"    {line}" for line in lines), "</array>"]


_BEFORE = """\
import TrustKit

let configuration: [String: Any] = [
    kTSKSwizzleNetworkDelegates: false,
    kTSKPinnedDomains: [
"""
_AFTER = """\
    ],
]

/// Call it once, when the app starts.
func startPinning() {
    TrustKit.initSharedInstance(withConfiguration: configuration)
}
"""


_CODE = Idiom("kTSKPinnedDomains with hashes")


def _read_code(text: str, *, name: str | None, host: str | None) -> Reading:
    reading = read_table(text, _CODE, name=name, host=host)
    default = "kTSKDisableDefaultReportUri" not in text
    found = [
        finding
        for policy in reading.pin_set.policies
        if policy.exempt is None
        for finding in _remarks(policy, default=default)
    ]
    return replace(reading, findings=(*reading.findings, *found))


def _write_code(pin_set: PinSet) -> str:
    rows = "\n".join(line for policy in pin_set.policies for line in _row(policy))
    return f"{table_heading(pin_set)}\n\n{_BEFORE}{rows}\n{_AFTER}"


def _row(policy: Policy) -> Iterator[str]:
    indent = " " * 8
    yield from (f"{indent}// {note}" for note in table_notes(policy))
    yield f'{indent}"{policy.host.name}": ['
    if policy.exempt is not None:
        yield f"{indent}    kTSKExcludeSubdomainFromParentPolicy: true,"
    else:
        yield f"{indent}    kTSKEnforcePinning: {str(policy.mode is Mode.ENFORCE).lower()},"
        yield f"{indent}    kTSKIncludeSubdomains: {str(bool(policy.host.wildcard)).lower()},"
        yield f"{indent}    kTSKPublicKeyHashes: ["
        for entry in policy.pins:
            note = pin_note(entry, CODE_FORBIDS)
            behind = f" // {note}" if note else ""
            yield f'{indent}        "{entry.pin.spell(Spelling.BASE64)}",{behind}'
        yield f"{indent}    ],"
        if policy.expires is not None:
            yield f'{indent}    kTSKExpirationDate: "{day_of(policy.expires)}",'
        yield f"{indent}    kTSKDisableDefaultReportUri: true,"
        if policy.report_to:
            addresses = ", ".join(f'"{address}"' for address in policy.report_to)
            yield f"{indent}    kTSKReportUris: [{addresses}],"
    yield f"{indent}],"


def _is_plist(text: str, name: str) -> bool:  # noqa: ARG001 - the key tells
    return "<key>TSKPinnedDomains</key>" in text


def _is_code(text: str, name: str) -> bool:  # noqa: ARG001 - the constant tells
    return "kTSKPinnedDomains" in text


PLIST = Form(
    id="trustkit-ios",
    title="TrustKit's configuration in Info.plist",
    file="Info.plist",
    language="xml",
    can=CAN,
    read=_read_plist,
    write=_write_plist,
    detect=_is_plist,
    page="how-to/platforms/trustkit.md",
)
CODE = Form(
    id="trustkit-ios-code",
    title="TrustKit's configuration in Swift",
    file="Pinning.swift",
    language="swift",
    can=replace(CAN, dotless=False, forbidden=CODE_FORBIDS),
    read=_read_code,
    write=_write_code,
    detect=_is_code,
    page="how-to/platforms/trustkit.md",
)
FORMS = (PLIST, CODE)
