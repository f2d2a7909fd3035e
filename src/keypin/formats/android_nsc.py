"""Android's Network Security Configuration, `res/xml/network_security_config.xml`.

https://developer.android.com/privacy-and-security/security-config. What Android does with it, as
its XmlConfigSource and ApplicationConfig show: the longest matching domain decides; a config
inside another inherits its pins unless it has a `pin-set` of its own; an empty `pin-set` pins
nothing; from the day `expiration` on, in the device's own time zone, pinning is silently off.
`debug-overrides` hold in debuggable builds alone and are no part of the pins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import NoReturn

from keypin.errors import FormatError
from keypin.findings import Finding, Severity
from keypin.formats.abilities import XML_FORBIDS, Abilities, Expiry
from keypin.formats.draft import Draft, pin_of, placed
from keypin.formats.form import Form, Reading
from keypin.formats.notes import heading, pin_note, policy_notes, read_heading
from keypin.formats.remark import Remark
from keypin.formats.table import date_of, day_of
from keypin.formats.xml import Element, parse
from keypin.pins import OnExpiry, PinSet, Policy, PolicyPin, Spelling

_WHAT = "a network-security-config"
_ROOT = "network-security-config"

SILENT_EXPIRY = Remark(
    "android-expiration",
    Severity.WARNING,
    "From that day on, in the device's time zone, Android checks no pin and tells nobody.",
    "Ship a release with a later expiration before that day, or leave it out.",
)
CLEARTEXT = Remark(
    "android-cleartext",
    Severity.ERROR,
    "A connection without TLS has no certificate that a pin could match.",
    'Set cleartextTrafficPermitted="false" for the hosts that are pinned.',
)
USER_ANCHORS = Remark(
    "android-user-anchors",
    Severity.WARNING,
    "Certificates that the user installed are trusted for these hosts; pins still hold, unless "
    "overridePins is set.",
    'Take <certificates src="user"/> out, or into debug-overrides.',
)
OVERRIDE_PINS = Remark(
    "android-override-pins",
    Severity.ERROR,
    "A chain that ends at such an anchor is accepted whatever its keys are.",
    "Take overridePins out; debug-overrides serve debuggable builds.",
)
NO_CT = Remark(
    "android-ct-off",
    Severity.NOTE,
    "Android 16 then accepts certificates for these hosts that no log has seen.",
    "Leave Certificate Transparency on.",
)
REMARKS = (SILENT_EXPIRY, CLEARTEXT, USER_ANCHORS, OVERRIDE_PINS, NO_CT)

CAN = Abilities(
    expiry=Expiry.DATE,
    on_expiry=OnExpiry.ALLOW,
    exempt=True,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=XML_FORBIDS,
)


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a domain-config inside another takes over."""

    pins: tuple[PolicyPin, ...] = ()
    expiration: str | None = None
    cleartext: bool = False  # the default from Android 9 on
    anchors: tuple[Element, ...] = ()  # the elements <certificates>
    transparency: Element | None = None


class ConfigReader:
    """Reads a configuration; TrustKit's reader adds to it."""

    def __init__(self, name: str | None) -> None:
        self.draft = Draft(name)
        self.seen: set[str] = set()

    def read(self, text: str) -> Reading:
        """Return what a configuration says."""
        root = parse(text, self.draft.name, what=_WHAT)
        if root.tag != _ROOT:
            self.fail(root, f"the element <{root.tag}>", f"<{_ROOT}>")
        self.draft.title = next(filter(None, map(read_heading, root.above)), None)
        for tag in ("base-config", "debug-overrides"):
            self.only_one(root, tag)
        base = Inherited()
        for child in root.all("base-config"):
            base = self.base(child)
        for child in root.all("debug-overrides"):
            self.no_pins(child)
        for child in root.all("domain-config"):
            self.domain_config(child, base)
        return Reading(
            pin_set=self.draft.pin_set("a domain-config with a pin-set"),
            findings=tuple(self.draft.findings),
        )

    def base(self, element: Element) -> Inherited:
        """Return what a base-config hands down; pins are not among it."""
        self.no_pins(element)
        return self.trust(element, Inherited())

    def no_pins(self, element: Element) -> None:
        """Refuse what belongs into a domain-config alone."""
        for tag in ("pin-set", "domain", "domain-config"):
            for child in element.all(tag):
                self.fail(child, f"<{tag}> in <{element.tag}>", f"<{tag}> in <domain-config>")

    def domain_config(self, element: Element, above: Inherited) -> None:
        """Add the policies of a domain-config and of those inside it."""
        for tag in ("pin-set", "trust-anchors"):
            self.only_one(element, tag)
        domains = element.all("domain")
        if not domains:
            self.fail(element, "a domain-config without <domain>", "one domain at least")
        ours = self.pins(element, above)
        settings = {**self.expiry(element, ours), **self.settings(element)}
        for domain in domains:
            self.domain(domain, element, ours, settings)
        for child in element.all("domain-config"):
            self.domain_config(child, ours)

    def domain(
        self, domain: Element, config: Element, ours: Inherited, settings: dict[str, object]
    ) -> None:
        """Add the policy of one domain."""
        host = domain.text.strip().lower()
        if host in self.seen:
            self.fail(domain, f"{host} for the second time", "each domain once")
        self.seen.add(host)
        pattern = f"**.{host}" if _flag(domain, "includeSubdomains") else host
        # Above the first domain stands what is said of the whole domain-config.
        first = config.all("domain")[0] is domain
        notes = domain.above or (config.above if first else ())
        kept = [note for note in notes if read_heading(note) is None]
        place = self.draft.place(domain.line)
        self.draft.add(pattern, ours.pins, place, kept, **settings if ours.pins else {})
        for finding in self.remarks(host, config, ours):
            self.draft.findings.append(finding)

    def settings(self, element: Element) -> dict[str, object]:  # noqa: ARG002 - TrustKit has some
        """Return further settings of a domain-config."""
        return {}

    def pins(self, element: Element, above: Inherited) -> Inherited:
        """Return a domain-config's pins: its own, or those of the one around it."""
        ours = self.trust(element, above)
        for pin_set in element.all("pin-set"):
            pins = tuple(self.pin(child) for child in pin_set.all("pin"))
            return replace(ours, pins=pins, expiration=pin_set.attributes.get("expiration"))
        return ours

    def trust(self, element: Element, above: Inherited) -> Inherited:
        """Return what a config says of trust; what it leaves out is as above it."""
        own = element.all("trust-anchors")
        listed = chain.from_iterable(anchors.all("certificates") for anchors in own)
        switches = element.all("certificateTransparency")
        return replace(
            above,
            cleartext=_flag(element, "cleartextTrafficPermitted", default=above.cleartext),
            anchors=tuple(listed) if own else above.anchors,
            transparency=switches[0] if switches else above.transparency,
        )

    def pin(self, element: Element) -> PolicyPin:
        """Return a pin, with what the comment behind it says."""
        digest = element.attributes.get("digest")
        if digest is None or digest.upper() != "SHA-256":
            self.fail(element, f"the digest {digest!r}", 'digest="SHA-256", the only one there is')
        place = self.draft.place(element.line)
        return pin_of(f"sha256/{element.text.strip()}", place, note=element.behind)

    def expiry(self, element: Element, ours: Inherited) -> dict[str, object]:
        """Return when the pins expire, as settings of a policy."""
        if ours.expiration is None:
            return {}
        with placed(self.draft.place(element.line)):
            expires = date_of(ours.expiration)
        return {"expires": expires, "on_expiry": OnExpiry.ALLOW}

    def remarks(self, host: str, config: Element, ours: Inherited) -> Iterator[Finding]:
        """Yield what the platform's rules say of a pinned host."""
        if not ours.pins:
            return
        place = self.draft.place(config.line)
        if ours.expiration is not None:
            yield SILENT_EXPIRY.at(host, f"pinning ends on {ours.expiration}", place)
        if ours.cleartext:
            yield CLEARTEXT.at(host, "cleartext traffic is permitted", place)
        for source in ours.anchors:
            where = self.draft.place(source.line)
            if _flag(source, "overridePins"):
                src = source.attributes.get("src")
                yield OVERRIDE_PINS.at(host, f"the anchors {src} override pins", where)
            elif source.attributes.get("src") == "user":
                yield USER_ANCHORS.at(host, "the user's certificates are trusted", where)
        switch = ours.transparency
        if switch is not None and not _flag(switch, "enabled", default=True):
            where = self.draft.place(switch.line)
            yield NO_CT.at(host, "Certificate Transparency is switched off", where)

    def only_one(self, element: Element, tag: str) -> None:
        """Refuse a second element of a kind."""
        found = element.all(tag)
        if len(found) > 1:
            self.fail(found[1], f"a second <{tag}> in <{element.tag}>", "one at most")

    def fail(self, element: Element, seen: str, expected: str) -> NoReturn:
        """Refuse the file because of an element."""
        place = self.draft.place(element.line)
        raise FormatError(seen, expected=expected, place=place)


def _flag(element: Element, name: str, *, default: bool = False) -> bool:
    """Return an attribute as Android reads booleans."""
    value = element.attributes.get(name)
    return default if value is None else value.strip().lower() == "true"


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    return ConfigReader(name).read(text)


def _write(pin_set: PinSet) -> str:
    configs = "".join(domain_config(policy) for policy in pin_set.policies)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f"<!-- {heading(pin_set.name)} -->\n"
        f"<{_ROOT}>\n{configs}</{_ROOT}>\n"
    )


def domain_config(policy: Policy, more: str = "") -> str:
    """Return the domain-config of a policy, with more lines at its end."""
    below = str(bool(policy.host.wildcard)).lower()
    lines = [f"    <!-- {note} -->" for note in policy_notes(policy, XML_FORBIDS)]
    lines += [
        '    <domain-config cleartextTrafficPermitted="false">',
        f'        <domain includeSubdomains="{below}">{policy.host.name}</domain>',
        *pin_lines(policy),
    ]
    return "\n".join(lines) + f"\n{more}    </domain-config>\n"


def pin_lines(policy: Policy) -> Iterator[str]:
    """Yield the lines of a pin-set; an exemption has an empty one, so that nothing is inherited."""
    if not policy.pins:
        yield "        <pin-set />"
        return
    expires = policy.expires
    until = f' expiration="{day_of(expires)}"' if expires else ""
    yield f"        <pin-set{until}>"
    for entry in policy.pins:
        note = pin_note(entry, XML_FORBIDS)
        behind = f" <!-- {note} -->" if note else ""
        digest = entry.pin.spell(Spelling.BASE64)
        yield f'            <pin digest="SHA-256">{digest}</pin>{behind}'
    yield "        </pin-set>"


def _is_config(text: str, name: str) -> bool:  # noqa: ARG001 - the root element tells
    return f"<{_ROOT}" in text


FORM = Form(
    id="android-nsc",
    title="Android's Network Security Configuration",
    file="network_security_config.xml",
    language="xml",
    can=CAN,
    read=_read,
    write=_write,
    detect=_is_config,
    page="how-to/platforms/android.md",
)
FORMS = (FORM,)
