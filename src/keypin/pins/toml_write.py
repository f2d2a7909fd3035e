"""Writing `pins.toml`: one canonical form, and a rewriting that keeps the comments.

`dumps` writes a pin set from nothing. `rewrite` takes the user's own text and changes in it only
what differs, so that comments, order and spacing stay. Both say the same: reading either gives the
pin set back.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from keypin.pins.pin import Pin, PinPosition
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Mode, OnExpiry, Policy, PolicyPin, Role

if TYPE_CHECKING:
    from tomlkit.items import Table

_KEYS = (("pins", Role.ACTIVE), ("backup_pins", Role.BACKUP), ("retiring_pins", Role.RETIRING))
_SUBDOMAINS = "**."

# TOML 1.0's short escapes; other control characters are written as \uXXXX.
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def dumps(pin_set: PinSet) -> str:
    """Return a pin set as canonical `pins.toml`."""
    head = ["version = 1"]
    if pin_set.name is not None:
        head.append(f"name = {string(pin_set.name)}")
    tables = ["\n".join(["[[policy]]", *pairs(policy)]) for policy in pin_set.policies]
    return "\n\n".join(["\n".join(head), *tables]) + "\n"


def pairs(policy: Policy) -> Iterator[str]:
    """Yield the lines of a policy's table, below its header."""
    for key, value in _settings(policy).items():
        yield f"{key} = {value}"


def _settings(policy: Policy) -> dict[str, str]:
    """Return the keys of a policy with their canonical TOML values; defaults are left out."""
    return {
        **_host(policy),
        **_pins(policy),
        **{key: value for key, value in _optional(policy).items() if value is not None},
    }


def _host(policy: Policy) -> dict[str, str]:
    if policy.host.wildcard == _SUBDOMAINS:
        return {"host": string(policy.host.name), "include_subdomains": "true"}
    return {"host": string(str(policy.host))}


def _pins(policy: Policy) -> dict[str, str]:
    by_key = {key: [entry for entry in policy.pins if entry.role is role] for key, role in _KEYS}
    by_key["also_pins"] = list(policy.also)
    by_key["denied_pins"] = [PolicyPin(pin) for pin in policy.denied]
    needed = policy.exempt is None
    return {
        key: array(map(_entry, pins))
        for key, pins in by_key.items()
        if pins or (key == "pins" and needed)
    }


def _optional(policy: Policy) -> dict[str, str | None]:
    """Return the settings that may be left out, None where they are to be."""
    expires = policy.expires
    texts = {
        "no_backup": policy.no_backup,
        "exempt": policy.exempt,
        "comment": policy.comment,
    }
    return {
        "mode": None if policy.mode is Mode.ENFORCE else string(policy.mode),
        "expires": expires.isoformat().replace("+00:00", "Z") if expires else None,
        "on_expiry": None if policy.on_expiry is OnExpiry.REPORT else string(policy.on_expiry),
        "report_to": array(map(string, policy.report_to)) if policy.report_to else None,
        **{key: None if text is None else string(text) for key, text in texts.items()},
    }


def _entry(entry: PolicyPin) -> str:
    pin: Pin = entry.pin
    pairs = [f'pin = "{pin}"']
    if pin.position is not PinPosition.ANY:
        pairs.append(f"position = {string(pin.position)}")
    if entry.comment is not None:
        pairs.append(f"comment = {string(entry.comment)}")
    return f'"{pin}"' if len(pairs) == 1 else "{ " + ", ".join(pairs) + " }"


def array(values: Iterable[str]) -> str:
    """Return an array with one element a line, so that a changed pin is one line of a diff."""
    lines = [f"  {value},\n" for value in values]
    return "[\n" + "".join(lines) + "]" if lines else "[]"


def string(text: str) -> str:
    """Return a text as a basic string of TOML."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    control = character < " " or character == "\x7f"
    return f"\\u{ord(character):04X}" if control else character


def rewrite(text: str, pin_set: PinSet) -> str:
    """Return the user's text, changed only where it must be to mean `pin_set`.

    Args:
        text: a valid `pins.toml`.
        pin_set: what it is to mean. Policies are recognised by their host pattern; a policy that
            the text lacks is added at its end.

    Raises:
        InputError: `text` is no valid `pins.toml`.
    """
    import tomlkit  # noqa: PLC0415 - only rewriting needs it, and it costs start-up time

    from keypin.pins.toml import loads  # noqa: PLC0415 - the reader does not need the writer

    before = loads(text).pin_set
    document = tomlkit.parse(text)
    _rename(document, pin_set.name)
    wanted = {policy.host: policy for policy in pin_set.policies}
    tables: Any = document["policy"]
    for index in reversed(range(len(before.policies))):
        policy = wanted.get(before.policies[index].host)
        if policy is None:
            del tables[index]
        elif policy != before.policies[index]:
            _update(tables[index], before.policies[index], policy)
    if not tables:
        del document["policy"]
    known = {policy.host for policy in before.policies}
    added = tuple(policy for policy in pin_set.policies if policy.host not in known)
    return _append(tomlkit.dumps(document), added)


def _rename(document: Any, name: str | None) -> None:
    if name is None:
        document.pop("name", None)
    elif document.get("name") != name:
        document["name"] = name


def _update(table: "Table", before: Policy, after: Policy) -> None:
    """Change the keys whose values differ; of pins, only those that came or went."""
    import tomlkit  # noqa: PLC0415 - as above

    old, new = _settings(before), _settings(after)
    for key in old.keys() - new.keys():
        del table[key]
    for key, value in new.items():
        if old.get(key) == value or key in ("host", "include_subdomains"):
            continue
        role = dict(_KEYS).get(key)
        if role is not None and key in table:
            _update_pins(table[key], before, after, role)
        else:
            table[key] = tomlkit.value(value)


def _update_pins(array: Any, before: Policy, after: Policy, role: Role) -> None:
    import tomlkit  # noqa: PLC0415 - as above

    old = [entry for entry in before.pins if entry.role is role]
    new = [entry for entry in after.pins if entry.role is role]
    for index in reversed(range(len(old))):
        if old[index] not in new:
            del array[index]
    for entry in new:
        if entry not in old:
            array.append(tomlkit.value(_entry(entry)))


def _append(text: str, policies: tuple[Policy, ...]) -> str:
    tables = ["\n".join(["[[policy]]", *pairs(policy)]) for policy in policies]
    return "\n\n".join([text.rstrip("\n"), *tables]) + "\n" if tables else text
