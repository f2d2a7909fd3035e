"""How `keypin check` looks in a terminal: one endpoint, in the order in which a person asks.

First what answered, then the chain with its pins, then where addresses differ, then findings,
then whether to pin.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from keypin.certs import Handshake, Observation
from keypin.cli.console import chain_table, mark, print_findings, printable
from keypin.cli.shapes import stapled_ocsp
from keypin.findings import Finding

if TYPE_CHECKING:
    from keypin.cli.transparency import Examined
    from keypin.pins.advice import Advice


def print_observation(console: Console, seen: Observation, at: datetime) -> None:
    """Print what one endpoint showed: each distinct chain once, under the addresses showing it."""
    console.print()
    console.print(_headline(console, seen))
    for handshakes in _by_chain(seen):
        _print_chain(console, handshakes, at)
    for failure in seen.failures:
        where = f"{failure.address}: " if failure.address else ""
        console.print(
            Padding(Text(printable(f"{where}{failure.detail}"), "bold red"), (1, 0, 0, 2))
        )


def _headline(console: Console, seen: Observation) -> Text:
    shakes = seen.handshakes
    verified = bool(shakes) and all(shake.verified for shake in shakes) and not seen.failures
    state = "verified" if verified else "not verified" if shakes else "could not be read"
    addresses = {shake.address for shake in shakes}
    facts = [state]
    if shakes:
        facts.append(", ".join(sorted({shake.tls_version for shake in shakes})))
        facts.append(f"{len(addresses)} address{'es' * (len(addresses) != 1)}")
    return Text.assemble(
        mark(console, good=verified), " ", (str(seen.endpoint), "bold"), "  ", ", ".join(facts)
    )


def _by_chain(seen: Observation) -> list[list[Handshake]]:
    groups: dict[tuple[bytes, ...], list[Handshake]] = {}
    for shake in seen.handshakes:
        shown = tuple(cert.sha256 for cert in shake.presented)
        groups.setdefault(shown, []).append(shake)
    return list(groups.values())


def _print_chain(console: Console, handshakes: list[Handshake], at: datetime) -> None:
    first = handshakes[0]
    console.print(Padding(Text(_shown_by(handshakes), "dim"), (1, 0, 0, 2)))
    if first.problem is not None:
        console.print(Padding(Text(printable(str(first.problem)), "bold red"), (0, 0, 0, 2)))
    chain = first.verified or first.presented
    console.print(Padding(chain_table(chain, at), (0, 0, 0, 2)))
    console.print(Padding(Text(_leaf_facts(first), "dim"), (0, 0, 0, 2)))


def _shown_by(handshakes: list[Handshake]) -> str:
    """Return who shows the chain: its addresses, and the kinds of key that they were asked for."""
    addresses = ", ".join(dict.fromkeys(shake.address for shake in handshakes))
    kinds = [shake.key_type.upper() for shake in handshakes if shake.key_type != "default"]
    asked = f", asked for {' and '.join(dict.fromkeys(kinds))}" if kinds else ""
    return f"{addresses}{asked}"


def _leaf_facts(shake: Handshake) -> str:
    leaf = shake.verified.leaf if shake.verified else shake.presented[0]
    scts = f"{leaf.sct_count} SCTs" if leaf.sct_count else "no SCTs"
    names = len(leaf.dns_names) + len(leaf.ip_addresses)
    facts = [
        f"{names} name{'s' * (names != 1)}",
        scts + " embedded",
        *([leaf.validation] if leaf.validation else []),
        shake.cipher,
    ]
    if ocsp := stapled_ocsp(shake):
        facts.append(f"OCSP stapled: {ocsp['status']}")
    return "leaf: " + ", ".join(facts)


def print_transparency(console: Console, examined: "tuple[Examined, ...]") -> None:
    """Print which browsers accept the SCTs of each certificate."""
    for one in examined:
        from keypin.cli.ct_verify_view import print_verdicts

        console.print()
        console.print(Text(f"{len(one.promises)} SCTs, by the rules for public CAs:", "dim"))
        print_verdicts(console, one.verdicts)


def print_judgement(
    console: Console, findings: tuple[Finding, ...], advice: "Advice | None"
) -> None:
    """Print the findings, then the answer to *should you pin this*."""
    if findings:
        console.print()
        print_findings(console, findings)
    if advice is not None:
        print_advice(console, advice)


_VERDICT = {
    "pin": ("Pin it.", "bold green"),
    "pin-with-care": ("Pin it with care.", "bold yellow"),
    "do-not-pin": ("Do not pin it.", "bold red"),
}


def print_advice(console: Console, advice: "Advice") -> None:
    """Print whether to pin, what, with which backup, and why."""
    words, style = _VERDICT[advice.verdict]
    target = f" Target: {advice.target}." if advice.target else ""
    console.print()
    console.print(Text.assemble(("Should you pin this? ", "bold"), (words, style), target))
    for reason in advice.reasons:
        console.print(Padding(Text(reason), (0, 0, 0, 2)))
    for proposal in advice.proposals:
        console.print(Padding(Text(str(proposal.pin), "blue"), (0, 0, 0, 2)))
        console.print(Padding(Text(f"{proposal.role}: {proposal.why}", "dim"), (0, 0, 0, 4)))
    for number, step in enumerate(advice.steps, 1):
        console.print(Padding(Text(f"{number}. {step}"), (0, 0, 0, 2)))
    for caution in advice.cautions:
        console.print(Padding(Text(f"! {caution}", "yellow"), (0, 0, 0, 2)))
    if advice.open:
        keys = ", ".join(question.key for question in advice.open)
        console.print(
            Padding(
                Text(f"Unanswered, and it would matter: {keys}. Use --ask.", "dim"), (0, 0, 0, 2)
            )
        )
