"""What the deploy gate answers, host by host: the fields of `keypin gate --json`, and no others.

`keypin gate --watch` prints them as it prints its own: a pipeline cannot tell the two apart.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from keypin.certs import Certificate
from keypin.pins import Pin, PolicyPin
from keypin.pins.ca_facts import known_key
from keypin.rotation import Hit, Judgement, Match, Path, State
from keypin.watch.probing import Trial, Tried
from keypin.web.api.findings_told import ToldCertificate, ToldFinding, certificate, finding
from keypin.web.api.shapes import Told


class ToldMatch(Told):
    """A pin that matches."""

    pin: str
    role: str
    position: str
    subject: str
    name: Annotated[str, Field(description="What a person calls the certificate.")]


class ToldPin(Told):
    """A pin that a release accepts."""

    pin: str
    role: str
    position: str
    comment: str | None
    known_as: str | None


class ToldState(Told):
    """What holds from one moment on."""

    at: datetime
    outcome: str
    reason: str | None
    detail: str | None


class ToldStep(Told):
    """A certificate of a path."""

    position: str
    subject: str
    pin: str


class ToldPath(Told):
    """A chain that clients may build."""

    accepted: bool
    certificates: list[ToldStep]


class ToldJudgement(ToldState):
    """What a chain would do to one host of the releases that ship one pin set."""

    release: Annotated[str, Field(description="What those releases are called together.")]
    host: str
    policy: str | None
    enforced: bool | None
    accepts: list[ToldPin]
    matches: list[ToldMatch]
    deployed_now: list[ToldMatch] | None
    paths: list[ToldPath]
    later: list[ToldState]


class ToldFielded(Told):
    """A release in the field."""

    application: str
    version: str
    share: float | None


class ToldHit(Told):
    """Users of an application that would be locked out."""

    application: str
    share: Annotated[float | None, Field(description="Of its users; null: it is not known.")]
    unknown: Annotated[list[str], Field(description="Releases whose share is not known.")]
    users: Annotated[str, Field(description="The same in words.")]


class ToldTrial(Told):
    """What deploying a chain would do."""

    open: Annotated[bool, Field(description="Whether no finding is an error.")]
    at: datetime
    trust: str
    chain: list[ToldCertificate]
    refused: list[ToldFielded]
    hit: list[ToldHit]
    results: list[ToldJudgement]
    findings: list[ToldFinding]


def trial(one: Trial, trust: str) -> ToldTrial:
    """Return what is told of a trial.

    Args:
        one: it.
        trust: the name of the anchors.
    """
    found = [finding(said) for tried in one.tried for said in tried.findings]
    return ToldTrial(
        open=all(said.severity != "error" for said in found),
        at=one.at,
        trust=trust,
        chain=[certificate(each) for each in one.chain],
        refused=[
            ToldFielded(application=each.application, version=each.version, share=each.share)
            for each in one.refused
        ],
        hit=[_hit(each) for each in one.hit],
        results=[said for tried in one.tried for said in _judgements(tried)],
        findings=found,
    )


def _hit(one: Hit) -> ToldHit:
    return ToldHit(
        application=one.application,
        share=one.share.fraction if one.share else None,
        unknown=list(one.unknown),
        users=str(one),
    )


def _judgements(tried: Tried) -> list[ToldJudgement]:
    return [_judgement(one) for one in tried.judgements]


def _judgement(one: Judgement) -> ToldJudgement:
    policy = one.state.policy
    return ToldJudgement(
        **_state(one.state).model_dump(),
        release=one.release.name,
        host=one.name.shown,
        policy=str(policy.host) if policy else None,
        enforced=policy.enforced(one.state.at) if policy else None,
        accepts=[_pin(entry) for entry in ((*policy.pins, *policy.also) if policy else ())],
        matches=[_match(match) for match in one.state.matches],
        deployed_now=None if one.today is None else [_match(match) for match in one.today],
        paths=[_path(path) for path in one.state.paths],
        later=[_state(state) for state in one.later],
    )


def _state(one: State) -> ToldState:
    refusal = one.refusal
    return ToldState(
        at=one.at,
        outcome=one.outcome.value,
        reason=str(refusal.reason) if refusal else None,
        detail=str(refusal) if refusal else None,
    )


def _pin(entry: PolicyPin) -> ToldPin:
    known = known_key(entry.pin)
    return ToldPin(
        pin=str(entry.pin),
        role=entry.role.value,
        position=entry.pin.position.value,
        comment=entry.comment,
        known_as=f"{known.name} of {known.operator}" if known else None,
    )


def _match(one: Match) -> ToldMatch:
    return ToldMatch(
        pin=str(one.pin.pin),
        role=one.pin.role.value,
        position=one.position.value,
        subject=one.certificate.subject,
        name=_name(one.certificate),
    )


def _name(one: Certificate) -> str:
    names = (one.common_name, *one.dns_names_unicode, *one.ip_addresses, one.subject)
    return next((name for name in names if name), "(no name)")


def _path(one: Path) -> ToldPath:
    steps = [
        ToldStep(
            position=one.chain.position(index).value,
            subject=each.subject,
            pin=str(Pin.of_key(each)),
        )
        for index, each in enumerate(one.chain)
    ]
    return ToldPath(accepted=one.mismatch is None, certificates=steps)
