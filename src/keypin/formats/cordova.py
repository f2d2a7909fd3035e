"""Cordova: cordova-plugin-sslcertificatechecker, which compares fingerprints of certificates.

https://github.com/EddyVerbruggen/SSLCertificateChecker-PhoneGap-Plugin. The plugin makes a
connection of its own, compares the leaf's fingerprint, and says so; the requests that the web view
makes afterwards are other connections, which nothing compares. Where that matters, pin by
Android's configuration and Apple's, which Cordova's config.xml takes in.
"""

from collections.abc import Iterator
from dataclasses import replace

from keypin.errors import Place
from keypin.findings import Severity
from keypin.formats.abilities import CODE_FORBIDS, NO_WILDCARDS, Abilities, Overlap, Positions
from keypin.formats.form import Form, Reading
from keypin.formats.notes import pin_note
from keypin.formats.remark import Remark
from keypin.formats.table import Idiom, read_table, table_heading, table_notes
from keypin.pins import Of, PinPosition, PinSet, Policy, Spelling

OTHER_CONNECTION = Remark(
    "cordova-other-connection",
    Severity.WARNING,
    "The plugin compares a connection of its own; the web view's requests are not pinned.",
    "Pin by Android's configuration and Apple's NSPinnedDomains: keypin export --to android-nsc, "
    "--to apple.",
)
REMARKS = (OTHER_CONNECTION,)

CAN = Abilities(
    wildcards=NO_WILDCARDS,
    overlap=Overlap.NONE,
    dotless=False,
    positions=Positions.LEAF,
    of=frozenset({Of.CERTIFICATE}),
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=CODE_FORBIDS,
)

_IDIOM = Idiom(
    "sslCertificateChecker with fingerprints",
    PinPosition.LEAF,
    bare="cert-sha256/",
    urls=True,
)
_AFTER = """\
};

// Asks before the first request; the plugin refuses a server whose fingerprint is not listed.
function checkServer(server, onSecure, onError) {
  const accepted = fingerprints[server];
  if (accepted === undefined) {
    onError('NOT_PINNED');
    return;
  }
  window.plugins.sslCertificateChecker.check(onSecure, onError, server, ...accepted);
}
"""


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    reading = read_table(text, _IDIOM, name=name, host=host)
    finding = OTHER_CONNECTION.at(
        "sslCertificateChecker", "a plugin compares fingerprints", Place(file=name)
    )
    return replace(reading, findings=(*reading.findings, finding))


def _write(pin_set: PinSet) -> str:
    rows = "\n".join(line for policy in pin_set.policies for line in _row(policy))
    head = table_heading(pin_set)
    return (
        f"{head}\n\n// Fingerprints (SHA-256) by server.\nconst fingerprints = {{\n{rows}\n{_AFTER}"
    )


def _row(policy: Policy) -> Iterator[str]:
    yield from (f"  // {note}" for note in table_notes(policy))
    yield f'  "https://{policy.host.name}": ['
    for entry in policy.pins:
        note = pin_note(entry, CODE_FORBIDS)
        spaced = entry.pin.spell(Spelling.HEX_COLON).replace(":", " ")
        yield f'    "{spaced}",' + (f" // {note}" if note else "")
    yield "  ],"


def _is_checker(text: str, name: str) -> bool:  # noqa: ARG001 - the plugin's name tells
    return "sslCertificateChecker" in text


FORM = Form(
    id="cordova",
    title="Cordova's sslCertificateChecker",
    file="fingerprints.js",
    language="javascript",
    can=CAN,
    read=_read,
    write=_write,
    detect=_is_checker,
    page="how-to/platforms/cordova.md",
)
FORMS = (FORM,)
