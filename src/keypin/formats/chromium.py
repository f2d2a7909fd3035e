"""Chromium's static pin sets: `transport_security_state_static_pins.json` and its `.pins`.

https://chromium.googlesource.com/chromium/src/+/main/net/http/transport_security_state_static.json
tells the entries, `transport_security_state_static.pins` what the names of the pins are: a digest,
a PEM certificate or a PEM key. Both are read from one text, the second behind the first, and are
written so. A chain is accepted if none of its keys is a bad one and, where there are good ones, at
least one is. The longest name decides even if its entry is for that name alone, or pins nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from keypin.certs import load_keys
from keypin.errors import Place
from keypin.findings import Severity
from keypin.formats.abilities import EXACT, SUBDOMAINS, Abilities, Overlap
from keypin.formats.draft import Draft, placed
from keypin.formats.form import Form, Reading
from keypin.formats.json_text import Json, kind_of, loads
from keypin.formats.loss import Effect, Loss, lost
from keypin.formats.masks import unmasked
from keypin.formats.notes import heading, read_heading
from keypin.formats.remark import Remark
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, canonical_host

_WHAT = "Chromium's pinsets and entries"

ONLY_BAD = Remark(
    "chromium-only-bad",
    Severity.WARNING,
    "Without good hashes every other key is accepted, which a pin set cannot say; left out.",
    "Add the hashes that are to be accepted.",
)
REMARKS = (ONLY_BAD,)

CAN = Abilities(
    overlap=Overlap.MASK,
    suffixes=True,
    addresses=False,
    report_to=True,
    denied=True,
    exempt=True,
    names=True,
)


Where = tuple[str | int, ...]


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    draft = Draft(name)
    draft.title = next(
        filter(None, (read_heading(line[2:].strip()) for line in text.split("\n", 3)[:3])), None
    )
    end = _end_of_json(text)
    document = loads(text[:end], name, what=_WHAT, comments=True)
    _ListReader(draft, document, dict(_named(text, end, name))).read()
    draft.policies = unmasked(draft.policies)
    return Reading(pin_set=draft.pin_set(_WHAT), findings=tuple(draft.findings))


@dataclass(frozen=True, slots=True)
class _ListReader:
    """Turns entries and pinsets into policies."""

    draft: Draft
    document: Json
    named: dict[str, Pin]

    def read(self) -> None:
        """Add the policies of all entries."""
        root = self.document.table(self.document.value, (), "the document")
        sets: dict[str, tuple[dict[str, Any], Where]] = {}
        for path, one in self.tables(root, "pinsets"):
            sets[self.document.text(one, "name", path)] = one, path
        for path, entry in self.tables(root, "entries"):
            self.entry(entry, path, sets)

    def tables(self, root: dict[str, Any], key: str) -> Iterator[tuple[Where, dict[str, Any]]]:
        """Yield the objects of an array with their paths."""
        for index, value in enumerate(self.document.array(root, key, ())):
            yield (key, index), self.document.table(value, (key, index), f"an element of {key!r}")

    def entry(
        self, entry: dict[str, Any], path: Where, sets: dict[str, tuple[dict[str, Any], Where]]
    ) -> None:
        """Add the policy of an entry; one without pins hides its parents."""
        place = self.document.place(*path)
        with placed(place):
            name = canonical_host(self.document.text(entry, "name", path))
        host = HostPattern(name, self.wildcard(entry, path), wide=True)
        if "pins" not in entry:
            self.draft.add(host, (), place)
            return
        called = self.document.text(entry, "pins", path)
        if called not in sets:
            seen = f"the unknown pin set {called!r}"
            self.document.fail((*path, "pins"), seen, "the name of a pinset")
        chosen, where = sets[called]
        good = self.pins(chosen, "static_spki_hashes", where)
        bad = self.pins(chosen, "bad_static_spki_hashes", where)
        if not good:
            finding = ONLY_BAD.at(str(host), f"{called} has no good hashes", place)
            self.draft.findings.append(finding)
            return
        reports: tuple[str, ...] = ()
        if "report_uri" in chosen:
            reports = (self.document.text(chosen, "report_uri", where),)
        denied = tuple(entry.pin for entry in bad)
        self.draft.add(host, good, place, denied=denied, report_to=reports)

    def wildcard(self, entry: dict[str, Any], path: Where) -> str:
        """Return whether an entry is for subdomains; one without pins hides all that is below."""
        below = self.document.flag(entry, "include_subdomains", path)
        for_pins = self.document.flag(entry, "include_subdomains_for_pinning", path)
        return SUBDOMAINS if below or for_pins or "pins" not in entry else EXACT

    def pins(self, chosen: dict[str, Any], key: str, path: Where) -> list[PolicyPin]:
        """Return the pins that a pinset names."""
        digests = self.document.table(chosen.get("spki_sha256", {}), path, "spki_sha256")
        return [
            PolicyPin(self.pin(called, digests, (*path, key, index)), place=place)
            for index, called in enumerate(self.document.array(chosen, key, path))
            for place in (self.document.place(*path, key, index),)
        ]

    def pin(self, called: object, digests: dict[str, Any], path: Where) -> Pin:
        """Return the pin of a name, or of a digest that stands in its place."""
        if not isinstance(called, str):
            self.document.fail(path, kind_of(called), "the name of a pin")
        if called in self.named:
            return self.named[called]
        text = digests.get(called, called)
        if text is called and not called.startswith("sha256/"):
            seen = f"the pin {called!r} is not defined behind the JSON"
            self.document.fail(path, seen, "its name and digest there, or sha256/ and the digest")
        with placed(self.document.place(*path)):
            return Pin.parse(str(text))


def _end_of_json(text: str) -> int:
    """Return where the JSON ends and the names of pins begin."""
    found = re.search(r"^\}[^\S\n]*$", text, re.MULTILINE)
    return found.end() if found else len(text)


_NAMED = re.compile(
    r"^(?P<name>[A-Za-z][A-Za-z0-9_]*)\s*\n"
    r"(?P<value>sha256/\S+|-----BEGIN [^\0]*?-----END [A-Z ]+-----)",
    re.MULTILINE,
)


def _named(text: str, begin: int, name: str | None) -> Iterator[tuple[str, Pin]]:
    """Yield the names of the `.pins` part with their pins."""
    line, last = 1, 0
    for found in _NAMED.finditer(text, begin):
        line, last = line + text.count("\n", last, found.start("value")), found.start("value")
        place = Place(name, line)
        with placed(place):
            value = found["value"]
            pin = Pin.parse(value) if value.startswith("sha") else _of_pem(value)
        yield found["name"], pin


def _of_pem(pem: str) -> Pin:
    return Pin.of_key(load_keys(pem.encode())[0])


def _write(pin_set: PinSet) -> str:
    names = _names(pin_set.policies)
    called = {key: f"pinset{number}" for number, key in enumerate(_keys(pin_set.policies), 1)}
    pinsets = [_pinset(key, called[key], names) for key in called]
    exact = frozenset(one.host.name for one in pin_set.policies if one.host.wildcard == EXACT)
    entries = [_row(one, called) for one in pin_set.policies if not _implied(one, exact)]
    defined = "".join(f"\n{name}\n{pin}\n" for pin, name in names.items())
    return (
        f"// {heading(pin_set.name)}\n{{\n"
        f'  "pinsets": [\n{_rows(pinsets)}\n  ],\n  "entries": [\n{_rows(entries)}\n  ]\n}}\n\n'
        f"# For transport_security_state_static.pins:\n{defined}"
    )


# What makes a pinset: its good hashes, its bad ones, and where its reports go.
_Key = tuple[tuple[Pin, ...], tuple[Pin, ...], tuple[str, ...]]


def _keys(policies: Iterable[Policy]) -> list[_Key]:
    """Return the different pinsets that policies need, in their order."""
    return list(dict.fromkeys(_key(policy) for policy in policies if policy.pins))


def _key(policy: Policy) -> _Key:
    return tuple(entry.pin for entry in policy.pins), policy.denied, policy.report_to


def _names(policies: Iterable[Policy]) -> dict[Pin, str]:
    """Return a name for each different digest, whatever the position that its pin is for."""
    pins = (pin for good, bad, _ in _keys(policies) for pin in (*good, *bad))
    digests = dict.fromkeys(Pin(pin.digest) for pin in pins)
    return {pin: f"Pin{number}" for number, pin in enumerate(digests, 1)}


def _pinset(key: _Key, called: str, names: dict[Pin, str]) -> dict[str, object]:
    good, bad, reports = key
    row: dict[str, object] = {
        "name": called,
        "static_spki_hashes": [names[Pin(pin.digest)] for pin in good],
    }
    if bad:
        row["bad_static_spki_hashes"] = [names[Pin(pin.digest)] for pin in bad]
    if reports:
        row["report_uri"] = reports[0]
    return row


def _row(policy: Policy, called: dict[_Key, str]) -> dict[str, object]:
    row: dict[str, object] = {"name": policy.host.name}
    if policy.host.wildcard:
        row["include_subdomains"] = True
    if policy.pins:
        row["pins"] = called[_key(policy)]
    return row


def _rows(rows: Iterable[dict[str, object]]) -> str:
    """Return one row a line, as the list of Chromium has its entries."""
    return ",\n".join(f"    {json.dumps(row)}" for row in rows)


def _implied(policy: Policy, exact: frozenset[str]) -> bool:
    """Tell whether an exemption follows from the entry of its own name alone."""
    below = policy.exempt is not None and policy.host.wildcard == SUBDOMAINS
    return below and policy.host.name in exact


def _own(pin_set: PinSet) -> Iterator[Loss]:
    for policy in pin_set.policies:
        if len(policy.report_to) > 1:
            message = "a pinset has one report address, the first"
            yield lost(policy, "reports", Effect.DROPPED, message, "name one")


def _is_list(text: str, name: str) -> bool:  # noqa: ARG001 - the keys tell
    return '"pinsets"' in text and '"entries"' in text


FORM = Form(
    id="chromium",
    title="Chromium's static pin sets",
    file="transport_security_state_static_pins.json",
    language="json",
    can=CAN,
    read=_read,
    write=_write,
    own=_own,
    detect=_is_list,
    page="how-to/platforms/browsers.md",
)
FORMS = (FORM,)
