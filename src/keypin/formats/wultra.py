"""The JSON of Wultra's dynamic SSL pinning, as mobile-utility-server gives it out.

https://github.com/wultra/ssl-pinning-android. Fingerprints are of leaf certificates and are chosen
by the certificate's common name; each has the time, in seconds, from which on it is no longer
valid: when the last one of a name has gone, every connection is refused. Signatures are the
server's to make: what is written here has none, and is for its administrator or for the fallback of
the app. A list may say for which names nothing is compared (`domainsConfig`), and that a
fingerprint is of a certificate higher in the chain (`depth`).
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from math import ceil
from typing import Any

from keypin.findings import Severity
from keypin.formats.abilities import NO_WILDCARDS, Abilities, Expiry, Positions
from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Form, Reading
from keypin.formats.json_text import Json, loads
from keypin.formats.remark import Remark
from keypin.pins import Of, OnExpiry, PinSet, PolicyPin, Spelling

_WHAT = "Wultra's fingerprints"

# 9999-12-31: what is written for a policy that never expires, for each fingerprint must.
NEVER = 253402214400

UNEVEN = Remark(
    "wultra-uneven-expiry",
    Severity.NOTE,
    "Each fingerprint ends at its own time there; here the last one ends the policy.",
    "Look at the earlier ones yourself.",
)
LEAF_CERTIFICATES = Remark(
    "wultra-certificate-pins",
    Severity.WARNING,
    "A fingerprint is of one certificate: each renewal, with the same key too, needs a new one.",
    "Publish the next certificate's fingerprint before it is deployed.",
)
NOT_REQUIRED = Remark(
    "wultra-not-required",
    Severity.ERROR,
    "The app then accepts any certificate for it, whatever fingerprints are listed.",
    "Set sslPinningRequired for it, or take its fingerprints out.",
)
DEPTH = Remark(
    "wultra-depth",
    Severity.WARNING,
    "It is of a certificate at that depth alone, which a pin set cannot say; left out.",
    "Check it by hand.",
)
REMARKS = (UNEVEN, LEAF_CERTIFICATES, NOT_REQUIRED, DEPTH)

CAN = Abilities(
    wildcards=NO_WILDCARDS,
    addresses=False,
    positions=Positions.LEAF,
    of=frozenset({Of.CERTIFICATE}),
    expiry=Expiry.SECOND,
    on_expiry=OnExpiry.REFUSE,
)


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    draft = Draft(name)
    document = loads(text, name, what=_WHAT)
    root = document.table(document.value, (), "the document")
    rows: dict[str, list[tuple[PolicyPin, int]]] = {}
    for called, row in _rows(draft, document, root):
        rows.setdefault(called, []).append(row)
    required, unlisted = _required(document, root)
    for called, listed in rows.items():
        if required.get(called, unlisted):
            _add(draft, called, listed)
        else:
            place = listed[0][0].place or draft.place(None)
            draft.add(called, (), place)
            draft.findings.append(NOT_REQUIRED.at(called, "pinning is not required", place))
    return Reading(pin_set=draft.pin_set(_WHAT), findings=tuple(draft.findings))


def _rows(
    draft: Draft, document: Json, root: dict[str, Any]
) -> Iterator[tuple[str, tuple[PolicyPin, int]]]:
    """Yield the name of each fingerprint of a leaf, the fingerprint, and its end."""
    for index, value in enumerate(document.array(root, "fingerprints", ())):
        path = ("fingerprints", index)
        row = document.table(value, path, "a fingerprint")
        text = document.text(row, "fingerprint", path)
        place = document.place(*path)
        pin = pin_of(f"cert-sha256/{text}", place, position="leaf")
        called = document.text(row, "name", path)
        if row.get("depth"):
            draft.findings.append(DEPTH.at(called, f"depth {row['depth']!r}", place))
        else:
            yield called, (pin, _seconds(document, row, path))


def _required(document: Json, root: dict[str, Any]) -> tuple[dict[str, bool], bool]:
    """Return for which names fingerprints are compared, and whether for those not listed."""
    if root.get("domainsConfig") is None:
        return {}, True
    path = ("domainsConfig",)
    config = document.table(root["domainsConfig"], path, "'domainsConfig'")
    listed: dict[str, bool] = {}
    for index, value in enumerate(document.array(config, "domains", path)):
        where = (*path, "domains", index)
        row = document.table(value, where, "a domain")
        required = document.flag(row, "sslPinningRequired", where)
        listed.setdefault(document.text(row, "name", where), required)
    return listed, document.flag(config, "sslPinningRequiredForUnlisted", path)


def _add(draft: Draft, called: str, listed: list[tuple[PolicyPin, int]]) -> None:
    place = listed[0][0].place or draft.place(None)
    ends = {seconds for _, seconds in listed}
    if len(ends) > 1:
        draft.findings.append(UNEVEN.at(called, "fingerprints end at different times", place))
    draft.findings.append(LEAF_CERTIFICATES.at(called, "certificates are pinned", place))
    settings: dict[str, Any] = {}
    if (last := max(ends)) != NEVER:
        expires = datetime.fromtimestamp(last, UTC)
        settings = {"expires": expires, "on_expiry": OnExpiry.REFUSE}
    draft.add(called, [pin for pin, _ in listed], place, **settings)


def _seconds(document: Json, row: dict[str, Any], path: tuple[str | int, ...]) -> int:
    value = row.get("expires")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= NEVER:
        document.fail(path, f"expires {value!r}", "seconds since 1970, up to the year 9999")
    return value


def _write(pin_set: PinSet) -> str:
    rows = [
        {
            "name": policy.host.name,
            "fingerprint": entry.pin.spell(Spelling.BASE64),
            "expires": ceil(policy.expires.timestamp()) if policy.expires else NEVER,
        }
        for policy in pin_set.policies
        for entry in policy.pins
    ]
    return json.dumps({"fingerprints": rows}, indent=2) + "\n"


def _is_fingerprints(text: str, name: str) -> bool:  # noqa: ARG001 - the key tells
    return '"fingerprints"' in text and text.lstrip().startswith("{")


FORM = Form(
    id="wultra",
    title="Wultra's fingerprints",
    file="fingerprints.json",
    language="json",
    can=CAN,
    read=_read,
    write=_write,
    detect=_is_fingerprints,
    page="how-to/platforms/wultra.md",
)
FORMS = (FORM,)
