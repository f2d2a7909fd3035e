"""How `keypin ct prove` looks: what is proved and what not in plain words, and as JSON."""

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from keypin.certs import Certificate
from keypin.cli import ct_shapes, shapes
from keypin.cli.console import mark, out, printable
from keypin.cli.ct_evidence import Judged, Outcome
from keypin.cli.shapes import Shape
from keypin.ct.head import TreeHead
from keypin.ct.proved import Proved
from keypin.pins import Pin

_NAMES = 3  # of a certificate, on one line
_KEY = "name a list that has the log with --log-list, or its key, from whom you trust, with --key"
_WORDS = {
    Outcome.WRONG: "wrong",
    Outcome.MISSING: "not in the log",
    Outcome.NOT_PROVED: "not proved",
    Outcome.UNKNOWN_LOG: "the log is not known",
}


def show(judged: Judged) -> None:
    """Print what a piece of evidence proves, or why it proves nothing."""
    console = out()
    console.print()
    console.print(_headline(console, judged), soft_wrap=True)
    rows = [*_facts(judged)]
    if rows:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for label, text in rows:
            table.add_row(label, printable(text))
        console.print(Padding(table, (0, 0, 0, 2)))
    for label, style, text in _words(judged):
        line = Text.assemble((f"{label}: ", style), text)
        console.print(Padding(line, (0, 0, 0, 2)))


def _headline(console: Console, judged: Judged) -> Text:
    known = judged.outcome in {Outcome.PROVED, Outcome.WRONG, Outcome.MISSING}
    sign = Text("?", "yellow")
    if known:
        sign = mark(console, good=judged.outcome is Outcome.PROVED)
    head = Text.assemble(sign, " ", (printable(judged.subject), "bold"), "  ")
    if judged.proved is not None:
        index, log = judged.proved.index, printable(judged.log or "the log")
        return head.append(f"proved: {_kind(judged.proved)}, entry {index:,} of {log}")
    if judged.outcome is Outcome.PROVED:
        return head.append(f"proved: {printable(judged.log or 'the log')} contradicts itself")
    return head.append(f"{_WORDS[judged.outcome]}: {printable(judged.detail)}")


def _kind(proved: Proved) -> str:
    return "precertificate" if proved.leaf.precertificate else "certificate"


def _facts(judged: Judged) -> Iterator[tuple[str, str]]:
    """Yield what is known, by its label."""
    if judged.proved is not None:
        yield from _certificate(judged.proved)
        yield "logged", shapes.time(judged.proved.leaf.timestamp)
    if judged.log:
        yield "log", judged.log
    elif judged.called:
        yield "log", f"called {judged.called!r} in the evidence, which nothing proves"
    if judged.log_id:
        yield "log ID", b64encode(judged.log_id).decode()
    for head in _heads(judged):
        yield "tree head", f"{_entries(head.size)}, signed {shapes.time(head.timestamp)}"
        yield "root", head.root.hex()


def _entries(size: int) -> str:
    return f"{size:,} {'entry' if size == 1 else 'entries'}"


def _heads(judged: Judged) -> tuple[TreeHead, ...]:
    if judged.proved is not None:
        return (judged.proved.head,)
    verified = judged.outcome in {Outcome.PROVED, Outcome.NOT_PROVED}
    return judged.accusation.heads if judged.accusation is not None and verified else ()


def _certificate(proved: Proved) -> Iterator[tuple[str, str]]:
    certificate = proved.certificate
    if certificate is None:
        yield "unreadable", proved.flaw
        return
    yield "names", _names(certificate)
    yield "issuer", certificate.issuer or "(no name)"
    yield "valid", f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
    yield "serial", f"{certificate.serial_number:x}"
    yield "pin", f"{Pin.of_key(certificate)}"
    if proved.beside.certificate is not None:
        yield "SHA-256", proved.beside.certificate.sha256.hex()
    if proved.beside.issuer_spki:
        yield "issuer pin", _pin(proved.beside.issuer_spki)


def _pin(spki: bytes) -> str:
    return f"sha256/{b64encode(sha256(spki).digest()).decode()}"


def _names(certificate: Certificate) -> str:
    names = (*certificate.dns_names_unicode, *certificate.ip_addresses)
    more = len(names) - _NAMES
    listed = ", ".join(names[:_NAMES]) or certificate.subject or "(none)"
    return f"{listed} and {more} more" if more > 0 else listed


def _words(judged: Judged) -> Iterator[tuple[str, str, str]]:
    """Yield what is proved, what not, and what to do, with label and style."""
    if judged.proved is not None:
        yield "proved", "green", _proves(judged.proved)
        yield "not proved", "yellow", _does_not_prove(judged.proved)
    elif judged.alarms:
        yield "proved", "green", "; ".join(one.message for one in judged.alarms)
        yield "not proved", "yellow", "that its operator meant to; its key may be in other hands"
        yield "cure", "green", judged.alarms[0].kind.cure
    elif judged.accusation is not None and judged.outcome is Outcome.NOT_PROVED:
        name = printable(judged.log or judged.called or "LOG")
        yield "cure", "green", f"read the log itself: keypin ct audit {name!r}"
    elif judged.outcome is Outcome.UNKNOWN_LOG:
        yield (
            "cure",
            "green",
            _KEY,
        )


def _proves(proved: Proved) -> str:
    if not proved.beside.issuer_spki:
        return f"the log holds this {_kind(proved)}"
    signed = f"the log holds this {_kind(proved)}, and its issuer's key signed it"
    issued = "; a CA that signs one counts as having issued the certificate"
    return signed + issued if proved.leaf.precertificate else signed


def _does_not_prove(proved: Proved) -> str:
    signed = "" if proved.beside.issuer_spki else "that its issuer signed it; "
    return (
        f"{signed}that anybody uses it, or should trust its issuer; that the log shows everybody"
        " this tree"
    )


def document(judged: Judged) -> str:
    """Return the JSON document, shape `keypin/ct-prove/1`."""
    return shapes.document(
        "ct-prove",
        1,
        subject=judged.subject,
        outcome=judged.outcome,
        detail=printable(judged.detail) or None,
        log=printable(judged.log) or None,
        log_id=b64encode(judged.log_id).decode() or None,
        entry=_entry(judged.proved) if judged.proved else None,
        proof=judged.proof.members() if judged.proof and judged.proved else None,
        **_alarm(judged),
    )


def _entry(proved: Proved) -> Shape:
    certificate, issuer = proved.certificate, proved.beside.issuer_spki
    return {
        "index": proved.index,
        "time": shapes.time(proved.leaf.timestamp),
        "timestamp_ms": proved.leaf.timestamp_ms,
        "precertificate": proved.leaf.precertificate,
        "certificate": shapes.certificate(certificate) if certificate else None,
        "flaw": proved.flaw or None,
        "issuer_pin": _pin(issuer) if issuer else None,
        "head": ct_shapes.head(proved.head),
    }


def _alarm(judged: Judged) -> Shape:
    """Return an alarm as a monitor writes it, so that this is evidence again."""
    said = judged.accusation
    if said is None:
        return {}
    return {
        "id": printable(said.kind),
        "message": printable(said.message),
        "heads": [json.loads(head.dumps()) for head in said.heads],
        "proves": [{"id": one.kind.id, "message": one.message} for one in judged.alarms],
    }
