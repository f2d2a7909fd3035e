"""DANE: TLSA records in a zone file, for `https` (usages 0 and 1) and for mail (2 and 3).

RFC 6698: usage 1 names the server's certificate or key, usage 0 a CA's in its path, and the usual
verification by CAs holds as well; usages 3 and 2 say the same in its place. RFC 7672: mail servers
know usages 2 and 3 alone. RFC 7671 section 9: of the records of one usage and selector, those with
the strongest digest are compared alone. A pin at any position is a record of each usage.
"""

import re
from collections.abc import Iterator

from keypin.formats.abilities import NO_WILDCARDS, Abilities, Overlap, Positions
from keypin.formats.form import Form, Reading
from keypin.formats.loss import Effect, Loss, lost
from keypin.formats.notes import heading, pin_note, policy_notes
from keypin.formats.tlsa_data import DANE_EE, DANE_TA, PKIX_EE, PKIX_TA, write_data
from keypin.formats.tlsa_sets import HTTPS, MAIL, Service, read_service
from keypin.pins import Digest, Of, PinPosition, PinSet, Policy

_LEAF, _CA = {PinPosition.ANY, PinPosition.LEAF}, set(PinPosition) - {PinPosition.LEAF}

CAN = Abilities(
    wildcards=NO_WILDCARDS,
    overlap=Overlap.NONE,
    addresses=False,
    positions=Positions.BOTH_USAGES,
    of=frozenset(Of),
    digests=frozenset(Digest),
    reasons=True,
    roles=True,
    comments=True,
    names=True,
)
_RECORD = re.compile(r"^[^;\n]*\s(?:TLSA|TYPE52)[ \t(]", re.MULTILINE | re.IGNORECASE)
_PORT = re.compile(r"(?:^|\s)_(\d+)\._(?:tcp|udp|sctp)\b", re.IGNORECASE)


def _write(pin_set: PinSet, port: int, usages: tuple[int, int]) -> str:
    lines = [f"; {heading(pin_set.name)}"]
    for policy in pin_set.policies:
        lines.append("")
        lines += (f"; {note}" for note in policy_notes(policy))
        owner = f"_{port}._tcp.{policy.host.name}."
        for entry in policy.pins:
            note = pin_note(entry)
            behind = f" ; {note}" if note else ""
            for usage, positions in zip(usages, (_LEAF, _CA), strict=True):
                if entry.pin.position in positions:
                    lines.append(f"{owner} IN TLSA {write_data(usage, entry.pin)}{behind}")
    return "\n".join([*lines, ""])


def _own(pin_set: PinSet) -> Iterator[Loss]:
    for policy in pin_set.policies:
        yield from _positions(policy)
        yield from _agility(policy)


def _positions(policy: Policy) -> Iterator[Loss]:
    """Yield the loss of a digest that stands twice: both usages of one are one pin."""
    digests = {(entry.pin.digest, entry.pin.of) for entry in policy.pins}
    if len(digests) < len(policy.pins):
        message = "a digest that is pinned as leaf and as CA is read back as one pin"
        yield lost(policy, "position", Effect.DROPPED, message, 'say position = "any"')


def _agility(policy: Policy) -> Iterator[Loss]:
    """Yield the loss of pins of two digests: clients pass over the weaker."""
    for positions in (_LEAF, _CA):
        for of in Of:
            pins = [entry.pin for entry in policy.pins if entry.pin.of is of]
            kinds = {pin.algorithm for pin in pins if pin.position in positions}
            if len(kinds) > 1:
                message = "clients compare the strongest digest alone, and pass over SHA-256 here"
                cure = "pin by one digest"
                yield lost(policy, "digest-agility", Effect.BREAKS, message, cure)
                return


def _form(service: Service, id: str, title: str, usages: tuple[int, int]) -> Form:  # noqa: A002
    def read(text: str, *, name: str | None, host: str | None) -> Reading:
        return read_service(text, service, name=name, host=host)

    def write(pin_set: PinSet) -> str:
        return _write(pin_set, service.port, usages)

    def detect(text: str, name: str) -> bool:  # noqa: ARG001 - zone files have any name
        mail = set(_PORT.findall(text)) == {str(MAIL.port)}
        return _RECORD.search(text) is not None and mail is (service is MAIL)

    return Form(
        id=id,
        title=title,
        file=f"{id}.zone",
        language="zone",
        can=CAN,
        read=read,
        write=write,
        own=_own,
        detect=detect,
        page="how-to/platforms/dane.md",
    )


FORMS = (
    _form(HTTPS, "tlsa", "TLSA records", (PKIX_EE, PKIX_TA)),
    _form(MAIL, "tlsa-smtp", "TLSA records of a mail server", (DANE_EE, DANE_TA)),
)
