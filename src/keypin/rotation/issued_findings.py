"""What is to be said of a certificate that a log published for a watched name, as findings.

What is in order is no finding: a key that is pinned, an issuer that was expected, a CAA record that
allows it. Each rule looks at one thing that was judged before (`Facts`), and says nothing where
that was not asked. Whether a CA did wrong, no log can tell: findings say what to look at.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keypin.ct.caa import Ruling, Word
from keypin.findings import Finding, Severity
from keypin.pins.lifetimes import days, limit_at
from keypin.pins.story import plain
from keypin.rotation.gate import Outcome
from keypin.rotation.gate_words import day, joined
from keypin.rotation.issued import Fate, Issued
from keypin.rotation.issued_words import accepted, cure, in_chains, why
from keypin.rotation.issuer import Issuer
from keypin.rotation.known_chain import Told

SEVERITIES: dict[str, Severity] = {
    "ct-key-not-pinned": Severity.ERROR,
    "ct-key-would-report": Severity.WARNING,
    "ct-key-not-told": Severity.NOTE,
    "ct-not-trusted": Severity.NOTE,
    "ct-issuer-unexpected": Severity.ERROR,
    "ct-caa-forbids": Severity.WARNING,
    "ct-caa-not-told": Severity.NOTE,
    "ct-lookalike": Severity.WARNING,
    "ct-malformed": Severity.WARNING,
    "ct-too-long": Severity.WARNING,
    "ct-backdated": Severity.WARNING,
    "ct-expired": Severity.NOTE,
    "ct-precertificate-alone": Severity.NOTE,
    "ct-duplicate": Severity.NOTE,
}
"""Every finding on a certificate that was seen in a log."""

# Baseline Requirements section 7.1.2.7: notBefore is within 48 hours of the signing.
_BACKDATED = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was found out about a certificate; what was not asked is left out.

    Attributes:
        issued: the certificate, and where it was seen.
        at: now, timezone-aware.
        fates: what it would do to the releases in the field; see `keypin.rotation.issued.judge`.
        issuer: who issued it, and whether that was expected.
        caa: what CAA says of the issuer, for each of its names.
        alone: whether it is a precertificate whose certificate was not seen.
        known_as: where the same certificate was seen before, a line each.
        lookalike: a name of it, and the watched name that it is made to look like.
    """

    issued: Issued
    at: datetime
    fates: tuple[Fate, ...] = ()
    issuer: Issuer | None = None
    caa: tuple[Ruling, ...] = ()
    alone: bool = False
    known_as: tuple[str, ...] = ()
    lookalike: tuple[str, str] | None = None

    @property
    def expired(self) -> bool:
        """Whether no client accepts it any more, so that it can break nothing."""
        return self.at > self.issued.certificate.not_after


def findings(subject: str, facts: Facts) -> tuple[Finding, ...]:
    """Return what is to be said of a certificate, the gravest first.

    Args:
        subject: the watched name, as the user wrote it.
        facts: what was found out.
    """
    found = [one for look in _RULES for one in look(facts)]
    rank = {severity: number for number, severity in enumerate(Severity)}
    return tuple(
        replace(one, subject=plain(subject), evidence=(*one.evidence, *_seen(facts.issued)))
        for one in sorted(found, key=lambda one: rank[one.severity])
    )


def malformed(subject: str, flaw: str, where: Iterable[str] = ()) -> Finding:
    """Return what is to be said of an entry that no parser takes and that bears a watched name.

    Args:
        subject: the watched name, as the user wrote it.
        flaw: what the parser said.
        where: where the entry is, a line each.
    """
    return _finding(
        "ct-malformed",
        f"an entry with this name in its bytes is no readable certificate: {flaw}",
        "Look at the entry's bytes: some client may read what keypin does not.",
        where,
        subject=plain(subject),
    )


def alone(subject: str, where: Iterable[str] = ()) -> Finding:
    """Return what is to be said of a precertificate whose certificate was not seen.

    Args:
        subject: the watched name, as the user wrote it.
        where: where the precertificate is, a line each.
    """
    return _finding(
        "ct-precertificate-alone",
        "its certificate was not seen yet, only the precertificate",
        "Judge it as issued: a precertificate says that the CA will issue, or has.",
        where,
        subject=plain(subject),
    )


def duplicate(subject: str, where: Iterable[str]) -> Finding:
    """Return what is to be said of a certificate that was seen before.

    Args:
        subject: the watched name, as the user wrote it.
        where: where it was seen, a line each.
    """
    return _finding(
        "ct-duplicate",
        "the same certificate was seen before",
        "Nothing: each certificate is in several logs.",
        where,
        subject=plain(subject),
    )


def _finding(
    name: str, message: str, cure: str, evidence: Iterable[str] = (), *, subject: str = ""
) -> Finding:
    return Finding(
        id=name,
        severity=SEVERITIES[name],
        subject=subject,
        message=plain(message),
        cure=plain(cure),
        evidence=tuple(map(plain, evidence)),
    )


def _seen(issued: Issued) -> tuple[str, ...]:
    """Return what anybody finds the certificate by."""
    what = "precertificate" if issued.precertificate else "certificate"
    leaf = issued.certificate
    serial = f"{what} with serial number {leaf.serial_number:x}, issued by {leaf.issuer}"
    return tuple(map(plain, (serial, *issued.where)))


def _keys(facts: Facts) -> Iterator[Finding]:
    """Say which releases it would break: hosts that fare alike under one policy together."""
    groups: dict[object, list[Fate]] = {}
    for one in facts.fates:
        if one.outcome in _SAID and not facts.expired:
            groups.setdefault((id(one.release), id(one.policy), one.outcome), []).append(one)
    return (_fate(group) for group in groups.values())


def _fate(group: list[Fate]) -> Finding:
    one = group[0]
    name, says = _SAID[one.outcome]
    place = one.policy.place
    release = "" if place and place.file == one.release.name else f"{one.release.name}: "
    message = release + says.format(hosts=joined(fate.name.shown for fate in group)) + why(one)
    found = _finding(name, message, cure(one), [*accepted(one), *in_chains(one)])
    return replace(found, place=place)


# What is said of an outcome, before its reason; a pinned key is no finding.
_SAID: dict[Outcome | None, tuple[str, str]] = {
    Outcome.BREAKS: ("ct-key-not-pinned", "{hosts} would break if it were deployed: "),
    Outcome.SOME_PATHS: (
        "ct-key-not-pinned",
        "{hosts} would break for some clients if it were deployed: ",
    ),
    Outcome.REPORTS: ("ct-key-would-report", "{hosts} would report each connection: "),
    Outcome.NOT_VERIFIED: ("ct-not-trusted", "clients of {hosts} would refuse it anyway: "),
    None: ("ct-key-not-told", "whether {hosts} would accept it cannot be told: "),
}


def _issuer(facts: Facts) -> Iterator[Finding]:
    """Say that nobody expected the issuer; where only the pins say so, it may be a plan."""
    issuer = facts.issuer
    if issuer is None or issuer.expected is not Told.NO:
        return
    found = _finding(
        "ct-issuer-unexpected",
        f"{issuer.name} was not expected to issue it: {issuer.why}",
        "Ask who ordered it; if nobody did, have the CA revoke it, and name your CAs in a CAA "
        "record. If it is yours, add the issuer to those that are expected.",
    )
    yield found if issuer.by_name else replace(found, severity=Severity.WARNING)


def _caa(facts: Facts) -> Iterator[Finding]:
    """Say that CAA does not allow the issuer today, or why that is not known."""
    for word, name, message, step in _CAA:
        rulings = [one for one in facts.caa if one.word is word and not facts.expired]
        if rulings:
            names = joined(one.name for one in rulings)
            said = message.format(names=names, why=rulings[0].why)
            yield _finding(name, said, step, dict.fromkeys(_records(rulings)))


def _records(rulings: Iterable[Ruling]) -> Iterator[str]:
    for one in rulings:
        yield from (f"{one.records.owner} CAA {record}" for record in one.records.records)


_CAA = (
    (
        Word.FORBIDDEN,
        "ct-caa-forbids",
        "today's CAA records for {names} do not allow its issuer: {why}",
        "Find out whether the records were others on the day of issue; if not, tell the CA.",
    ),
    (
        Word.NOT_TOLD,
        "ct-caa-not-told",
        "whether CAA allows its issuer for {names} cannot be told: {why}",
        "Nothing, if the issuer is yours.",
    ),
)


def _lookalike(facts: Facts) -> Iterator[Finding]:
    if facts.lookalike is not None:
        name, watched = facts.lookalike
        yield _finding(
            "ct-lookalike",
            f"{name} looks like {watched}, and is another name",
            "Look at the site that has the name; if it poses as yours, tell its registrar.",
        )


def _validity(facts: Facts) -> Iterator[Finding]:
    leaf = facts.issued.certificate
    limit = limit_at(leaf.not_before)
    # The last second is in it (RFC 5280 section 4.1.2.5), so that an equal span is a second longer.
    if not leaf.is_ca and leaf.not_after - leaf.not_before >= timedelta(days=limit.days):
        yield _finding(
            "ct-too-long",
            f"it lives from {day(leaf.not_before)} to {day(leaf.not_after)}, longer than the "
            f"{limit.days} days of a public certificate since {day(limit.since)} ({limit.source})",
            "Nothing, if a private CA issued it; else tell the CA, which has to revoke it.",
        )
    if facts.expired:
        yield _finding(
            "ct-expired",
            f"it expired on {day(leaf.not_after)}",
            "Nothing: no client accepts it any more.",
        )


def _backdated(facts: Facts) -> Iterator[Finding]:
    """Say that it began long before it was logged: only a precertificate is logged at once."""
    logged, begins = facts.issued.logged, facts.issued.certificate.not_before
    if facts.issued.precertificate and logged is not None and logged - begins > _BACKDATED:
        yield _finding(
            "ct-backdated",
            f"its precertificate was logged {days(logged - begins)} days after its first day, "
            f"{day(begins)}; a public CA signs within 48 hours of that",
            "Look for it in other logs; if none has it from an earlier day, tell the CA.",
        )


def _known(facts: Facts) -> Iterator[Finding]:
    if facts.alone:
        yield alone("")
    if facts.known_as:
        yield duplicate("", facts.known_as)


_RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    _keys,
    _issuer,
    _caa,
    _lookalike,
    _validity,
    _backdated,
    _known,
)
