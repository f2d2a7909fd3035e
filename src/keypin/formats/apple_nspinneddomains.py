"""Apple's identity pinning, `NSPinnedDomains` in an app's Info.plist.

https://developer.apple.com/documentation/bundleresources/information-property-list/nspinneddomains.
From iOS 14 and macOS 11 on, for connections of the URL Loading System. A domain has a list of CA
identities, of which any CA in the chain may match, or of leaf identities, or both: then both must
match. There is no expiry, no report, and no way to exempt a subdomain.
"""

from collections.abc import Iterator

from keypin.errors import FormatError, Place
from keypin.findings import Finding, Severity
from keypin.formats.abilities import XML_FORBIDS, Abilities, Positions
from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Form, Reading
from keypin.formats.notes import policy_notes
from keypin.formats.plist import Dict, PlistReader, comments, document, pin_line
from keypin.formats.remark import Remark
from keypin.pins import PinPosition, PinSet, Policy, PolicyPin

LISTS = {
    "NSPinnedCAIdentities": PinPosition.CA,
    "NSPinnedLeafIdentities": PinPosition.LEAF,
}
_HASH = "SPKI-SHA256-BASE64"
_INSECURE = "NSExceptionAllowsInsecureHTTPLoads"
_WHAT = "an Info.plist with NSAppTransportSecurity > NSPinnedDomains"

NO_SUBDOMAINS = Remark(
    "apple-no-subdomains",
    Severity.NOTE,
    "Subdomains are not pinned unless NSIncludesSubdomains says so; that is its default.",
    "Set NSIncludesSubdomains, or name each host that the app calls.",
)
BOTH_LISTS = Remark(
    "apple-both-lists",
    Severity.WARNING,
    "A chain must match the CA list and the leaf list: either alone can brick the app.",
    "Pin the CA, as Apple advises, or the leaf, unless both is meant.",
)
ARBITRARY_LOADS = Remark(
    "apple-arbitrary-loads",
    Severity.ERROR,
    "App Transport Security is switched off where it would enforce these pins.",
    "Take the exception out for the hosts that are pinned.",
)
INSECURE_LOADS = Remark(
    "apple-insecure-loads",
    Severity.ERROR,
    "A connection without TLS has no certificate that a pin could match.",
    "Take NSExceptionAllowsInsecureHTTPLoads out for the hosts that are pinned.",
)
REMARKS = (NO_SUBDOMAINS, BOTH_LISTS, ARBITRARY_LOADS, INSECURE_LOADS)

CAN = Abilities(
    addresses=False,
    positions=Positions.LEAF_OR_CA,
    also=True,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=XML_FORBIDS,
)


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    draft, reader = Draft(name), PlistReader(name)
    root = reader.root(text, _WHAT)
    draft.title = reader.title
    security = reader.inner(root, "NSAppTransportSecurity") or root
    domains = reader.inner(security, "NSPinnedDomains")
    if domains is None:
        raise FormatError("no pins", expected=_WHAT, place=draft.place(None))
    for domain in domains.entries:
        _add(draft, reader, domains, domain)
    if reader.flag(security, "NSAllowsArbitraryLoads", default=False):
        place = draft.place(security.line_of("NSAllowsArbitraryLoads"))
        draft.findings.append(ARBITRARY_LOADS.at("the app", "arbitrary loads are allowed", place))
    draft.findings.extend(_insecure(draft, reader, security))
    return Reading(pin_set=draft.pin_set(_WHAT), findings=tuple(draft.findings))


def _add(draft: Draft, reader: PlistReader, domains: Dict, domain: str) -> None:
    key, value = domains.entries[domain]
    place = reader.place(key)
    entry = reader.dict(value)
    found = (tuple(_identities(reader, entry, name)) for name in entry.entries if name in LISTS)
    lists = [identities for identities in found if identities]
    if not lists:
        reader.fail(key, f"no identities for {domain}", " or ".join(LISTS))
    pins, also = lists if len(lists) > 1 else (lists[0], ())
    if also:
        draft.findings.append(BOTH_LISTS.at(domain, "both lists have identities", place))
    below = reader.flag(entry, "NSIncludesSubdomains", default=False)
    if not below:
        draft.findings.append(NO_SUBDOMAINS.at(domain, "its subdomains are not pinned", place))
    draft.add(f"**.{domain}" if below else domain, pins, place, key.above, also=also)


def _insecure(draft: Draft, reader: PlistReader, security: Dict) -> Iterator[Finding]:
    """Yield the pinned domains for which an exception allows connections without TLS."""
    exceptions = reader.inner(security, "NSExceptionDomains")
    allowed: dict[str, tuple[Place, bool]] = {}
    for domain, (_, value) in exceptions.entries.items() if exceptions else ():
        entry = reader.dict(value)
        if reader.flag(entry, _INSECURE, default=False):
            below = reader.flag(entry, "NSIncludesSubdomains", default=False)
            allowed[domain.lower()] = reader.place(entry.entries[_INSECURE][0]), below
    pinned = {policy.host.name: policy for policy in draft.policies}
    for name, policy in pinned.items():
        for above in _with_parents(name):
            place, below = allowed.get(above, (None, False))
            if below or (place and above == name):
                yield INSECURE_LOADS.at(str(policy.host), f"{above} may be called by http", place)
    for name, (place, _) in allowed.items():
        for above in _with_parents(name):
            if above != name and above in pinned and pinned[above].host.wildcard:
                host = str(pinned[above].host)
                yield INSECURE_LOADS.at(host, f"{name} may be called by http", place)


def _with_parents(name: str) -> Iterator[str]:
    """Yield a name, and each name above it."""
    while name:
        yield name
        name = name.partition(".")[2]


def _identities(reader: PlistReader, entry: Dict, name: str) -> Iterator[PolicyPin]:
    for element in reader.array(entry, name, "dict"):
        identity = reader.dict(element)
        text = reader.text(identity, _HASH)
        if text is None:
            reader.fail(element, f"an identity of {name} without {_HASH}", f"<key>{_HASH}</key>")
        value = identity.entries[_HASH][1]
        note = value.behind or element.behind
        yield pin_of(f"sha256/{text}", reader.place(value), note=note, position=LISTS[name])


def _write(pin_set: PinSet) -> str:
    domains = [line for policy in pin_set.policies for line in _domain(policy)]
    return document(
        pin_set,
        [
            "<dict>",
            "    <key>NSAppTransportSecurity</key>",
            "    <dict>",
            "        <key>NSPinnedDomains</key>",
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
    yield f"{indent}    <key>NSIncludesSubdomains</key>"
    yield f"{indent}    <{'true' if policy.host.wildcard else 'false'}/>"
    for entries in filter(None, (policy.pins, policy.also)):
        leaf = entries[0].pin.position is PinPosition.LEAF
        yield f"{indent}    <key>NSPinned{'Leaf' if leaf else 'CA'}Identities</key>"
        yield f"{indent}    <array>"
        for entry in entries:
            line, note = pin_line(entry)
            yield f"{indent}        <dict>"
            yield f"{indent}            <key>{_HASH}</key>"
            yield f"{indent}            {line}{note}"
            yield f"{indent}        </dict>"
        yield f"{indent}    </array>"
    yield f"{indent}</dict>"


def _is_plist(text: str, name: str) -> bool:  # noqa: ARG001 - the key tells
    return "<key>NSPinnedDomains</key>" in text


FORM = Form(
    id="apple",
    title="Apple's NSPinnedDomains",
    file="Info.plist",
    language="xml",
    can=CAN,
    read=_read,
    write=_write,
    detect=_is_plist,
    page="how-to/platforms/apple.md",
)
FORMS = (FORM,)
