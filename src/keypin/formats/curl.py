"""curl: `--pinnedpubkey` on the command line, and `pinnedpubkey` in a `.curlrc`.

https://curl.se/docs/manpage.html#--pinnedpubkey, and `Curl_pin_peer_pubkey` in lib/vtls: a list
begins with `sha256//`, is split at `;sha256//` alone, and the SHA-256 of the leaf's key must be one
of its members, character for character. So a blank behind a semicolon makes the members on both its
sides match nothing. Pins hold for every connection of the transfer, those after a redirect too, and
hold beside `--insecure`, which turns off everything else.
"""

import re
from collections.abc import Iterator

from keypin.formats.abilities import NO_WILDCARDS, Abilities, Overlap, Positions
from keypin.formats.curl_options import Request, of_commands, of_config
from keypin.formats.curl_requests import REMARKS, read_requests
from keypin.formats.form import Form, Reading
from keypin.formats.notes import heading
from keypin.formats.pin_lines import ambiguous_comments, note_lines
from keypin.pins import PinSet, Policy
from keypin.pins.pin import Spelling

__all__ = ["FORMS", "REMARKS"]

CAN = Abilities(
    wildcards=NO_WILDCARDS,
    overlap=Overlap.NONE,
    positions=Positions.LEAF,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
)
_CONFIG = re.compile(r"^[ \t]*(?:--)?pinnedpubkey[ \t]*[=:\s]", re.MULTILINE)


def _read_commands(text: str, *, name: str | None, host: str | None) -> Reading:
    return _read(of_commands(text, name), name, host)


def _read_config(text: str, *, name: str | None, host: str | None) -> Reading:
    return _read(of_config(text, name), name, host)


def _read(
    found: tuple[str | None, Iterator[Request]], name: str | None, host: str | None
) -> Reading:
    title, requests = found
    return read_requests(requests, name=name, host=host, title=title)


def _write_commands(pin_set: PinSet) -> str:
    return _written(pin_set, "\n", "curl --pinnedpubkey '{pins}' {url}")


def _write_config(pin_set: PinSet) -> str:
    return _written(pin_set, "\nnext\n\n", 'url = "{url}"\npinnedpubkey = "{pins}"')


def _written(pin_set: PinSet, between: str, row: str) -> str:
    rows = (_row(policy, row) for policy in pin_set.policies)
    return f"# {heading(pin_set.name)}\n\n{between.join(rows)}"


def _row(policy: Policy, row: str) -> str:
    pins = ";".join(entry.pin.spell(Spelling.CURL) for entry in policy.pins)
    name = policy.host.name
    url = f"https://[{name}]/" if ":" in name else f"https://{name}/"
    return "\n".join([*note_lines(policy), row.format(pins=pins, url=url), ""])


def _is_commands(text: str, name: str) -> bool:
    return "curl" in text and "--pinnedpubkey" in text and not name.endswith("curlrc")


def _is_config(text: str, name: str) -> bool:
    return name.endswith("curlrc") or _CONFIG.search(text) is not None


COMMANDS = Form(
    id="curl",
    title="curl's command line",
    file="pins.sh",
    language="sh",
    can=CAN,
    read=_read_commands,
    write=_write_commands,
    own=ambiguous_comments,
    detect=_is_commands,
    page="how-to/platforms/curl.md",
)
CONFIG = Form(
    id="curlrc",
    title="curl's .curlrc",
    file=".curlrc",
    language="ini",
    can=CAN,
    read=_read_config,
    write=_write_config,
    own=ambiguous_comments,
    detect=_is_config,
    page="how-to/platforms/curl.md",
)
FORMS = (COMMANDS, CONFIG)
