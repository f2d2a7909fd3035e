"""The JSON Schema of `pins.toml` (draft 2020-12), for editors and other people's tools.

The reader in `keypin.pins.toml` decides; the schema refuses what a schema can refuse, and a test
holds the two together.
"""

from typing import Any, Final

_BASE64 = "[A-Za-z0-9+/_-]"
_PIN_TEXT: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": (
        f"^(?:(?:cert-)?sha256//?{_BASE64}{{43}}=?"
        f"|(?:cert-)?sha512//?{_BASE64}{{86}}(?:==)?"
        f'|pin-(?:cert-)?sha(?:256|512)="{_BASE64}+={{0,2}}"'
        f"|{_BASE64}{{43}}=?|{_BASE64}{{86}}(?:==)?"
        "|(?:(?:cert-)?sha(?:256|512)[/:])?(?:[0-9A-Fa-f]{2}:?){31,63}[0-9A-Fa-f]{2})$"
    ),
    "description": "sha256/BASE64 of a key (SPKI), cert-sha256/BASE64 of a certificate.",
}
_PIN: Final[dict[str, Any]] = {
    "oneOf": [
        _PIN_TEXT,
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["pin"],
            "properties": {
                "pin": _PIN_TEXT,
                "position": {
                    "enum": ["any", "leaf", "intermediate", "root", "ca"],
                    "default": "any",
                    "description": "Where in the verified chain the pin may match; ca is an "
                    "intermediate or a root.",
                },
                "comment": {"type": "string"},
            },
        },
    ]
}


def _pins(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": "#/$defs/pin"}, "description": description}


SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://keypin.dev/schema/pins-1.json",
    "title": "pins.toml",
    "description": "The pins of one application, by host.",
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "policy"],
    "$defs": {"pin": _PIN},
    "properties": {
        "version": {"const": 1, "description": "The version of this schema."},
        "name": {"type": "string", "description": "The application's name."},
        "policy": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["host"],
                "oneOf": [{"required": ["pins"]}, {"required": ["exempt"]}],
                "properties": {
                    "host": {
                        "type": "string",
                        "minLength": 1,
                        "description": "example.com, *.example.com (one label more) or "
                        "**.example.com (the name and its subdomains); an IP address alone.",
                    },
                    "include_subdomains": {
                        "type": "boolean",
                        "default": False,
                        "description": "The same as writing the host as **.host.",
                    },
                    "pins": _pins("Pins of keys that are deployed."),
                    "backup_pins": _pins("Pins of keys kept offline, deployed nowhere."),
                    "retiring_pins": _pins("Pins of keys that are being taken out of service."),
                    "also_pins": _pins(
                        "Pins of which one must match as well as one of the others."
                    ),
                    "denied_pins": _pins("Keys that must not appear in a chain; they win."),
                    "mode": {
                        "enum": ["enforce", "report"],
                        "default": "enforce",
                        "description": "Refuse a mismatch, or only report it.",
                    },
                    "expires": {
                        "description": "A TOML date (midnight UTC) or date-time with an offset.",
                    },
                    "on_expiry": {
                        "enum": ["refuse", "report", "allow"],
                        "default": "report",
                        "description": "What an expired policy does: refuse every connection, "
                        "report mismatches, or let all pass.",
                    },
                    "report_to": {
                        "type": "array",
                        "items": {"type": "string", "pattern": "^[hH][tT][tT][pP][sS]?://"},
                        "description": "Where pin failure reports go (RFC 7469 section 3).",
                    },
                    "no_backup": {
                        "type": "string",
                        "pattern": "\\S",
                        "description": "Why there is no second pin.",
                    },
                    "exempt": {
                        "type": "string",
                        "pattern": "\\S",
                        "description": "Why these hosts are not pinned; in the place of pins.",
                    },
                    "comment": {"type": "string"},
                },
            },
        },
    },
}
