"""React Native: react-native-ssl-public-key-pinning, and react-native-ssl-pinning.

https://github.com/frw/react-native-ssl-public-key-pinning pins all of the app's requests, by OkHttp
on Android and TrustKit on iOS: a host's subdomains are the host itself and all below, overlapping
hosts count together on Android and not on iOS, and iOS demands two pins. From the expiration on,
nothing is pinned; Android looks at the date once, when the app starts.

https://github.com/MaxToyberman/react-native-ssl-pinning pins the requests that are made with its
own `fetch`, one by one, and leaves all others alone. It compares `certs` on Android; on iOS it
takes the keys of whatever certificates the app's bundle has, whatever `certs` says:
https://github.com/MaxToyberman/react-native-ssl-pinning/issues/87.
"""

from collections.abc import Iterator
from dataclasses import replace

from keypin.errors import Place
from keypin.findings import Severity
from keypin.formats.abilities import (
    CODE_FORBIDS,
    NO_WILDCARDS,
    Abilities,
    Expiry,
    Overlap,
)
from keypin.formats.form import Form, Reading
from keypin.formats.notes import pin_note
from keypin.formats.remark import Remark
from keypin.formats.table import Idiom, day_of, read_table, table_heading, table_notes, write_table
from keypin.pins import OnExpiry, PinSet, Policy, Spelling

PUBLIC_KEY = Abilities(
    overlap=Overlap.UNION,
    addresses=False,
    dotless=False,
    fewest=2,
    expiry=Expiry.DATE,
    on_expiry=OnExpiry.ALLOW,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=CODE_FORBIDS,
)
PER_REQUEST = Abilities(
    wildcards=NO_WILDCARDS,
    overlap=Overlap.NONE,
    dotless=False,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=CODE_FORBIDS,
)

NOT_ON_IOS = Remark(
    "react-native-ssl-pinning-on-ios",
    Severity.WARNING,
    "On iOS the package ignores certs: it compares the keys of certificates in the app's bundle.",
    "Pin with react-native-ssl-public-key-pinning, or put certificates with the same keys into the "
    "bundle of the iOS app.",
    "https://github.com/MaxToyberman/react-native-ssl-pinning/issues/87",
)
REMARKS = (NOT_ON_IOS,)

_HASHES = Idiom("initializeSslPinning({host: {publicKeyHashes}})")
_CERTS = Idiom("fetch(url, {sslPinning: {certs}}) with sha256/ pins", urls=True)


def _read_public_key(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _HASHES, name=name, host=host)


def _write_public_key(pin_set: PinSet) -> str:
    rows = "\n".join(line for policy in pin_set.policies for line in _row(policy))
    return (
        f"{table_heading(pin_set)}\n\n"
        "import { initializeSslPinning } from 'react-native-ssl-public-key-pinning';\n\n"
        "// Call it once, before the first request.\n"
        "export function startPinning() {\n  return initializeSslPinning({\n"
        f"{rows}\n  }});\n}}\n"
    )


def _row(policy: Policy) -> Iterator[str]:
    yield from (f"    // {note}" for note in table_notes(policy))
    yield f'    "{policy.host.name}": {{'
    yield f"      includeSubdomains: {str(bool(policy.host.wildcard)).lower()},"
    yield "      publicKeyHashes: ["
    for entry in policy.pins:
        note = pin_note(entry, CODE_FORBIDS)
        behind = f" // {note}" if note else ""
        yield f'        "{entry.pin.spell(Spelling.BASE64)}",{behind}'
    yield "      ],"
    if policy.expires is not None:
        yield f'      expirationDate: "{day_of(policy.expires)}",'
    yield "    },"


_BEFORE = """\

import { fetch as fetchPinned } from 'react-native-ssl-pinning';

// Pins by host; a host that is not here is not pinned.
const pins = {
"""
_ROW = """\
"{host}": [
  {pins}
],"""
_AFTER = """\
};

// Use it for every request: what is fetched otherwise is not pinned. These pins are Android's: on
// iOS the package compares the keys of the certificates in the app's bundle.
export function fetch(url, options = {}) {
  const certs = pins[new URL(url).hostname];
  if (certs === undefined) throw new Error(`${url}: the host is not pinned`);
  return fetchPinned(url, { ...options, pkPinning: true, sslPinning: { certs } });
}
"""


def _read_per_request(text: str, *, name: str | None, host: str | None) -> Reading:
    reading = read_table(text, _CERTS, name=name, host=host)
    finding = NOT_ON_IOS.at("certs", "the pins are Android's alone", Place(file=name))
    return replace(reading, findings=(*reading.findings, finding))


def _write_per_request(pin_set: PinSet) -> str:
    rows = write_table(pin_set, _ROW, indent="  ")
    return f"{table_heading(pin_set)}\n{_BEFORE}{rows}\n{_AFTER}"


def _is_public_key(text: str, name: str) -> bool:  # noqa: ARG001 - the function's name tells
    return "initializeSslPinning" in text or "publicKeyHashes" in text


def _is_per_request(text: str, name: str) -> bool:  # noqa: ARG001 - the option tells
    return "react-native-ssl-pinning" in text or "pkPinning" in text


PUBLIC_KEY_FORM = Form(
    id="react-native-ssl-public-key-pinning",
    title="react-native-ssl-public-key-pinning",
    file="pinning.js",
    language="javascript",
    can=PUBLIC_KEY,
    read=_read_public_key,
    write=_write_public_key,
    detect=_is_public_key,
    page="how-to/platforms/react-native.md",
)
PER_REQUEST_FORM = Form(
    id="react-native-ssl-pinning",
    title="react-native-ssl-pinning",
    file="pinnedFetch.js",
    language="javascript",
    can=PER_REQUEST,
    read=_read_per_request,
    write=_write_per_request,
    detect=_is_per_request,
    page="how-to/platforms/react-native.md",
)
FORMS = (PUBLIC_KEY_FORM, PER_REQUEST_FORM)
