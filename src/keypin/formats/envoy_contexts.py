"""From Envoy's configurations to policies: every validation context that names pins, at any depth.

The host is the `sni` of the TLS context around it, else the one exact name that it demands of the
certificate. A context of a listener is of its clients,
whose names it does not know: they are asked for.
"""

import re
from collections.abc import Iterator

from keypin.errors import FormatError
from keypin.findings import Severity
from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Reading
from keypin.formats.notes import read_heading
from keypin.formats.remark import NOT_FOLLOWED, Remark
from keypin.formats.yaml_text import Mapping, Node, Scalar, Sequence, documents, mappings
from keypin.pins import PolicyPin

_PROTO = (
    "https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/"
    "common.proto"
)
WITHOUT_CA = Remark(
    "envoy-without-ca",
    Severity.WARNING,
    "Without a CA to verify to, the pins are all that is checked, and expired certificates pass.",
    "Add trusted_ca, or system_root_certs.",
    _PROTO,
)
UNTRUSTED = Remark(
    "envoy-untrusted",
    Severity.ERROR,
    "Envoy then accepts certificates that do not verify, and only marks the connection.",
    "Take trust_chain_verification out.",
    _PROTO,
)
ANY_NAME = Remark(
    "envoy-any-name",
    Severity.NOTE,
    "Envoy does not compare the certificate's names with the sni by itself.",
    "Add match_typed_subject_alt_names with the exact name, or auto_sni_san_validation.",
    _PROTO,
)
REMARKS = (WITHOUT_CA, UNTRUSTED, ANY_NAME)

_WHAT = "a validation context with verify_certificate_spki or verify_certificate_hash"
_SPKI, _HASH = "verifycertificatespki", "verifycertificatehash"
_ALLOWED = {
    _SPKI: (re.compile(r"[A-Za-z0-9+/]{43}="), "sha256/", "44 characters of base64"),
    _HASH: (
        re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}"),
        "cert-sha256/",
        "64 hex digits, with or without colons",
    ),
}
# Where the CAs may come from; a secret that is fetched may bring them.
_CA = {
    "trustedca",
    "systemrootcerts",
    "cacertificateproviderinstance",
    "validationcontextsdssecretconfig",
}
_NAMES = {"matchtypedsubjectaltnames", "matchsubjectaltnames"}
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts lines
_BEHIND = re.compile(r"[\"',\s]*#\s*(.*?)\s*")


def read_contexts(text: str, *, name: str | None, host: str | None) -> Reading:
    """Read a configuration, or a part of one.

    Args:
        text: YAML or JSON.
        name: the file's name.
        host: the host of contexts that do not tell theirs.

    Raises:
        InputError: it is no YAML, Envoy would refuse a pin, one host has different pins, or there
            are none; says where.
    """
    return _Contexts(text, name, host).read()


class _Contexts:
    """The walk over a configuration."""

    def __init__(self, text: str, name: str | None, host: str | None) -> None:
        self.draft = Draft(name)
        self.text = text
        self.lines = _LINE_BREAK.split(text)
        self.host = host
        self.seen: dict[str, list[PolicyPin]] = {}

    def read(self) -> Reading:
        first = self.lines[0].strip()
        self.draft.title = read_heading(first.lstrip("#").strip()) if first[:1] == "#" else None
        for found, around in mappings(documents(self.text, self.draft.name), self.draft.name):
            keys = _keys(found)
            if _SPKI in keys or _HASH in keys:
                self.context(found, keys, around)
        pin_set = self.draft.pin_set(_WHAT)
        return Reading(pin_set=pin_set, findings=tuple(self.draft.findings))

    def context(self, found: Mapping, keys: dict[str, Node], around: tuple[Mapping, ...]) -> None:
        """Add the policy of a validation context."""
        pins = [entry for key in (_SPKI, _HASH) for entry in self.pins(key, keys.get(key))]
        place = self.draft.place(found.line)
        if not pins:
            return
        host = _host(keys, around) or self.host
        if host is None:
            message = "the validation context does not say for which host it is"
            self.draft.findings.append(NOT_FOLLOWED.at("validation_context", message, place))
            return
        known = self.seen.setdefault(host, pins)
        if known is pins or {one.pin for one in known} != {one.pin for one in pins}:
            self.draft.add(host, pins, place, self.above(around or (found,)))
        self.judge(host, keys, around, found.line)

    def pins(self, key: str, node: Node | None) -> Iterator[PolicyPin]:
        """Yield the pins of a list."""
        if node is None:
            return
        allowed, prefix, expected = _ALLOWED[key]
        for item in node.items if isinstance(node, Sequence) else [node]:
            place = self.draft.place(item.line)
            if not isinstance(item, Scalar) or not isinstance(node, Sequence):
                raise FormatError("a pin that stands in no list", expected=_WHAT, place=place)
            if allowed.fullmatch(item.text) is None:
                raise FormatError(f"the pin {item.text!r}", expected=expected, place=place)
            yield pin_of(prefix + item.text, place, note=self.behind(item), position="leaf")

    def behind(self, item: Scalar) -> str:
        """Return the comment behind a value."""
        found = _BEHIND.fullmatch(self.lines[item.line - 1][item.end :])
        return found[1] if found else ""

    def above(self, around: tuple[Mapping, ...]) -> list[str]:
        """Return the comment lines above the cluster, or above what else is innermost in a list."""
        notes: list[str] = []
        for outer in reversed(around):
            line = outer.line - 2
            while line > 0 and self.lines[line].lstrip().startswith("#"):
                notes.insert(0, self.lines[line].strip().lstrip("#").strip())
                line -= 1
            if notes or self.lines[outer.line - 1].lstrip().startswith("- name"):
                break
        return notes

    def judge(
        self, host: str, keys: dict[str, Node], around: tuple[Mapping, ...], line: int
    ) -> None:
        """Say what is switched off beside the pins."""
        place = self.draft.place(line)
        outer = {key for mapping in around for key in _keys(mapping)}
        if not _CA & (keys.keys() | outer):
            self.draft.findings.append(WITHOUT_CA.at(host, "there is no trusted_ca", place))
        trust = keys.get("trustchainverification")
        if isinstance(trust, Scalar) and trust.text == "ACCEPT_UNTRUSTED":
            message = "trust_chain_verification is ACCEPT_UNTRUSTED"
            self.draft.findings.append(UNTRUSTED.at(host, message, self.draft.place(trust.line)))
        if not _NAMES & keys.keys() and "autosnisanvalidation" not in outer:
            self.draft.findings.append(ANY_NAME.at(host, "no name is demanded", place))


def _keys(mapping: Mapping) -> dict[str, Node]:
    """Return a mapping by its keys in one spelling: protobuf's JSON knows two of each."""
    return {key.replace("_", "").lower(): value for key, value in mapping.pairs}


def _host(keys: dict[str, Node], around: tuple[Mapping, ...]) -> str | None:
    """Return the host that a context is for, if it can be told."""
    for outer in reversed(around):
        sni = _keys(outer).get("sni")
        if isinstance(sni, Scalar) and sni.text:
            return sni.text
    for key in _NAMES & keys.keys():
        texts = [text for found, _ in mappings([keys[key]]) for text in _exact(found)]
        if len(texts) == 1:
            return texts[0]
    return None


def _exact(found: Mapping) -> Iterator[str]:
    value = _keys(found).get("exact")
    if isinstance(value, Scalar):
        yield value.text
