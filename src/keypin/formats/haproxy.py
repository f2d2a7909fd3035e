"""HAProxy: client certificates by the digest `ssl_c_der,sha2(256),hex`.

https://docs.haproxy.org/2.6/configuration.html#7.3.4-ssl_c_der: the certificate that the client
presented, in DER; `hex` writes capitals, and strings are compared with their case unless `-i` is
said. What is written are the rules of a frontend: a line a digest, which names the client, and the
refusal of whoever has no name. Without a certificate there is no digest, and so no name.
"""

import re

from keypin.findings import Severity
from keypin.formats.client_pins import CAN, Clients, comment_lines
from keypin.formats.draft import Draft
from keypin.formats.form import Form, Reading
from keypin.formats.notes import heading, pin_note, policy_notes
from keypin.formats.remark import NOT_FOLLOWED, Remark
from keypin.pins import PinSet, Policy

_MANUAL = "https://docs.haproxy.org/2.6/configuration.html"
NOT_VERIFIED = Remark(
    "haproxy-verify",
    Severity.WARNING,
    "Without `verify required` clients without a certificate connect, and CAs do not count.",
    "Say `verify required` and `ca-file` in the bind line.",
    f"{_MANUAL}#5.1-verify",
)
DEAD_DIGEST = Remark(
    "haproxy-dead-digest",
    Severity.ERROR,
    "The hex converter writes capitals, and strings are compared with their case.",
    "Write the digest in capitals, or say -i.",
    f"{_MANUAL}#7.1.3",
)
REMARKS = (NOT_VERIFIED, DEAD_DIGEST)

_WHAT = "rules with ssl_c_der,sha2(256),hex and digests"
_HEAD = """\
# In a frontend whose bind line says: ssl crt FILE ca-file FILE verify required
http-request set-var(txn.client_pin) ssl_c_der,sha2(256),hex
"""
_END = "\nhttp-request deny deny_status 403 unless { var(txn.client) -m found }\n"
_RULE = "http-request set-var(txn.client) str({host}) if {{ var(txn.client_pin) -m str {digest} }}"
_FETCH = re.compile(r"ssl_c_der\s*,\s*sha2\(256\)\s*,\s*hex|var\((?:txn|sess|req)\.\w*pin\w*\)")
_SHA1 = re.compile(r"ssl_c_sha1\b")
_DIGEST = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})(?![0-9A-Fa-f])")
_CLIENT = re.compile(r"str\(([^()\s]+)\)|^acl\s+(\S+\.\S+)\s")
_VERIFY = re.compile(r"^bind\s.*\sverify\s+(optional|none)\b")
_OTHER_FILE = re.compile(r"\s-f\s+(\S+)|map\w*\(([^),]+)")
_SHORT = 40


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    clients = Clients(Draft(name), host)
    for number, line in enumerate(text.split("\n"), start=1):
        body, mark, note = line.partition("#")
        body = body.strip()
        if body:
            _rule(clients, body, number, note.strip())
        elif mark:
            clients.comment(note.lstrip("#").strip())
        else:
            clients.blank()
    return clients.reading(_WHAT)


def _rule(clients: Clients, body: str, line: int, note: str) -> None:
    """Take what a line says of digests."""
    place = clients.draft.place(line)
    if found := _VERIFY.search(body):
        message = f"the bind line says verify {found[1]}"
        clients.draft.findings.append(NOT_VERIFIED.at(body.split()[1], message, place))
    fetch, short = _FETCH.search(body), _SHA1.search(body)
    if fetch is None and short is None:
        clients.blank()
        return
    named = _CLIENT.search(body)
    client = (named[1] or named[2]) if named else None
    for digest in _DIGEST.findall(body):
        if len(digest) == _SHORT:
            clients.sha1(digest, line)
        elif digest != digest.upper() and " -i" not in body:
            message = "the digest has small letters"
            clients.draft.findings.append(DEAD_DIGEST.at(digest, message, place))
        else:
            clients.add(client, digest, line, note)
    if other := _OTHER_FILE.search(body):
        message = "the digests are in another file"
        clients.draft.findings.append(NOT_FOLLOWED.at(other[1] or other[2], message, place))


def _write(pin_set: PinSet) -> str:
    blocks = "".join(map(_block, pin_set.policies))
    return f"# {heading(pin_set.name)}\n{_HEAD}{blocks}{_END}"


def _block(policy: Policy) -> str:
    lines = ["\n" + comment_lines(policy_notes(policy), "")]
    for entry in policy.pins:
        note = pin_note(entry)
        behind = f" # {note}" if note else ""
        digest = entry.pin.digest.hex().upper()
        lines.append(_RULE.format(host=policy.host.name, digest=digest) + behind + "\n")
    return "".join(lines)


def _is_haproxy(text: str, name: str) -> bool:  # noqa: ARG001 - files of any name
    return "ssl_c_der" in text or "ssl_c_sha1" in text


FORM = Form(
    id="haproxy",
    title="HAProxy's client certificates",
    file="haproxy.cfg",
    language="haproxy",
    can=CAN,
    read=_read,
    write=_write,
    detect=_is_haproxy,
    page="how-to/platforms/haproxy-nginx-stunnel.md",
)
FORMS = (FORM,)
