"""Pins in JavaScript whose structure says for which host they are.

Reads the objects that the pinning modules of React Native take, as bundlers and minifiers leave
them: `"api.example.com": {includeSubdomains: !0, publicKeyHashes: ["...", "..."]}` of
react-native-ssl-public-key-pinning, and `sslPinning: {certs: [...]}` beside an address of
react-native-ssl-pinning. What is computed at run time is found as a string at best.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# An object of pins is some hundred characters; minified code is one line of megabytes.
_LONGEST_OBJECT = 4_000

# A script that says it more often has been made to.
MAX_OBJECTS = 1_000

_HASHES = re.compile(r"publicKeyHashes[\"']?\s*:\s*\[([^\]]{0,4000})\]")
_OPENING = re.compile(r"[\"']?([A-Za-z0-9.*_-]{1,253})[\"']?\s*:\s*\{[^{}]*\Z")
_TEXT = re.compile(r"[\"'`]([^\"'`]{1,200})[\"'`]")
_SUBDOMAINS = re.compile(r"includeSubdomains[\"']?\s*:\s*(?:!0|true)")


@dataclass(frozen=True, slots=True)
class ScriptPin:
    """A pin and its host in a script, with its line."""

    text: str
    host: str
    line: int


def pins_in_script(text: str) -> Iterator[ScriptPin]:
    """Yield the pins of a script that stand in an object under their host."""
    line, counted = 1, 0
    if text.count("publicKeyHashes") > MAX_OBJECTS:
        return
    for match in _HASHES.finditer(text):
        before = text[max(match.start() - _LONGEST_OBJECT, 0) : match.start()]
        after = text[match.end() : match.end() + _LONGEST_OBJECT].partition("}")[0]
        opening = _OPENING.search(before)
        if opening is None:
            continue
        around = opening[0] + after
        host = f"**.{opening[1]}" if _SUBDOMAINS.search(around) else opening[1]
        line += text.count("\n", counted, match.start())
        counted = match.start()
        for found in _TEXT.finditer(match[1]):
            yield ScriptPin(found[1], host, line)
