"""Firefox's pin list, `StaticHPKPins.h`.

https://searchfox.org/mozilla-central/source/security/manager/ssl/StaticHPKPins.h, which is made of
PreloadedHPKPins.json. A host that is not covered by its own entry is looked up in its parents.
Entries in test mode are only counted. One moment ends all pins: after it, none is looked at.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from keypin.errors import FormatError
from keypin.formats.abilities import EXACT, SUBDOMAINS, Abilities, Expiry
from keypin.formats.draft import Draft, pin_of, placed
from keypin.formats.form import Form, Reading
from keypin.formats.json_text import without_comments
from keypin.formats.loss import Effect, Loss, lost
from keypin.formats.notes import heading, read_heading
from keypin.pins import (
    HostPattern,
    Mode,
    OnExpiry,
    Pin,
    PinSet,
    Policy,
    PolicyPin,
    Spelling,
    canonical_host,
)

_WHAT = "Firefox's StaticHPKPins.h"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A list without an end: as late as a PRTime of the list's usual width goes.
NEVER = 9999999999999999

CAN = Abilities(
    suffixes=True,
    addresses=False,
    dotless=True,
    expiry=Expiry.MOMENT,
    on_expiry=OnExpiry.ALLOW,
    report_only=True,
    names=True,
)

_FINGERPRINT = re.compile(r'const char (k\w+)\[\]\s*=\s*"([^"]*)"')
_DATA = re.compile(r"const char\* const (k\w+)_Data\[\]\s*=\s*\{([^}]*)\}")
_ENTRY = re.compile(
    r'\{\s*"([^"]+)"\s*,\s*(true|false)\s*,\s*(true|false)\s*,\s*(?:true|false)\s*,\s*-?\d+\s*,'
    r"\s*&(k\w+)\s*\}"
)
_EXPIRES = re.compile(r"kPreloadPKPinsExpirationTime\s*=\s*INT64_C\((\d{1,16})\)")


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    draft = Draft(name)
    draft.title = read_heading(text.split("\n", 1)[0].lstrip("/ "))
    text = without_comments(text)
    lines = _Lines(text)
    pins = {
        found[1]: pin_of(f"sha256/{found[2]}", draft.place(lines.of(found.start())))
        for found in _FINGERPRINT.finditer(text)
    }
    sets = {found[1]: list(_set(found, pins, draft, lines)) for found in _DATA.finditer(text)}
    settings = _expiry(text)
    for found in _ENTRY.finditer(text):
        place = draft.place(lines.of(found.start()))
        if found[4] not in sets:
            raise FormatError(
                f"the unknown set {found[4]}", expected=f"{found[4]}_Data", place=place
            )
        below = SUBDOMAINS if found[2] == "true" else EXACT
        mode = Mode.REPORT if found[3] == "true" else Mode.ENFORCE
        with placed(place):
            pattern = HostPattern(canonical_host(found[1]), below, wide=True)
        draft.add(pattern, sets[found[4]], place, mode=mode, **settings)
    return Reading(pin_set=draft.pin_set(_WHAT))


def _set(
    found: "re.Match[str]", pins: dict[str, PolicyPin], draft: Draft, lines: "_Lines"
) -> Iterator[PolicyPin]:
    """Yield the pins of a set, whose names are defined before it."""
    for called in filter(None, (word.strip() for word in found[2].split(","))):
        if called not in pins:
            place = draft.place(lines.of(found.start()))
            raise FormatError(f"the unknown pin {called}", expected="its fingerprint", place=place)
        yield pins[called]


def _expiry(text: str) -> dict[str, Any]:
    found = _EXPIRES.search(text)
    if found is None or int(found[1]) == NEVER:
        return {}
    expires = _EPOCH + timedelta(microseconds=int(found[1]))
    return {"expires": expires, "on_expiry": OnExpiry.ALLOW}


class _Lines:
    """The lines of positions that are asked for in rising order."""

    def __init__(self, text: str) -> None:
        self.text, self.position, self.line = text, 0, 1

    def of(self, position: int) -> int:
        """Return the line of a position."""
        if position < self.position:
            self.position, self.line = 0, 1
        self.line += self.text.count("\n", self.position, position)
        self.position = position
        return self.line


def _write(pin_set: PinSet) -> str:
    digests = dict.fromkeys(
        Pin(entry.pin.digest) for policy in pin_set.policies for entry in policy.pins
    )
    names = {pin: f"kPin{number}Fingerprint" for number, pin in enumerate(digests, 1)}
    sets = list(dict.fromkeys(_key(policy) for policy in pin_set.policies))
    called = {key: f"kPinset_{number}" for number, key in enumerate(sets, 1)}
    lines = [f"// {heading(pin_set.name)}", "#include <stdint.h>", ""]
    lines += [
        f'static const char {name}[] =\n  "{pin.spell(Spelling.BASE64)}";'
        for pin, name in names.items()
    ]
    for key, name in called.items():
        listed = "".join(f"  {names[pin]},\n" for pin in key)
        lines += [
            "",
            f"static const char* const {name}_Data[] = {{\n{listed}}};",
            f"static const StaticFingerprints {name} = {{",
            f"  sizeof({name}_Data) / sizeof(const char*),\n  {name}_Data\n}};",
        ]
    rows = "".join(_row(policy, called) for policy in pin_set.policies)
    lines += [
        "",
        "static const TransportSecurityPreload kPublicKeyPinningPreloadList[] = {",
        f"{rows}}};",
        "",
        f"static const PRTime kPreloadPKPinsExpirationTime = INT64_C({_ends(pin_set)});",
    ]
    return "\n".join(lines) + "\n"


def _key(policy: Policy) -> tuple[Pin, ...]:
    return tuple(Pin(entry.pin.digest) for entry in policy.pins)


def _row(policy: Policy, called: dict[tuple[Pin, ...], str]) -> str:
    below = str(bool(policy.host.wildcard)).lower()
    test = str(policy.mode is Mode.REPORT).lower()
    name = called[_key(policy)]
    return f'  {{ "{policy.host.name}", {below}, {test}, false, -1, &{name} }},\n'


def _ends(pin_set: PinSet) -> int:
    """Return the one moment at which all pins end, in microseconds."""
    expires = pin_set.policies[0].expires
    return NEVER if expires is None else (expires - _EPOCH) // timedelta(microseconds=1)


def _own(pin_set: PinSet) -> Iterator[Loss]:
    pinned = [policy for policy in pin_set.policies if policy.exempt is None]
    for policy in pinned[1:]:
        if policy.expires != pinned[0].expires:
            message = f"one moment ends all pins, and it is not that of {pinned[0].host}"
            yield lost(policy, "one-expiry", Effect.WEAKER, message, "let all expire at one time")


def _is_header(text: str, name: str) -> bool:  # noqa: ARG001 - the list's name tells
    return "kPublicKeyPinningPreloadList" in text


FORM = Form(
    id="firefox",
    title="Firefox's pin list",
    file="StaticHPKPins.h",
    language="cpp",
    can=CAN,
    read=_read,
    write=_write,
    own=_own,
    detect=_is_header,
    page="how-to/platforms/browsers.md",
)
FORMS = (FORM,)
