"""How `keypin ct verify` looks: each SCT with its log, each browser's verdict, and as JSON."""

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from keypin.cli import ct_shapes, shapes
from keypin.cli.console import mark, out, print_findings, printable, short_name
from keypin.ct.log_list import Api
from keypin.ct.promise import Delivery, Promise, Signature
from keypin.findings import Finding, Severity

if TYPE_CHECKING:
    from keypin.cli.log_lists import Named
    from keypin.cli.transparency import Examined
    from keypin.ct.verdict import Verdict, Verdicts
    from keypin.monitor.inclusion import Inclusion

_DELIVERIES = {
    Delivery.EMBEDDED: "embedded",
    Delivery.TLS: "in the TLS extension",
    Delivery.OCSP: "in the stapled OCSP response",
}
_SIGNATURES = {
    Signature.GOOD: "signature holds",
    Signature.BAD: "signature does not hold",
    Signature.UNKNOWN_LOG: "no such log in the list",
    Signature.NO_ISSUER: "signature not verified, the issuer is missing",
}
_APIS = {Api.RFC6962: "RFC 6962", Api.STATIC: "static"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate with what is said of it: the judgement, the proofs, the list behind both."""

    examined: "Examined"
    proofs: "tuple[Inclusion, ...]"
    named: "Named"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, the proofs' faults among it."""
        found = (_fault(self.examined.subject, proof) for proof in self.proofs)
        return (*self.examined.findings, *(one for one in found if one))


_FAULTS = {"missing": "does not hold the certificate", "wrong": "answers with what proves nothing"}


def _fault(subject: str, proof: "Inclusion") -> Finding | None:
    words, log, head = _FAULTS.get(proof.outcome), proof.promise.log, proof.head
    if words is None or log is None:
        return None
    seen = f"its head of {shapes.time(head.timestamp)} has {head.size} entries" if head else ""
    return Finding(
        id=f"ct-inclusion-{proof.outcome}",
        severity=Severity.ERROR,
        subject=subject,
        message=f"{log.description} promised it and {words}: {proof.detail}",
        cure="Ask again; if it stays so, the log has broken its word: tell the browsers' CT teams.",
        evidence=(seen,) if seen else (),
    )


def show(shown: Shown) -> None:
    """Print one certificate: its SCTs, the verdicts, and what is wrong."""
    console, one = out(), shown.examined
    leaf = one.certificate
    good = one.verdicts.accepted and all(f.severity is not Severity.ERROR for f in shown.findings)
    console.print()
    head = Text.assemble(mark(console, good=good), " ", (printable(one.subject), "bold"))
    head.append(f"  {_count(one.promises)}: {one.verdicts}")
    console.print(head, soft_wrap=True)
    facts = f"{short_name(leaf)}, {leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}"
    console.print(Padding(Text(facts, "dim"), (0, 0, 0, 2)))
    proofs = dict(zip(one.promises, shown.proofs, strict=False))
    for promise in one.promises:
        _show_promise(console, promise, proofs.get(promise))
    console.print()
    print_verdicts(console, one.verdicts)
    if shown.findings:
        console.print()
        print_findings(console, shown.findings)
    judged = f"judged as of {shapes.time(one.verdicts.at)} by {shown.named}"
    console.print(Padding(Text(judged, "dim"), (1, 0, 0, 0)))


def _count(promises: tuple[Promise, ...]) -> str:
    return f"{len(promises) or 'no'} SCT{'s' * (len(promises) != 1)}"


def _show_promise(console: Console, promise: Promise, proof: "Inclusion | None") -> None:
    log = promise.log
    name = printable(log.description) if log else f"log {b64encode(promise.sct.log_id).decode()}"
    told = promise.signature in {Signature.GOOD, Signature.BAD}
    sign = mark(console, good=promise.signature is Signature.GOOD) if told else Text("?", "yellow")
    console.print(Padding(Text.assemble(sign, " ", (name, "bold")), (1, 0, 0, 2)), soft_wrap=True)
    made = f"{shapes.time(promise.sct.timestamp)}, {_DELIVERIES[promise.delivery]}"
    _line(console, f"promised {made}; {_SIGNATURES[promise.signature]}")
    if log is not None:
        state = (
            f", {log.standing.state} since {log.standing.since:%Y-%m-%d}" if log.standing else ""
        )
        _line(console, f"{printable(promise.operator or '')}, {_APIS[log.api]}{state}", "dim")
    if proof is not None:
        _line(console, _proved(proof), _STYLES.get(proof.outcome, "yellow"))


_STYLES = {"included": "green", "missing": "bold red", "wrong": "bold red"}


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Padding(Text(text, style), (0, 0, 0, 4)))


def _proved(proof: "Inclusion") -> str:
    if proof.head is not None and proof.index is not None:
        when = shapes.time(proof.head.timestamp)
        return f"included: entry {proof.index:,} of {proof.head.size:,}, in the head of {when}"
    words = {
        "not-yet": "not included yet",
        "missing": "not included",
        "wrong": "not proved",
        "unreachable": "not known if included",
    }
    return printable(f"{words.get(proof.outcome, 'not asked')}: {proof.detail}")


_VERDICTS: dict[bool | None, tuple[str, str]] = {
    True: ("accepts it", "green"),
    False: ("does not accept it", "red"),
    None: ("could not be judged", "yellow"),
}


def print_verdicts(console: Console, verdicts: "Verdicts") -> None:
    """Print what each browser makes of the SCTs."""
    for verdict in verdicts.each:
        _print_verdict(console, verdict)


def _print_verdict(console: Console, verdict: "Verdict") -> None:
    """Print one browser's word; why it refuses stands in the finding."""
    accepted = verdict.accepted
    words, style = _VERDICTS[accepted]
    sign = Text("?", "yellow") if accepted is None else mark(console, good=accepted)
    why = f": {'; '.join(verdict.reasons)}" if accepted else ""
    console.print(
        Text.assemble(sign, " ", (verdict.policy.browser, "bold"), " ", (words, style), why)
    )


def document(shown: Shown) -> str:
    """Return the JSON document, shape `keypin/ct-verify/1`."""
    one = shown.examined
    return shapes.document(
        "ct-verify",
        1,
        subject=one.subject,
        at=shapes.time(one.verdicts.at),
        log_list=ct_shapes.log_list(shown.named),
        certificate=shapes.certificate(one.certificate),
        scts=ct_shapes.scts(one, shown.proofs),
        browsers=ct_shapes.browsers(one),
        findings=shapes.findings(shown.findings),
    )
