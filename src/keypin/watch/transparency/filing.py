"""What a log holds for an organisation's names, judged, kept and told: rows of `ct_findings`.

One certificate is one story, of a row for each rule; precertificate and certificate, from however
many logs, are the same one. Told twice, it is kept once. Judged again, by releases that changed
meanwhile or because it is a day later, its rows say what holds now, and what holds no more has
cleared. What somebody acknowledged stays so, unless it is graver now.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import RowMapping

from keypin.certs import TrustStore
from keypin.findings import Finding, Severity
from keypin.monitor.hits import ALONE
from keypin.rotation.issued_findings import malformed
from keypin.watch.inventory.chains import digest_of, keep
from keypin.watch.inventory.field import Fields
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.inventory.upsert import insert_or_change
from keypin.watch.store import Database, Scope
from keypin.watch.store.tables import ct_findings
from keypin.watch.transparency import expected
from keypin.watch.transparency.acknowledging import outgrow
from keypin.watch.transparency.asking import Answers, Asking, asked
from keypin.watch.transparency.deployed import since
from keypin.watch.transparency.found import Found
from keypin.watch.transparency.judging import ISSUED, KEY_RULES, Judged, judged
from keypin.watch.transparency.places import Place, discover, find
from keypin.watch.transparency.signs import clear, tell

_KEY = ("organisation", "identity", "rule")
_CHANGED = (
    "severity",
    "message",
    "names",
    "certificate",
    "log",
    "position",
    "endpoint",
    "share",
    "document",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What one rule says of a certificate, of all releases together.

    Attributes:
        rule: its identifier.
        severity: how bad.
        said: what was seen, in words.
        evidence: the facts, a line each.
        cure: what to do.
        share: of users whom its deployment breaks, where the rule is about that.
    """

    rule: str
    severity: Severity
    said: str
    evidence: tuple[str, ...]
    cure: str
    share: float | None = None


class Filing:
    """Keeps what was found; for many threads.

    Args:
        database: where.
        fields: reads what organisations have in the field.
        trust: the anchors of the clients.
        asking: asks what CAA says; the DNS unless given.
    """

    def __init__(
        self,
        database: Database,
        fields: Fields,
        trust: TrustStore,
        asking: Asking | None = None,
    ) -> None:
        self._asking = asking or Asking()
        self._database = database
        self._fields = fields
        self._trust = trust

    @property
    def shelf(self) -> Shelf:
        """What parses pin sets once."""
        return self._fields.shelf

    def file(self, organisation: int, found: Found, at: datetime) -> bool:
        """Keep what was found, and tell it.

        Args:
            organisation: whose.
            found: the entry, with the hits of this organisation alone.
            at: now.

        Returns:
            Whether it says more than what was kept.
        """
        with self._database.read(organisation) as scope:
            before = _before(scope, found.identity)
        if before and not found.better(before[0]["document"]):
            return False
        self.judge(organisation, found, at, first=not before)
        return True

    def judge(self, organisation: int, found: Found, at: datetime, *, first: bool = False) -> None:
        """Judge what was found, by what is in the field now, and keep and tell that.

        Args:
            organisation: whose.
            found: the entry, with the hits of this organisation alone.
            at: now.
            first: whether nobody knew of it before: its names may be endpoints that nobody knows.
        """
        with self._database.read(organisation) as scope:
            field = self._fields.read(scope.connection, organisation)
            wanted = expected.read(scope, found.hits)
        hits = wanted.hits(found.hits)
        if not hits:
            self._forget(organisation, found, at)
            return
        found = found.for_hits(hits)
        caa: Answers = {}
        if wanted.watch.caa:
            found, caa = asked(found, self._asking, at)
        issued, alone = found.issued, found.precertificate and at - found.found_at > ALONE
        if issued is None:
            about = _unreadable(found)
        else:
            about = judged(
                issued,
                hits,
                field,
                trust=self._trust,
                at=at,
                expected=wanted,
                caa=caa,
                alone=alone,
            )
        with self._database.begin(organisation) as scope:
            if first and issued is not None and issued.certificate.not_after > at:
                discover(scope, found.hits, field, at)
            place = find(scope, found.names)
            rows = _write(scope, found, about, place, at)
            tell(scope, rows, place, at)

    def _forget(self, organisation: int, found: Found, at: datetime) -> None:
        """Forget a certificate that the organisation wants to hear of no more."""
        with self._database.begin(organisation) as scope:
            mine = ct_findings.c.identity == found.identity
            before = _before(scope, found.identity)
            scope.execute(scope.delete(ct_findings).where(mine))
            if before:
                clear(scope, before[0], at)


def _before(scope: Scope, identity: str) -> Sequence[RowMapping]:
    return scope.rows(scope.select(ct_findings).where(ct_findings.c.identity == identity))


def _unreadable(found: Found) -> Judged:
    """Return what is to be said of an entry that bears a name and that nobody can read."""
    said = malformed(found.names[0], found.body["flaw"], found.where)
    return Judged(findings=(said,), said="", share=None, applications=(), issuer="")


def _rulings(about: Judged, found: Found) -> Iterator[Ruling]:
    """Yield a ruling for each rule; of the key always one, though it be that all is in order."""
    groups: dict[str, list[Finding]] = {}
    for one in about.findings:
        groups.setdefault(one.id, []).append(one)
    if about.said and not groups.keys() & KEY_RULES:
        yield Ruling(
            rule=ISSUED,
            severity=Severity.NOTE,
            said=about.said,
            evidence=found.where,
            cure="Nothing, if somebody of yours ordered it.",
        )
    for rule, several in groups.items():
        if rule in KEY_RULES:
            yield _of(*several, said=about.said, share=about.share)
        else:
            yield _of(*several)


def _of(*several: Finding, said: str = "", share: float | None = None) -> Ruling:
    first = several[0]
    return Ruling(
        rule=first.id,
        severity=first.severity,
        said=said or first.message,
        evidence=tuple(_lines(several, messages=bool(said))),
        cure=first.cure,
        share=share,
    )


def _lines(several: Sequence[Finding], *, messages: bool) -> Iterator[str]:
    """Yield the evidence of findings one after the other; where all end alike, that end once."""
    end = common_end([one.evidence for one in several])
    for one in several:
        yield from (one.message,) if messages else ()
        yield from one.evidence[: len(one.evidence) - len(end)]
    yield from end


def common_end(texts: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the lines with which all texts end."""
    backwards = zip(*(reversed(text) for text in texts), strict=False)
    alike = takewhile(lambda lines: len(set(lines)) == 1, backwards)
    return [lines[0] for lines in alike][::-1]


def _write(
    scope: Scope, found: Found, about: Judged, place: Place | None, at: datetime
) -> Sequence[RowMapping]:
    """Write the rows of a certificate, and return them."""
    if found.certificate is not None:
        chain = (found.certificate, *found.chain)
        keep(scope.connection, {digest_of(chain): chain})
    before = _before(scope, found.identity)
    common = _common(scope, found, place, at, before)
    rulings = list(_rulings(about, found))
    rows = [{**common, **_values(found, about, one)} for one in rulings]
    insert_or_change(scope.connection, ct_findings, rows, key=_KEY, change=_CHANGED)
    outgrow(scope, before, {one.rule: one.severity for one in rulings}, at)
    gone = {row["rule"] for row in before} - {one.rule for one in rulings}
    mine = ct_findings.c.identity == found.identity
    scope.execute(scope.delete(ct_findings).where(mine, ct_findings.c.rule.in_(gone)))
    return _before(scope, found.identity)


def _common(
    scope: Scope,
    found: Found,
    place: Place | None,
    at: datetime,
    before: Sequence[RowMapping],
) -> dict[str, Any]:
    """Return what all rows of a certificate have; what was known first stays."""
    one = found.certificate
    return {
        "organisation": scope.organisation,
        "identity": found.identity,
        "names": list(found.names),
        "issuer": one.issuer if one else "",
        "spki": one.spki_sha256 if one else None,
        "certificate": one.sha256 if one else None,
        "not_after": one.not_after if one else None,
        "log": found.body["log_id"],
        "position": found.body["index"],
        "endpoint": place.number if place else None,
        "known_at": min((row["known_at"] for row in before), default=at),
        "logged_at": min((row["logged_at"] for row in before), default=found.logged_at),
        "deployed_at": next((row["deployed_at"] for row in before), None)
        or (one and since(scope, one)),
    }


def _values(found: Found, about: Judged, ruling: Ruling) -> dict[str, Any]:
    return {
        "rule": ruling.rule,
        "severity": ruling.severity.value,
        "message": ruling.said,
        "share": ruling.share,
        "document": _document(found, about, ruling),
    }


def _document(found: Found, about: Judged, ruling: Ruling) -> Mapping[str, Any]:
    return {
        **found.body,
        "issued_by": about.issuer,
        "applications": list(about.applications),
        "users": list(about.hits) if ruling.rule in KEY_RULES else [],
        "evidence": list(ruling.evidence),
        "cure": ruling.cure,
        "where": list(_proved(found)),
    }


def _proved(found: Found) -> Iterable[str]:
    """Yield where it is, and what proves that."""
    yield from found.where
    proof = found.body["proof"]
    if proof is not None:
        head = proof["tree_head"]
        yield f"proved to be in the tree of {head['tree_size']:,} entries that the log signed"
    elif why := found.body.get("unproved"):
        yield f"not proved yet: {why}"
