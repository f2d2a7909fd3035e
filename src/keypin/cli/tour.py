"""The tour of the laboratory: keypin as the client under test, one handshake a server."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from keypin.certs import Endpoint, Handshake, Observation
from keypin.lab import Expect, Lab, Running, Scenario
from keypin.pins import MismatchError, NotPinned, decide
from keypin.pins.toml import loads
from keypin.probe import Dial, KeyType, Limits, Options, probe_stream

_LIMITS = Limits(connect=2, handshake=2, total=3)


@dataclass(frozen=True, slots=True)
class Stop:
    """What keypin said of one server, and whether that is what a correct client says."""

    scenario: Scenario
    outcome: str
    correct: bool


def visit(lab: Lab) -> Iterator[Stop]:
    """Yield a stop for each of the lab's servers: probed, verified, decided."""
    for running in lab:
        accepted, outcome = _judge(running, _observe(lab, running))
        expect = running.scenario.expect
        correct = expect is Expect.EITHER or accepted == (expect is Expect.ACCEPT)
        yield Stop(running.scenario, outcome, correct)


def _observe(lab: Lab, running: Running) -> Observation:
    options = Options(
        trust=lab.trust,
        key_types=(KeyType.DEFAULT,),
        connect=tuple(Dial(address) for address in running.addresses),
        limits=_LIMITS,
    )
    (observation,) = probe_stream([Endpoint(running.host, running.port)], options)
    return observation


def _judge(running: Running, observation: Observation) -> tuple[bool, str]:
    """Return whether every address was accepted, and the words for the first that decides."""
    if observation.failures:
        return False, f"could not be read: {observation.failures[0].detail}"
    verdicts = [_judge_handshake(running, shake) for shake in observation.handshakes]
    return all(accepted for accepted, _ in verdicts), verdicts[0][1]


def _judge_handshake(running: Running, shake: Handshake) -> tuple[bool, str]:
    if shake.verified is None:
        problem = shake.problem
        return False, f"not verified: {problem.detail if problem else 'no path'}"
    pin_set = loads(running.pins_toml.read_text(), name=running.pins_toml.name).pin_set
    try:
        verdict = decide(pin_set, running.host, shake.verified, datetime.now(UTC))
    except MismatchError:
        return False, "verified, and no pin matches: refused"
    if isinstance(verdict, NotPinned):
        return False, "not pinned"
    return True, f"matched: the {verdict.pin.role} pin, on the {verdict.position}"
