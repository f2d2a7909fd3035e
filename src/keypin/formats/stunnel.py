"""stunnel: `verifyPeer = yes` and the certificates in `CAfile`, read alone.

https://www.stunnel.org/static/stunnel.html: with `verifyPeer` the peer's certificate must be one of
the file's, whole. A pin set has digests, from which no certificate is made: this form is never
written. What is read is the file of certificates, beside or without the configuration. Each is a
pin of the name in it; one without a DNS name needs a host.
"""

import re

from keypin.certs import load_certificates
from keypin.errors import CertificateError, FormatError
from keypin.findings import Severity
from keypin.formats.abilities import NO_WILDCARDS, Abilities, Overlap, Positions
from keypin.formats.client_pins import Clients
from keypin.formats.draft import Draft
from keypin.formats.form import Form, Reading
from keypin.formats.remark import NOT_FOLLOWED, Remark
from keypin.pins import PinSet

NOT_PINNED = Remark(
    "stunnel-verify-chain",
    Severity.WARNING,
    "Any certificate of the CAs is accepted then.",
    "Say verifyPeer = yes, and put the peers' certificates into CAfile.",
    "https://www.stunnel.org/static/stunnel.html",
)
REMARKS = (NOT_PINNED,)

_WHAT = "certificates in PEM, as in stunnel's CAfile"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")
_OPTION = re.compile(
    r"^[ \t]*(CAfile|CApath|verifyPeer|verifyChain|verify)[ \t]*=(.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_PEER = re.compile(r"^[ \t]*verify(?:Peer|Chain)\s*=", re.MULTILINE | re.IGNORECASE)
_OLD_PEER = {"3", "4"}  # `verify = 3` and `4`, before 5.34


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    draft = Draft(name)
    _options(text, draft)
    clients = Clients(draft, host)
    for found in _PEM.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        try:
            (certificate,) = load_certificates(found[0].encode())
        except CertificateError as error:
            raise error.at(draft.place(line)) from error
        names = certificate.dns_names
        clients.add(names[0] if names else None, certificate.sha256.hex(), line)
    return clients.reading(_WHAT)


def _options(text: str, draft: Draft) -> None:
    """Say what the configuration refers to, and where it does not pin."""
    options = {option.lower(): value.strip() for option, value in _OPTION.findall(text)}
    has_peer = options.get("verifypeer") == "yes" or options.get("verify") in _OLD_PEER
    for found in _OPTION.finditer(text):
        place = draft.place(text.count("\n", 0, found.start(1)) + 1)
        option = found[1].lower()
        if option in ("cafile", "capath"):
            message = "the certificates are in another file"
            draft.findings.append(NOT_FOLLOWED.at(found[2].strip(), message, place))
        elif option == "verifychain" and not has_peer:
            draft.findings.append(NOT_PINNED.at(found[1], "verifyPeer is not set", place))


def _write(pin_set: PinSet) -> str:
    """Return no text: the losses have refused every pin set before.

    Raises:
        FormatError: always.
    """
    raise FormatError(
        f"digests of {pin_set.policies[0].host}",
        expected="the certificates themselves",
        next_step="put them into stunnel's CAfile",
    )


def _is_stunnel(text: str, name: str) -> bool:
    """Tell by the options: certificates alone may be anybody's."""
    return "stunnel" in name or _PEER.search(text) is not None


FORM = Form(
    id="stunnel",
    title="stunnel",
    file="stunnel.pem",
    language="text",
    can=Abilities(
        wildcards=NO_WILDCARDS,
        overlap=Overlap.NONE,
        positions=Positions.LEAF,
        of=frozenset(),
    ),
    read=_read,
    write=_write,
    detect=_is_stunnel,
    page="how-to/platforms/haproxy-nginx-stunnel.md",
)
FORMS = (FORM,)
