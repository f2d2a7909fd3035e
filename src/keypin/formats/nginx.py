"""nginx: client certificates by a map of their SHA-256 digests.

https://nginx.org/en/docs/http/ngx_http_ssl_module.html: `$ssl_client_fingerprint` is SHA-1, and
there is no other; the SHA-256 digest is computed by njs from `$ssl_client_raw_cert`, in the few
lines that the documentation's page on this form shows. Without them nginx does not start, for the
map's variable is unknown then. A map compares strings without their case.
"""

import re
from dataclasses import replace

from keypin.formats.client_pins import CAN, Clients, comment_lines
from keypin.formats.draft import Draft
from keypin.formats.form import Form, Reading
from keypin.formats.notes import heading, pin_note, policy_notes
from keypin.pins import PinSet, Policy

_WHAT = "a map from SHA-256 digests of certificates to clients"
_HEAD = """\
# In the server: ssl_verify_client on; if ($pinned_client = "") {{ return 403; }}
js_import keypin from keypin.js;
js_set $client_sha256 keypin.sha256;
map_hash_bucket_size 128;
map_hash_max_size {size};
map $client_sha256 $pinned_client {{
    default "";
"""
_SMALLEST = 2048  # nginx's own default
_ENTRY = re.compile(r"[\"']?([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})[\"']?\s+[\"']?([^\s;\"']+)[\"']?\s*;")
_COMPARED = re.compile(r"\$ssl_client_fingerprint\s*!?=\s*[\"']?([0-9A-Fa-f]{40})\b")
_MAP = re.compile(r"^[ \t]*map\s+\$\w+\s+\$\w+\s*\{", re.MULTILINE)
_SHORT = 40


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    clients = Clients(Draft(name), host)
    for number, line in enumerate(text.split("\n"), start=1):
        body, mark, note = line.partition("#")
        if not body.strip():
            clients.comment(note.lstrip("#").strip()) if mark else clients.blank()
            continue
        entries = _ENTRY.findall(body)
        for digest, client in entries:
            if len(digest) == _SHORT:
                clients.sha1(digest, number)
            else:
                clients.add(client if "." in client else None, digest, number, note.strip())
        for digest in _COMPARED.findall(body):
            clients.sha1(digest, number)
        if not entries:
            clients.blank()
    return clients.reading(_WHAT)


def _write(pin_set: PinSet) -> str:
    count = sum(len(policy.pins) for policy in pin_set.policies)
    size = max(_SMALLEST, 2 << count.bit_length())
    blocks = "".join(map(_block, pin_set.policies))
    return f"# {heading(pin_set.name)}\n{_HEAD.format(size=size)}{blocks}}}\n"


def _block(policy: Policy) -> str:
    lines = ["\n" + comment_lines(policy_notes(policy), "    ")]
    for entry in policy.pins:
        note = pin_note(entry)
        behind = f" # {note}" if note else ""
        lines.append(f"    {entry.pin.digest.hex()} {policy.host.name};{behind}\n")
    return "".join(lines)


def _is_nginx(text: str, name: str) -> bool:  # noqa: ARG001 - files of any name
    return "$ssl_client_fingerprint" in text or _MAP.search(text) is not None


FORM = Form(
    id="nginx",
    title="nginx's client certificates",
    file="nginx.conf",
    language="nginx",
    can=replace(CAN, dotless=False),  # a value like `1` names nobody
    read=_read,
    write=_write,
    detect=_is_nginx,
    page="how-to/platforms/haproxy-nginx-stunnel.md",
)
FORMS = (FORM,)
