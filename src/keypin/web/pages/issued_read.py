"""What logs hold for the names of an organisation, as rows, and what releases would say of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import RowMapping, select

from keypin.certs import Certificate, TrustStore
from keypin.errors import CertificateError
from keypin.findings import Severity
from keypin.rotation import Outcome, Release
from keypin.rotation.issued import Fate, Issued, judge
from keypin.rotation.issued_words import why
from keypin.watch.inventory.endpoints import place
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.store import Scope
from keypin.watch.store.tables import certificates, ct_findings, ct_logs, endpoints
from keypin.web.pages.chains_shown import named
from keypin.web.pages.links import Links
from keypin.web.pages.standing import VERDICTS, WORST
from keypin.web.views.ct import IssuedRow
from keypin.web.views.endpoint import LoggedRow
from keypin.web.views.parts import Link, ReleaseVerdict, State, Tone, Verdict

# Of a precertificate whose issuer nobody kept: a hash that is of no key.
_NO_KEY = bytes(32)

NOT_DEPLOYED = State(Tone.NOTE, "not deployed")
DEPLOYED = State(Tone.GOOD, "deployed")
EXPIRED = State(Tone.QUIET, "expired")


def deployed(row: RowMapping, at: datetime) -> State:
    """Return whether anybody serves a certificate."""
    if row["deployed_at"] is not None:
        return DEPLOYED
    ended = row["not_after"] is not None and row["not_after"] < at
    return EXPIRED if ended else NOT_DEPLOYED


def rows(scope: Scope, numbers: Sequence[int], links: Links, at: datetime) -> list[IssuedRow]:
    """Return findings as rows, in the order of their numbers."""
    query = scope.select(ct_findings).where(ct_findings.c.id.in_(numbers))
    found = {row["id"]: row for row in scope.rows(query)}
    named = log_names(scope, {row["log"] for row in found.values()})
    places = _places(scope, {row["endpoint"] for row in found.values()} - {None})
    return [
        row_of(found[number], named, places, links, at) for number in numbers if number in found
    ]


def row_of(
    row: RowMapping,
    named: Mapping[str, str],
    places: Mapping[int, str],
    links: Links,
    at: datetime,
) -> IssuedRow:
    """Return a finding as a row."""
    number = row["endpoint"]
    return IssuedRow(
        found=row["known_at"],
        severity=Severity(row["severity"]),
        names=tuple(row["names"]),
        issuer=short_name(row["issuer"]),
        message=row["message"],
        endpoint=links.endpoint(number, places[number]) if number in places else None,
        deployed=deployed(row, at),
        log=named.get(row["log"]) or str(row["log"])[:16],
        sha256=(row["certificate"] or b"").hex() or row["identity"],
        href=links.to(f"/ct/found/{row['id']}"),
        acknowledged=row["acknowledged_by"] or "",
    )


def short_name(distinguished: str) -> str:
    """Return the common name in a distinguished name (RFC 4514), or all of it."""
    parts = dict(
        part.strip().split("=", 1) for part in distinguished.split(",") if part.count("=") == 1
    )
    return parts.get("CN") or parts.get("O") or distinguished


def log_names(scope: Scope, logs: Iterable[str]) -> dict[str, str]:
    """Return how people call logs, by their identifiers."""
    query = select(ct_logs.c.log, ct_logs.c.name).where(ct_logs.c.log.in_(list(logs)))
    return {row["log"]: row["name"] for row in scope.rows(query)}


def places_of(scope: Scope, row: RowMapping) -> dict[int, str]:
    """Return where the endpoint of a finding is, if it has one."""
    return _places(scope, {row["endpoint"]} - {None})


def _places(scope: Scope, numbers: set[int]) -> dict[int, str]:
    columns = endpoints.c.id, endpoints.c.host, endpoints.c.port, endpoints.c.protocol
    found = scope.rows(scope.select(*columns).where(endpoints.c.id.in_(numbers)))
    return {row["id"]: str(place(row)) for row in found}


def certificate_of(scope: Scope, digest: bytes | None) -> Certificate | None:
    """Return a certificate that a log holds, where it is kept and can be read."""
    if digest is None:
        return None
    der = scope.value(select(certificates.c.der).where(certificates.c.digest == digest))
    try:
        return None if der is None else Certificate.from_der(der)
    except CertificateError:
        return None


def chain_above(scope: Scope, document: Mapping[str, Any]) -> tuple[Certificate, ...]:
    """Return the certificates above one, those that are kept of what its finding names."""
    named: Sequence[str] = document.get("chain") or ()
    digests = [bytes.fromhex(one) for one in named if len(one) == 64]  # noqa: PLR2004 - hexadecimal
    found = (certificate_of(scope, one) for one in digests)
    return tuple(one for one in found if one is not None)


def if_deployed(
    certificate: Certificate,
    chain: tuple[Certificate, ...],
    field: Field,
    trust: TrustStore,
    links: Links,
    *,
    at: datetime,
) -> tuple[ReleaseVerdict, ...]:
    """Return what each release that pins one of its names would say, were it deployed."""
    numbers = {number for name in _hosts(certificate) for number in field.pinning.of(name)}
    releases = [Release(str(number), field.pin_set(number)) for number in sorted(numbers)]
    key = b"" if not _is_precertificate(certificate) else _issuer_key(chain)
    issued = Issued(certificate=certificate, chain=chain, issuer_key_hash=key)
    worst: dict[int, Fate] = {}
    for fate in judge(issued, releases, at=at, trust=trust):
        number = int(fate.release.name)
        before = worst.get(number)
        worst[number] = fate if before is None else min(before, fate, key=_rank)
    return tuple(
        _said(fate, release, links.release(release))
        for number, fate in worst.items()
        for release in field.by_pin_set[number]
    )


def _hosts(certificate: Certificate) -> tuple[str, ...]:
    return tuple(name.replace("*.", "any-name.", 1) for name in certificate.dns_names)


def _is_precertificate(certificate: Certificate) -> bool:
    from keypin.ct.precertificate import is_precertificate  # noqa: PLC0415 - pages need it rarely

    return is_precertificate(certificate)


def _issuer_key(chain: tuple[Certificate, ...]) -> bytes:
    return sha256(chain[0].spki).digest() if chain else _NO_KEY


def _rank(fate: Fate) -> int:
    return len(WORST) if fate.outcome is None else WORST.index(fate.outcome)


def _said(fate: Fate, release: Fielded, link: Link) -> ReleaseVerdict:
    match = next(iter(fate.matches), None)
    told = fate.outcome in {None, Outcome.PASSES}
    return ReleaseVerdict(
        release=link,
        share=release.share,
        verdict=Verdict.UNSEEN if fate.outcome is None else VERDICTS[fate.outcome],
        pin="" if match is None else str(match.pin.pin),
        position="" if match is None else match.position.value,
        detail=fate.untold if told else why(fate),
    )


def logged_rows(
    scope: Scope,
    found: Sequence[RowMapping],
    field: Field,
    trust: TrustStore,
    links: Links,
    *,
    at: datetime,
) -> tuple[LoggedRow, ...]:
    """Return the certificates of some findings, each once, with what releases would say."""
    logs = log_names(scope, {row["log"] for row in found})
    once = {row["identity"]: row for row in reversed(found)}
    made: list[LoggedRow] = []
    for row in reversed(once.values()):
        certificate = certificate_of(scope, row["certificate"])
        chain = chain_above(scope, row["document"])
        said = (
            ()
            if certificate is None
            else if_deployed(certificate, chain, field, trust, links, at=at)
        )
        name = next(iter(row["names"]), "") if certificate is None else named(certificate)
        made.append(
            LoggedRow(
                subject=Link(name, links.to(f"/ct/found/{row['id']}")),
                issuer=short_name(row["issuer"]),
                logged=row["logged_at"],
                log=logs.get(row["log"]) or str(row["log"])[:16],
                ends=row["not_after"] or row["logged_at"],
                state=deployed(row, at),
                releases=said,
            )
        )
    return tuple(made)
