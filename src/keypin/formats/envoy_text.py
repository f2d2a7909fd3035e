"""The bootstrap file that Envoy's form writes, and the short way back from it.

A file of 10,000 clusters has half a million values, for which the way over YAML takes seconds. What
is line for line as it was written means one thing alone, and is read by the same template; whatever
differs in a single character is left to the reader of YAML.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Reading
from keypin.formats.notes import heading, pin_note, policy_notes, read_heading
from keypin.pins import Of, PinSet, Policy, PolicyPin
from keypin.pins.pin import Spelling

# Debian's bundle of CAs; other systems have theirs elsewhere.
_CLUSTER = """\
    - name: "{host}"
      type: {discovery}
      load_assignment:
        cluster_name: "{host}"
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: {{ address: "{host}", port_value: 443 }}
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
{sni}          common_tls_context:
            validation_context:
              trusted_ca: {{ filename: /etc/ssl/certs/ca-certificates.crt }}
              match_typed_subject_alt_names:
                - san_type: {kind}
                  matcher: {{ exact: "{host}" }}
"""
_SNI = '          sni: "{host}"\n'
_START = "\nstatic_resources:\n  clusters:\n"
_LISTS = (
    (Of.SPKI, "verify_certificate_spki", Spelling.BASE64),
    (Of.CERTIFICATE, "verify_certificate_hash", Spelling.HEX),
)


def write_own(pin_set: PinSet) -> str:
    """Return the bootstrap file of a pin set: a cluster a host."""
    clusters = "".join(map(_cluster, pin_set.policies))
    return f"# {heading(pin_set.name)}\n{_START}{clusters}"


def _cluster(policy: Policy) -> str:
    host = policy.host.name
    notes = "".join(f"    # {note}\n" for note in policy_notes(policy))
    address = _is_address(host)
    body = _CLUSTER.format(
        host=host,
        discovery="STATIC" if address else "LOGICAL_DNS",
        sni="" if address else _SNI.format(host=host),
        kind="IP_ADDRESS" if address else "DNS",
    )
    return notes + body + "".join(_lists(policy))


def _is_address(host: str) -> bool:
    """Tell whether a canonical host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _lists(policy: Policy) -> Iterator[str]:
    for of, key, spelling in _LISTS:
        entries = [entry for entry in policy.pins if entry.pin.of is of]
        if entries:
            yield f"              {key}:\n"
        for entry in entries:
            note = pin_note(entry)
            behind = f" # {note}" if note else ""
            yield f'                - "{entry.pin.spell(spelling)}"{behind}\n'


# YAML ends a line, and so a comment, at more than a line feed.
_NOTE = "[^\\n\\r\\x85\\u2028\\u2029]*"
_DIGEST = {Of.SPKI: "[A-Za-z0-9+/]{43}=", Of.CERTIFICATE: "[0-9a-f]{64}"}


def _pattern() -> "re.Pattern[str]":
    """Return the template as an expression, for hosts that are names."""
    sni = _SNI.format(host="HOST")
    body = re.escape(_CLUSTER.format(host="HOST", discovery="LOGICAL_DNS", sni=sni, kind="DNS"))
    body = body.replace("HOST", "(?P<host>[a-z0-9._-]+)", 1).replace("HOST", "(?P=host)")
    lists = "".join(
        rf"(?:              {key}:\n(?P<{of}>"
        rf'(?:                - "{_DIGEST[of]}"(?: # {_NOTE})?\n)+))?'
        for of, key, _ in _LISTS
    )
    return re.compile(rf"(?P<notes>(?:    # {_NOTE}\n)*){body}{lists}")


_HEADING = re.compile(rf"# ({_NOTE})\n{re.escape(_START)}")
_BLOCK = _pattern()
_CONTEXT = _CLUSTER.partition("trusted_ca")[0].count("\n") + 1  # its line, the sni's included


def read_own(text: str, *, name: str | None) -> Reading | None:
    """Return the pins of a text that is as `write_own` writes it, or None.

    Raises:
        InputError: a pin or host in it is malformed; says where.
    """
    start = _HEADING.match(text)
    if start is None:
        return None
    draft = Draft(name, read_heading(start[1]))
    at, line, hosts = start.end(), start[0].count("\n") + 1, set[str]()
    while at < len(text):
        block = _BLOCK.match(text, at)
        if block is None or block["host"] in hosts or _is_address(block["host"]):
            return None
        hosts.add(block["host"])
        notes = [note[6:] for note in block["notes"].split("\n")[:-1]]
        last = line + block[0].count("\n")
        pins = list(_pins(block, draft, last))
        if not pins:
            return None
        draft.add(block["host"], pins, draft.place(line + len(notes) + _CONTEXT), notes)
        at, line = block.end(), last
    return Reading(pin_set=draft.pin_set("clusters with pins"))


def _pins(block: "re.Match[str]", draft: Draft, last: int) -> Iterator[PolicyPin]:
    """Yield the pins of a block, whose lists end at its last line."""
    spki, hashes = ((block[of] or "").split("\n")[:-1] for of, _, _ in _LISTS)
    for rows, prefix, end in (
        (spki, "sha256/", last - len(hashes) - bool(hashes)),
        (hashes, "cert-sha256/", last),
    ):
        for line, row in enumerate(rows, start=end - len(rows)):
            _, digest, note = row.split('"', 2)
            place = draft.place(line)
            yield pin_of(prefix + digest, place, note=note[3:], position="leaf")
