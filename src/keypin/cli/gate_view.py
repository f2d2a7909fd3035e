"""How the gate's answer is shown: as text, release by release, and as JSON.

Both are made of the same results, one for each host of each release, in the shape of the JSON: so
the answer of a watch, which comes as JSON, is shown as our own is.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from keypin.certs import Certificate
from keypin.cli import shapes
from keypin.cli.console import mark, out, print_findings, printable, short_name
from keypin.cli.shapes import Shape
from keypin.findings import Finding, Severity
from keypin.pins import Pin, PolicyPin, Role
from keypin.pins.ca_facts import known_key
from keypin.rotation import Judgement, Match, Outcome, State
from keypin.rotation.gate_words import joined

if TYPE_CHECKING:
    from keypin.cli.gate import Answer

_WORDS = {
    Outcome.PASSES: "passes",
    Outcome.SOME_PATHS: "would break for some clients",
    Outcome.BREAKS: "would break",
    Outcome.REPORTS: "would not break, but report",
    Outcome.NOT_VERIFIED: "would break, unverified",
    Outcome.NOT_PINNED: "not pinned",
}


def show(answer: "Answer") -> None:
    """Print the answer as text: each host of each release, the findings, and the verdict last."""
    console = out()
    for one in answer.judged:
        leaf = one.presented[0]
        console.print(Text(printable(one.file), "bold"), soft_wrap=True)
        console.print(f"  {short_name(leaf)}, valid {_days(leaf)}", soft_wrap=True)
        console.print(f"  {Pin.of_key(leaf)}", soft_wrap=True)
        for _, several in groupby(one.results, key=lambda result: result["release"]):
            for group in _alike(several):
                _show_group(console, group)
        console.print()
    rank = list(Severity).index
    print_findings(console, sorted(answer.findings, key=lambda one: rank(one.severity)))
    console.print(Text(f"judged as of {shapes.time(answer.at)}, trusting {answer.trust}", "dim"))
    closed = bool(answer.counting)
    verdict, style = ("do not deploy", "bold red") if closed else ("deploy", "bold green")
    line = Text.assemble(mark(console, good=not closed), " ", (verdict, style), f": {_sum(answer)}")
    console.print(line, soft_wrap=True)


def _days(leaf: Certificate) -> str:
    return f"{leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}"


def _alike(results: Iterable[Shape]) -> Iterator[Sequence[Shape]]:
    """Yield the results of one release, those together that differ in their host alone."""
    groups: dict[str, list[Shape]] = {}
    for one in results:
        changes = [(state["at"], state["outcome"]) for state in one["later"]]
        key = json.dumps([one["policy"], one["outcome"], one["matches"], changes])
        groups.setdefault(key, []).append(one)
    yield from groups.values()


def _show_group(console: Console, group: Sequence[Shape]) -> None:
    """Print one line for the hosts of a release that fare alike, and which pin lets them pass."""
    first, release = group[0], printable(group[0]["release"])
    outcome = Outcome(first["outcome"])
    good = outcome in {Outcome.PASSES, Outcome.REPORTS}
    sign = Text("-", "dim") if outcome is Outcome.NOT_PINNED else mark(console, good=good)
    hosts = printable(joined(one["host"] for one in group))
    line = Text.assemble("  ", sign, " ", (release, "bold"), f"  {_WORDS[outcome]}: {hosts}")
    console.print(line, soft_wrap=True)
    if good and first["matches"]:
        match = _best(first["matches"])
        said = f"{match['role']} pin {match['pin']}", f"{match['position']} {match['name']}"
        lines = "\n".join(f"    {printable(line)}" for line in said)
        console.print(Text(lines, "dim"), soft_wrap=True)


def _best(matches: Sequence[Shape]) -> Shape:
    """Return the match to be shown: an active pin's, if there is one."""
    return min(matches, key=lambda match: list(Role).index(Role(match["role"])))


_BREAKING = {"gate-breaks", "gate-some-paths", "gate-not-verified"}


def _sum(answer: "Answer") -> str:
    """Return the one line that a log keeps: which releases fare how."""
    if broken := _releases(one for one in answer.counting if one.id in _BREAKING):
        return f"{broken} would break"
    if answer.counting:
        return ", ".join(dict.fromkeys(f"{one.id} in {one.subject}" for one in answer.counting))
    pinned = dict.fromkeys(
        printable(result["release"])
        for one in answer.judged
        for result in one.results
        if result["outcome"] != Outcome.NOT_PINNED
    )
    accept = "accepts" if len(pinned) == 1 else "accept"
    return f"{', '.join(pinned)} {accept} it" if pinned else "no release pins any of its hosts"


def _releases(found: Iterable[Finding]) -> str:
    return ", ".join(dict.fromkeys(printable(one.subject) for one in found))


def document(answer: "Answer") -> str:
    """Return the JSON document, shape `keypin/gate/1`."""
    return shapes.document(
        "gate",
        1,
        open=not answer.counting,
        at=shapes.time(answer.at),
        trust=answer.trust,
        chains=[
            {"file": one.file, "certificates": [shapes.certificate(c) for c in one.presented]}
            for one in answer.judged
        ],
        results=[{"chain": one.file, **found} for one in answer.judged for found in one.results],
        findings=shapes.findings(answer.findings),
    )


def result(judgement: Judgement) -> Shape:
    """Return the result of one host of one release."""
    policy = judgement.state.policy
    today = judgement.today
    return {
        "release": judgement.release.name,
        "host": judgement.name.shown,
        **_state(judgement.state),
        "policy": str(policy.host) if policy else None,
        "enforced": policy.enforced(judgement.state.at) if policy else None,
        "accepts": list(_accepts(judgement)),
        "matches": [_match(match) for match in judgement.state.matches],
        "deployed_now": None if today is None else [_match(match) for match in today],
        "paths": [
            {
                "accepted": path.mismatch is None,
                "certificates": [
                    {
                        "position": path.chain.position(index),
                        "subject": found.subject,
                        "pin": str(Pin.of_key(found)),
                    }
                    for index, found in enumerate(path.chain)
                ],
            }
            for path in judgement.state.paths
        ],
        "later": [_state(state) for state in judgement.later],
    }


def _state(state: State) -> Shape:
    refusal = state.refusal
    return {
        "at": shapes.time(state.at),
        "outcome": state.outcome,
        "reason": refusal.reason if refusal else None,
        "detail": str(refusal) if refusal else None,
    }


def _accepts(judgement: Judgement) -> Iterator[Shape]:
    policy = judgement.state.policy
    for entry in (*policy.pins, *policy.also) if policy else ():
        known = known_key(entry.pin)
        yield {
            **_pin(entry),
            "known_as": f"{known.name} of {known.operator}" if known else None,
        }


def _pin(entry: PolicyPin) -> Shape:
    return {
        "pin": str(entry.pin),
        "role": entry.role,
        "position": entry.pin.position,
        "comment": entry.comment,
    }


def _match(match: Match) -> Shape:
    return {
        "pin": str(match.pin.pin),
        "role": match.pin.role,
        "position": match.position,
        "subject": match.certificate.subject,
        "name": short_name(match.certificate),
    }
