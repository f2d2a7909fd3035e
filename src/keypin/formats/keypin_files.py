"""keypin's own forms: `pins.toml`, and the same in JSON for programs.

Both say everything, so that nothing is ever lost in them. JSON has the keys and the values of
`pins.toml`; its dates are texts.
"""

import json
import tomllib
from datetime import date, datetime
from typing import Any, cast

from keypin.formats.abilities import ALL_WILDCARDS, Abilities, Expiry, Positions
from keypin.formats.form import Form, Reading
from keypin.formats.json_text import loads
from keypin.pins import Digest, Of, PinSet
from keypin.pins.toml import loads as loads_toml
from keypin.pins.toml import pin_set_of
from keypin.pins.toml_write import dumps as dumps_toml

CAN = Abilities(
    wildcards=ALL_WILDCARDS,
    one_per_name=False,
    positions=Positions.ALL,
    of=frozenset(Of),
    digests=frozenset(Digest),
    expiry=Expiry.MOMENT,
    report_only=True,
    report_to=True,
    denied=True,
    also=True,
    exempt=True,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
)


def _read_toml(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    return Reading(pin_set=loads_toml(text, name=name).pin_set)


def _read_json(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - as above
    document = loads(text, name, what="keypin's JSON: version, name and policy")
    values = document.table(document.value, (), "the document")
    for index, policy in enumerate(document.array(values, "policy", ())):
        if isinstance(policy, dict) and "expires" in policy:
            moment = document.text(cast("dict[str, Any]", policy), "expires", ("policy", index))
            try:
                policy["expires"] = _moment(moment)
            except ValueError:
                path = ("policy", index, "expires")
                document.fail(path, f"{moment!r}", "a time as 2027-06-01T08:00:00Z")
    return Reading(pin_set=pin_set_of(values, lines=document.lines, name=name))


def _moment(text: str) -> date:
    """Return a date, or a time with its offset."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _write_json(pin_set: PinSet) -> str:
    values = tomllib.loads(dumps_toml(pin_set))
    return json.dumps(values, indent=2, ensure_ascii=False, default=_spelled) + "\n"


def _spelled(moment: date) -> str:
    """Return a date as JSON holds it."""
    return moment.isoformat().replace("+00:00", "Z")


def _is_toml(text: str, name: str) -> bool:
    return name.endswith(".toml") or "[[policy]]" in text


def _is_json(text: str, name: str) -> bool:  # noqa: ARG001 - the keys tell
    return text.lstrip().startswith("{") and '"policy"' in text


TOML = Form(
    id="keypin-toml",
    title="pins.toml",
    file="pins.toml",
    language="toml",
    can=CAN,
    read=_read_toml,
    write=dumps_toml,
    detect=_is_toml,
    page="reference/pins-toml.md",
)
JSON = Form(
    id="keypin-json",
    title="keypin's JSON",
    file="pins.json",
    language="json",
    can=CAN,
    read=_read_json,
    write=_write_json,
    detect=_is_json,
    page="reference/pins-toml.md",
)
FORMS = (TOML, JSON)
