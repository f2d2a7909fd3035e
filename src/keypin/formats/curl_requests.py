"""From curl's requests to policies: which members of a list curl compares, and for which host.

The rules of `--pinnedpubkey` stand in `keypin.formats.curl`; here each that would surprise its
writer is a remark.
"""

import re
from collections.abc import Iterable, Iterator

from keypin.errors import FormatError, PinError, Place
from keypin.findings import Severity
from keypin.formats.curl_options import Request
from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Reading
from keypin.formats.pin_lines import read_note_lines
from keypin.formats.remark import NOT_FOLLOWED, Remark
from keypin.formats.shell import Word
from keypin.pins import PolicyPin

_MANUAL = "https://curl.se/docs/manpage.html#--pinnedpubkey"
DEAD_MEMBER = Remark(
    "curl-dead-pin",
    Severity.ERROR,
    "curl compares the members of the list character for character, and tells nobody of one that "
    "can never match.",
    "Write the pins as sha256//BASE64 with a semicolon between them, and no blank.",
    _MANUAL,
)
INSECURE = Remark(
    "curl-insecure",
    Severity.WARNING,
    "--insecure turns off certificate, host name and expiry checks; the pin alone is left.",
    "Name the CA with --cacert instead.",
    _MANUAL,
)
PLAIN = Remark(
    "curl-plain",
    Severity.ERROR,
    "Without TLS there is no key to compare, and curl says nothing.",
    "Write https:// in front of the host.",
    _MANUAL,
)
REMARKS = (DEAD_MEMBER, INSECURE, PLAIN)

_WHAT = "curl with --pinnedpubkey 'sha256//...' and a URL"
_BEGIN = "sha256//"
_MEMBER = re.compile(r"sha256//[A-Za-z0-9+/]{43}=")
_URL = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.-]*)://)?(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(?::[0-9]*)?(?:[/?#].*)?"
)
_WITHOUT_TLS = {"http", "ws", "gopher", "telnet", "tftp", "file", "dict"}


def read_requests(
    requests: Iterable[Request], *, name: str | None, host: str | None, title: str | None
) -> Reading:
    """Return the pins of requests.

    Args:
        requests: what curl is asked for.
        name: the file's name.
        host: the host of requests that name none.
        title: the pin set's name.

    Raises:
        InputError: no member of a list can match, a host is malformed or pinned twice in different
            ways, or nothing is pinned; says where.
    """
    draft = Draft(name, title)
    seen: dict[str, list[PolicyPin]] = {}
    for request in requests:
        if "pinnedpubkey" in request.options:
            _add(draft, request, host, seen)
    return Reading(pin_set=draft.pin_set(_WHAT), findings=tuple(draft.findings))


def _add(
    draft: Draft, request: Request, host: str | None, seen: dict[str, list[PolicyPin]]
) -> None:
    option = request.options["pinnedpubkey"]
    hosts = list(_hosts(draft, request, host, option))
    pins = list(_pins(draft, option, hosts[0][0] if hosts else option.text))
    if not pins:
        return
    notes, pins = read_note_lines(request.above, pins)
    for text, line in hosts:
        if seen.setdefault(text, pins) is pins or not _same(seen[text], pins):
            draft.add(text, pins, draft.place(line), notes)
        if (insecure := request.options.get("insecure")) is not None:
            draft.findings.append(
                INSECURE.at(text, "--insecure stands beside the pins", draft.place(insecure.line))
            )


def _same(one: list[PolicyPin], other: list[PolicyPin]) -> bool:
    """Tell whether two requests for one host, as on two ports, accept the same keys."""
    return {entry.pin for entry in one} == {entry.pin for entry in other}


def _pins(draft: Draft, option: Word, subject: str) -> Iterator[PolicyPin]:
    """Yield the members of a list that curl compares."""
    place = draft.place(option.line)
    if not option.known or not option.text.startswith(_BEGIN):
        what = "the list is computed" if not option.known else "the key is in a file"
        draft.findings.append(NOT_FOLLOWED.at(option.text, what, place))
        return
    dead = 0
    members = option.text[len(_BEGIN) :].split(f";{_BEGIN}")
    for member in members:
        entry = _member(_BEGIN + member, place)
        if entry is not None:
            yield entry
            continue
        dead += 1
        draft.findings.append(
            DEAD_MEMBER.at(subject, f"{_BEGIN + member!r} can never match", place)
        )
    if dead == len(members):
        raise FormatError(
            f"no pin in {option.text!r} can match, so curl refuses every server",
            expected="sha256//BASE64, and a semicolon without a blank between two",
            place=place,
        )


def _member(text: str, place: Place) -> PolicyPin | None:
    """Return a pin that curl can match, whose base64 is the one spelling of its digest."""
    if _MEMBER.fullmatch(text) is None:
        return None
    try:
        return pin_of(text.replace("//", "/", 1), place, position="leaf")
    except PinError:
        return None


def _hosts(
    draft: Draft, request: Request, host: str | None, option: Word
) -> Iterator[tuple[str, int]]:
    """Yield the hosts that a request pins."""
    if not request.urls:
        if host is not None:
            yield host, option.line
        else:
            message = "the pins stand beside no URL"
            draft.findings.append(NOT_FOLLOWED.at(option.text, message, draft.place(option.line)))
    for url in request.urls:
        place = draft.place(url.line)
        found = _URL.fullmatch(url.text)
        if found is None or not url.known or set("{}[]") & set(found[2].strip("[]")):
            if host is not None:
                yield host, url.line
            else:
                draft.findings.append(NOT_FOLLOWED.at(url.text, "the URL is computed", place))
        elif (found[1] or "http").lower() in _WITHOUT_TLS:
            draft.findings.append(PLAIN.at(url.text, "the URL is not one of TLS", place))
        else:
            yield found[2].strip("[]"), url.line
