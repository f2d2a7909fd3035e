"""The terminal: one console, honest colours, and the few visual elements that all verbs share.

Colour only repeats what the words say already (NO_COLOR and a pipe take it away and nothing is
lost), and every table fits 80 columns, the pin being the widest thing at 51.
"""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from keypin.certs import Certificate, VerifiedChain
from keypin.findings import Finding, Severity
from keypin.pins import Pin

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_SOON = 14  # days; below a third of the 47 days that certificates live from 2029 on
_MANY_DAYS = 1000  # from here on days say less than years


def out() -> Console:
    """Return the console of standard output."""
    return Console(highlight=False, emoji=False, markup=False)


def err() -> Console:
    """Return the console of standard error, for progress and remarks."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def short_name(cert: Certificate) -> str:
    """Return what a person calls the certificate: its common name, first name or subject."""
    names = (cert.common_name, *cert.dns_names_unicode, *cert.ip_addresses, cert.subject)
    return printable(next((name for name in names if name), "(no name)"))


def issuer_name(cert: Certificate) -> str:
    """Return what a person calls the issuer, with its organisation where it has one."""
    if cert.is_self_signed:
        return "self-signed"
    name = cert.issuer_common_name or cert.issuer or "(no name)"
    organisation = cert.issuer_organization
    if organisation and organisation not in name:
        name = f"{name} ({organisation})"
    return printable(f"issued by {name}")


def printable(text: str) -> str:
    """Return foreign text without control characters, which could redraw the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def days_left(cert: Certificate, at: datetime) -> Text:
    """Return how long the certificate lives, coloured by urgency."""
    if at < cert.not_before:
        return Text("not yet valid", "bold red")
    if at > cert.not_after:
        return Text("expired", "bold red")
    days = (cert.not_after - at).days
    if days >= _MANY_DAYS:
        return Text(f"{days // 365} years left", "green")
    return Text(f"{days} day{'' if days == 1 else 's'} left", "yellow" if days < _SOON else "green")


def chain_table(chain: VerifiedChain | tuple[Certificate, ...], at: datetime) -> Table:
    """Return a chain as a table, three lines a certificate: name, issuer, pin."""
    table = Table.grid(padding=(0, 1, 0, 0), expand=False)
    table.add_column(width=12)
    table.add_column(width=51, no_wrap=True, overflow="ellipsis")
    table.add_column(width=13, no_wrap=True)
    verified = isinstance(chain, VerifiedChain)
    certificates = chain.certificates if isinstance(chain, VerifiedChain) else chain
    for index, cert in enumerate(certificates):
        position = (
            chain.position(index) if isinstance(chain, VerifiedChain) else f"sent {index + 1}"
        )
        table.add_row(
            Text(str(position), "bold" if verified else "dim"),
            _identity(cert),
            Text("\n").join(
                [
                    Text(_key(cert)),
                    Text(f"{cert.not_after:%Y-%m-%d}"),
                    days_left(cert, at),
                ]
            ),
        )
    return table


def _identity(cert: Certificate) -> Text:
    return Text("\n").join(
        [
            Text(short_name(cert), "bold"),
            Text(issuer_name(cert), "dim"),
            Text(str(Pin.of_key(cert)), "blue"),
        ]
    )


def _key(cert: Certificate) -> str:
    key = cert.key
    return f"RSA {key.bits}" if key.algorithm == "RSA" and key.bits else key.algorithm


def print_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Print findings: severity and identifier, what was seen, the evidence, the cure."""
    for finding in findings:
        style = _STYLE[finding.severity]
        where = f"{finding.place}: " if finding.place else ""
        console.print(Text.assemble((f"{finding.severity} ", style), (finding.id, "bold")))
        console.print(Padding(Text(printable(f"{where}{finding.message}")), (0, 0, 0, 2)))
        for line in finding.evidence:
            console.print(Padding(Text(printable(line), "dim"), (0, 0, 0, 4)))
        console.print(Padding(Text.assemble(("cure: ", "green"), finding.cure), (0, 0, 0, 2)))


def mark(console: Console, *, good: bool) -> Text:
    """Return a tick or a cross, in words where the terminal's encoding has no such characters."""
    unicode = console.encoding.lower().startswith("utf")
    if good:
        return Text("\N{CHECK MARK}" if unicode else "ok", "bold green")
    return Text("\N{BALLOT X}" if unicode else "no", "bold red")
