"""From the TLSA records of a zone to policies: one for each host, from the records of its service.

A client asks for the records of one port, `_443._tcp.host`, follows a CNAME from there, and takes
what it knows (RFC 7671 sections 4, 7 and 9). The rules of that are here, with a remark for each
that would surprise whoever published the records.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from keypin.errors import FormatError
from keypin.findings import Severity
from keypin.formats.draft import Draft
from keypin.formats.form import Reading
from keypin.formats.notes import read_heading, read_pin_note
from keypin.formats.remark import NOT_FOLLOWED, Remark
from keypin.formats.tlsa_data import (
    DANE_EE,
    DANE_TA,
    IN_FULL,
    PKIX_EE,
    PKIX_TA,
    UNUSABLE,
    Data,
    read_data,
)
from keypin.formats.tlsa_data import REMARKS as OF_DATA
from keypin.formats.zone import RELATIVE, Record, Zone
from keypin.pins import Digest, Of, Pin, PinPosition, PolicyPin
from keypin.pins.policy import ENOUGH_PINS

MAIL_USAGE = Remark(
    "tlsa-mail-usage",
    Severity.ERROR,
    "Mail servers know no list of CAs, and treat usages 0 and 1 as unusable.",
    "Publish usage 3 for the server's key, or 2 for its CA's.",
    "RFC 7672 section 3.1.3",
)
REPLACES_CA = Remark(
    "tlsa-replaces-ca",
    Severity.NOTE,
    "Usages 2 and 3 hold in place of the verification by CAs, not in addition to it.",
    "Publish usage 1 in place of 3 and 0 in place of 2 if CAs are to count as well.",
    "RFC 6698 section 2.1.1",
)
AGILITY = Remark(
    "tlsa-agility",
    Severity.ERROR,
    "Of one usage and selector, clients compare the records with the strongest digest alone.",
    "Publish every key with the same digests.",
    "RFC 7671 section 9",
)
SHA512_ALONE = Remark(
    "tlsa-sha512-alone",
    Severity.WARNING,
    "Clients must know SHA-256 and may know SHA-512; the others find no usable record.",
    "Publish SHA-256 digests, matching type 1.",
    "RFC 7671 section 10.1.2",
)
TWICE = Remark(
    "tlsa-twice",
    Severity.NOTE,
    "The second says nothing.",
    "Take it out.",
    "RFC 2181 section 5",
)
ROLLOVER = Remark(
    "tlsa-rollover",
    Severity.WARNING,
    "The next key's record must be in every cache before that key is deployed.",
    "Publish the next key's record now, two TTLs before its certificate at the latest.",
    "RFC 7671 section 8.1",
)
OTHER_PORT = Remark(
    "tlsa-other-port",
    Severity.WARNING,
    "A pin set has one policy for a host, whatever the port.",
    "Read that service's records from a file of their own.",
)
REMARKS = (
    *OF_DATA,
    MAIL_USAGE,
    REPLACES_CA,
    AGILITY,
    SHA512_ALONE,
    TWICE,
    ROLLOVER,
    OTHER_PORT,
    RELATIVE,
)

_TYPES = {"TLSA": "TLSA", "TYPE52": "TLSA", "CNAME": "CNAME"}
_OWNER = re.compile(r"(_\d+|\*)\._(?:tcp|udp|sctp)\.(.+)")
_HOPS = 8  # resolvers follow no more aliases either


@dataclass(frozen=True, slots=True)
class Service:
    """A service that TLSA records are published for.

    Attributes:
        port: its port.
        usages: those that its clients use.
    """

    port: int
    usages: frozenset[int]


HTTPS = Service(443, frozenset({PKIX_TA, PKIX_EE, DANE_TA, DANE_EE}))
MAIL = Service(25, frozenset({DANE_TA, DANE_EE}))


@dataclass
class _Set:
    """The usable records of one name."""

    line: int
    above: list[str]
    rows: dict[tuple[int, bytes, str], tuple[Data, Record]] = field(
        default_factory=dict[tuple[int, bytes, str], tuple[Data, Record]]
    )


def read_service(text: str, service: Service, *, name: str | None, host: str | None) -> Reading:
    """Read the TLSA records of a service.

    Args:
        text: a zone file, or records alone.
        service: whose records count.
        name: the file's name.
        host: the zone's name, where the file does not begin with an $ORIGIN.

    Raises:
        InputError: a name server would refuse the file, no record of a host can be used, or there
            is none; says where.
    """
    zone = Zone(name, None if host is None else f".{host}")
    draft = Draft(name, findings=zone.findings)
    sets, aliases = _collect(zone.records(text, _TYPES), zone, draft, service)
    draft.title = read_heading(zone.heading)
    for found, owners in _by_host(sets, aliases, service, draft).items():
        _add(draft, found, owners, service)
    what = f"TLSA records of _{service.port}._tcp"
    return Reading(pin_set=draft.pin_set(what), findings=tuple(draft.findings))


def _collect(
    records: Iterable[Record], zone: Zone, draft: Draft, service: Service
) -> tuple[dict[str, _Set], dict[str, tuple[str, int]]]:
    sets: dict[str, _Set] = {}
    aliases: dict[str, tuple[str, int]] = {}
    for record in records:
        if record.type == "CNAME":
            if _OWNER.fullmatch(record.owner) and record.data:
                target = zone.absolute(record.data[0], record.line)
                aliases[record.owner] = target, record.line
            continue
        found = sets.get(record.owner)
        if found is None:
            found = sets[record.owner] = _Set(record.line, record.above)
        _take(found, record, draft, service)
    return sets, aliases


def _take(found: _Set, record: Record, draft: Draft, service: Service) -> None:
    """Take a record into its set, if clients use it."""
    place = draft.place(record.line)
    data = read_data(record.data, place)
    if isinstance(data, str):
        draft.findings.append(UNUSABLE.at(record.owner, data, place))
    elif data.usage not in service.usages:
        message = f"the usage {data.usage} at port {service.port}"
        draft.findings.append(MAIL_USAGE.at(record.owner, message, place))
    else:
        key = data.usage, data.digest, data.of
        if key in found.rows:
            draft.findings.append(TWICE.at(record.owner, "the record stands twice", place))
            return
        found.rows[key] = data, record
        if data.full:
            draft.findings.append(IN_FULL.at(record.owner, "it is given whole", place))


def _by_host(
    sets: dict[str, _Set], aliases: dict[str, tuple[str, int]], service: Service, draft: Draft
) -> dict[str, _Set]:
    """Return the set of each host: that of the service's port, else of the first port."""
    chosen: dict[str, tuple[bool, _Set]] = {}
    for owner in (*sets, *aliases):
        found = _OWNER.fullmatch(owner)
        records = sets.get(owner) or _aliased(owner, sets, aliases, draft)
        if found is None or records is None:
            continue
        port, host = found[1], found[2]
        ours = port == f"_{service.port}"
        if port == f"_{MAIL.port}" and not ours:
            message = "records of a mail server are another form, tlsa-smtp"
            draft.findings.append(OTHER_PORT.at(owner, message, draft.place(records.line)))
        elif host not in chosen or (ours and not chosen[host][0]):
            if host in chosen:
                _tell_other(draft, host, chosen[host][1], records)
            chosen[host] = ours, records
        else:
            _tell_other(draft, host, records, chosen[host][1])
    return {host: records for host, (_, records) in chosen.items()}


def _tell_other(draft: Draft, host: str, other: _Set, kept: _Set) -> None:
    if set(other.rows) != set(kept.rows):
        message = f"the records of another port than in line {kept.line} differ, and are left out"
        draft.findings.append(OTHER_PORT.at(host, message, draft.place(other.line)))


def _aliased(
    owner: str, sets: dict[str, _Set], aliases: dict[str, tuple[str, int]], draft: Draft
) -> _Set | None:
    """Return the records that an alias leads to, with the alias's own line."""
    target, line = aliases[owner]
    for _ in range(_HOPS):
        if target in sets:
            return replace(sets[target], line=line)
        if target not in aliases:
            break
        target = aliases[target][0]
    message = f"its alias {target} has no records in this file"
    draft.findings.append(NOT_FOLLOWED.at(owner, message, draft.place(line)))
    return None


def _add(draft: Draft, host: str, records: _Set, service: Service) -> None:
    place = draft.place(records.line)
    if "*" in host:
        draft.findings.append(NOT_FOLLOWED.at(host, "a wildcard names no host", place))
        return
    if not records.rows:
        raise FormatError(
            f"no record of {host} can be used",
            expected="usage 3, selector 1, matching type 1 and 64 hex digits",
            place=place,
        )
    rows = _strongest(draft, host, records)
    pins = _pins(rows, draft)
    draft.add(host, pins, place, records.above)
    _advise(draft, host, records, rows, service)


def _strongest(draft: Draft, host: str, records: _Set) -> list[tuple[Data, Record]]:
    """Return the records that clients compare."""
    strong = {
        (data.usage, data.of)
        for data, _ in records.rows.values()
        if data.algorithm is Digest.SHA512
    }
    kept: list[tuple[Data, Record]] = []
    for data, record in records.rows.values():
        weaker = data.algorithm is Digest.SHA256 and not data.full
        if weaker and (data.usage, data.of) in strong:
            message = "it is passed over beside the SHA-512 digests"
            draft.findings.append(AGILITY.at(host, message, draft.place(record.line)))
        else:
            kept.append((data, record))
    return kept


def _pins(rows: list[tuple[Data, Record]], draft: Draft) -> list[PolicyPin]:
    """Return the pins: a digest with both usages, of leaf and CA, matches at any position."""
    found: dict[tuple[bytes, Of], tuple[Data, Record, PinPosition]] = {}
    for data, record in rows:
        leaf = data.usage in (PKIX_EE, DANE_EE)
        position = PinPosition.LEAF if leaf else PinPosition.CA
        key = data.digest, data.of
        first = found.setdefault(key, (data, record, position))
        if first[2] is not position:
            found[key] = *first[:2], PinPosition.ANY
    return [_entry(draft, *one) for one in found.values()]


def _entry(draft: Draft, data: Data, record: Record, position: PinPosition) -> PolicyPin:
    role, comment = read_pin_note(record.note)
    pin = Pin(data.digest, data.algorithm, data.of, position)
    return PolicyPin(pin, role, comment, draft.place(record.line))


def _advise(
    draft: Draft, host: str, records: _Set, rows: list[tuple[Data, Record]], service: Service
) -> None:
    """Say what the RFCs advise against."""
    place = draft.place(records.line)
    usages = {data.usage for data, _ in rows}
    if service is not MAIL and usages & {DANE_TA, DANE_EE}:
        draft.findings.append(REPLACES_CA.at(host, f"the usage is {max(usages)}", place))
    if all(data.algorithm is Digest.SHA512 for data, _ in rows):
        draft.findings.append(SHA512_ALONE.at(host, "every digest is SHA-512", place))
    if len({data.digest for data, _ in rows}) < ENOUGH_PINS:
        draft.findings.append(ROLLOVER.at(host, "there is one key alone", place))
