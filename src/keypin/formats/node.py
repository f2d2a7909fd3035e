"""Node: an `https.Agent` that looks for the pins in the chain above the server's certificate.

https://nodejs.org/api/tls.html#tlscheckserveridentityhostname-cert. Node shows no verified chain:
`issuerCertificate` links what the server presented by names alone, so that a server can put a
forged certificate with a pinned key there. A link counts here only if the issuer is a CA, is valid
today, and its key verifies the signature. `checkServerIdentity` does not run for resumed sessions,
so none are kept. Its result is void with `rejectUnauthorized: false`, which is put right.
"""

from keypin.formats.form import Form, Reading
from keypin.formats.table import TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinSet

_BEFORE = """\
"use strict";

const { X509Certificate, createHash } = require("node:crypto");
const https = require("node:https");
const tls = require("node:tls");

// Pins by host pattern: a name alone, "*." for one label more, "**." for it and its subdomains.
// The most specific pattern decides; one without pins is exempt.
const pins = new Map([
"""
_ROW = """\
["{host}", [
  {pins}
]],"""
_AFTER = """\
]);

function pinsFor(host) {
  const labels = host.toLowerCase().replace(/\\.$/, "").split(".");
  for (let above = 0; above < labels.length; above++) {
    const name = labels.slice(above).join(".");
    const patterns = [`**.${name}`];
    if (above === 0) patterns.unshift(name);
    if (above === 1) patterns.unshift(`*.${name}`);
    const found = patterns.find((pattern) => pins.has(pattern));
    if (found !== undefined) return pins.get(found);
  }
  return [];
}

// Node links the presented certificates by their names; only signatures make them a chain.
function certifies(issuer, subject) {
  const now = Date.now();
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey) &&
    Date.parse(issuer.validFrom) <= now && now <= Date.parse(issuer.validTo);
}

function pinOf(certificate) {
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return `sha256/${createHash("sha256").update(key).digest("base64")}`;
}

// For every TLS client of Node: pass it as the option of this name.
function checkServerIdentity(host, peer) {
  const error = tls.checkServerIdentity(host, peer);
  const accepted = pinsFor(host);
  if (error || accepted.length === 0) return error;
  let link = peer;
  let certificate = new X509Certificate(peer.raw);
  for (;;) {
    if (accepted.includes(pinOf(certificate))) return undefined;
    const issuer = link.issuerCertificate;
    if (!issuer || issuer === link) break;
    const above = new X509Certificate(issuer.raw);
    if (!certifies(above, certificate)) break;
    [link, certificate] = [issuer, above];
  }
  return new Error(`${host}: no pin matches the chain`);
}

// A resumed session is not checked again, so that none may be kept.
class PinnedAgent extends https.Agent {
  constructor(options = {}) {
    super({ ...options, maxCachedSessions: 0 });
  }

  createConnection(options, callback) {
    const checked = { checkServerIdentity, rejectUnauthorized: true, session: undefined };
    return super.createConnection({ ...options, ...checked }, callback);
  }
}

module.exports = { PinnedAgent, checkServerIdentity };
"""


_IDIOM = Idiom("JavaScript with hosts and sha256/ pins")


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _IDIOM, name=name, host=host)


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, _ROW, indent="  ")
    return f"{table_heading(pin_set)}\n{_BEFORE}{rows}\n{_AFTER}"


def _is_node(text: str, name: str) -> bool:
    script = name.endswith((".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")) or not name
    return script and "checkServerIdentity" in text


FORM = Form(
    id="node",
    title="Node's checkServerIdentity",
    file="pins.cjs",
    language="javascript",
    can=TABLE,
    read=_read,
    write=_write,
    detect=_is_node,
    page="how-to/platforms/node.md",
)
FORMS = (FORM,)
