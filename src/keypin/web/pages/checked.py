"""What a check saw, as the page says it: the chain, whether to pin, and the pins for each platform.

Pure: an observation and what is known besides go in, and nothing is read here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from keypin.certs import Observation
from keypin.diagnose import recognise
from keypin.findings import Finding, Severity
from keypin.pins import Matched, MismatchError, PinSet, decide
from keypin.pins.advice import Advice, advise
from keypin.pins.situation import Situation
from keypin.watch.inventory.field import Fielded
from keypin.watch.probing.trust import Trust
from keypin.web.pages.chains_shown import PinnedBy, by_nobody, chains_shown
from keypin.web.pages.snippets import snippets
from keypin.web.views.check import CheckResult, Proposal
from keypin.web.views.parts import Link, ReleaseVerdict, State, Tone, Verdict
from keypin.web.words import plural

_ADVICE: Mapping[str, State] = {
    "pin": State(Tone.GOOD, "Pin it."),
    "pin-with-care": State(Tone.WARNING, "Pin it with care."),
    "do-not-pin": State(Tone.BAD, "Do not pin it."),
}
_RANKS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)

_WORST = Verdict.MISMATCH

UNREAD = State(Tone.BAD, "could not be read")


def result(
    shown: Observation,
    trust: Trust,
    at: datetime,
    *,
    releases: tuple[ReleaseVerdict, ...] = (),
    pinned_by: PinnedBy = by_nobody,
    save: str = "",
    watched: Link | None = None,
) -> CheckResult:
    """Return what a check saw.

    Args:
        shown: what the endpoint showed.
        trust: the anchors.
        at: when.
        releases: what releases of the inventory say.
        pinned_by: tells which releases have a pin that matches a certificate.
        save: where it can be added to the inventory; empty where it cannot.
        watched: its page, where it is in the inventory.
    """
    findings = recognise(shown, public_roots=trust.public, at=at)
    advice = _advice(shown, findings)
    return CheckResult(
        endpoint=str(shown.endpoint),
        at=at,
        state=_state(shown),
        facts=tuple(_facts(shown)),
        failures=tuple(_failures(shown)),
        chains=chains_shown(shown, since={}, pinned_by=pinned_by),
        findings=tuple(sorted(findings, key=lambda one: _RANKS.index(one.severity))),
        advice=_ADVICE[advice.verdict.value] if advice else None,
        reasons=advice.reasons if advice else (),
        proposals=tuple(
            Proposal(str(one.pin), one.role.value, one.why)
            for one in (advice.proposals if advice else ())
        ),
        steps=advice.steps if advice else (),
        cautions=advice.cautions if advice else (),
        snippets=snippets(shown.endpoint.host, advice) if advice else (),
        releases=releases,
        save=save,
        watched=watched,
    )


def said_of(release: Fielded, pin_set: PinSet, shown: Observation, link: Link) -> ReleaseVerdict:
    """Return what a release says of all that an endpoint showed: the worst of it."""
    host, matched = shown.endpoint.host, None
    if any(one.verified is None for one in shown.handshakes):
        return _refused(release, link, "refused before any pin is asked: it does not verify")
    for chain in shown.chains:
        try:
            found = decide(pin_set, host, chain, shown.at)
        except MismatchError as error:
            return _refused(release, link, str(error).splitlines()[0])
        matched = matched or (found if isinstance(found, Matched) else None)
    if matched is None:
        return ReleaseVerdict(release=link, share=release.share, verdict=Verdict.UNSEEN)
    return ReleaseVerdict(
        release=link,
        share=release.share,
        verdict=Verdict.MATCHED,
        pin=str(matched.pin.pin),
        position=matched.position.value,
    )


def worst_first(said: Iterable[ReleaseVerdict]) -> tuple[ReleaseVerdict, ...]:
    """Return what releases say: those that refuse first, of which that with the most users."""
    return tuple(sorted(said, key=lambda one: (one.verdict is not _WORST, -(one.share or 0.0))))


def _refused(release: Fielded, link: Link, why: str) -> ReleaseVerdict:
    return ReleaseVerdict(release=link, share=release.share, verdict=Verdict.MISMATCH, detail=why)


def _advice(shown: Observation, findings: Sequence[Finding]) -> Advice | None:
    if not shown.handshakes:
        return None
    chains = shown.chains
    first, also = (chains[0] if chains else None), chains[1:]
    return advise(Situation(), first, findings, also=also)


def _state(shown: Observation) -> State:
    if not shown.handshakes:
        return UNREAD
    if any(one.verified is None for one in shown.handshakes):
        return State(Tone.BAD, "not verified")
    tone = Tone.WARNING if shown.failures else Tone.GOOD
    return State(tone, "verified where it answered" if shown.failures else "verified")


def _facts(shown: Observation) -> Iterator[str]:
    if shown.handshakes:
        addresses = {one.address for one in shown.handshakes}
        yield plural(len(addresses), "address", "addresses")
        versions = sorted({one.tls_version.replace("TLSv", "TLS ") for one in shown.handshakes})
        yield ", ".join(versions)
        took = min(one.seconds for one in shown.handshakes)
        yield f"{took * 1000:.0f} ms to the first"


def _failures(shown: Observation) -> Iterator[str]:
    for one in shown.failures:
        where = f"{one.address}: " if one.address else ""
        yield f"{where}{one.detail}"
