"""How `keypin audit` looks in a terminal, and the shapes of its parts in JSON.

First which app, then its pins under their hosts and places, each with what it is, then
certificates, then what the servers show, then findings.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from textwrap import indent
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from keypin.audit import App, Audit, EmbeddedCertificate, FoundPin, Source
from keypin.cli import shapes
from keypin.cli.console import days_left, mark, out, print_findings, printable, short_name
from keypin.cli.verify import Outcome
from keypin.errors import Place
from keypin.findings import Finding, Severity
from keypin.pins import Pin
from keypin.pins.ca_facts import KnownKey

if TYPE_CHECKING:
    from keypin.cli.verify import Result

_PLATFORMS = {"android": "Android", "ios": "iOS"}
_SOURCES = {
    Source.NETWORK_SECURITY_CONFIG: "Android's network security configuration",
    Source.NS_PINNED_DOMAINS: "Apple's NSPinnedDomains",
    Source.TRUSTKIT: "TrustKit's configuration",
    Source.SCRIPT: "an object of pins in JavaScript",
    Source.TEXT: "a text",
}

# A file with more certificates is a trust store, told in one line.
_FEW = 4


def print_audit(
    found: Audit,
    path: str,
    results: "tuple[Result, ...]",
    findings: tuple[Finding, ...],
    at: datetime,
) -> None:
    """Print an audit."""
    console = out()
    app = found.app
    build = f" ({app.build})" if app.build else ""
    console.print(
        Text.assemble((printable(str(app)), "bold"), f"{build}, {_PLATFORMS[app.platform]}")
    )
    for host, places in _by_host(found.pins).items():
        console.print()
        title = Text(printable(host or "of no host that is known"), "bold" if host else "italic")
        console.print(Padding(title, (0, 0, 0, 2)))
        for place, pins in places.items():
            console.print(Padding(Text(printable(place), "dim"), (0, 0, 0, 4)))
            for pin in pins:
                _print_pin(console, pin, at)
    _print_certificates(console, found.certificates, at)
    for result in results:
        _print_result(console, result)
    if findings:
        console.print()
        print_findings(console, sorted(map(_without_app, findings), key=_worst_first))
    console.print()
    console.print(f"{path}: {_summary(found, findings)}", soft_wrap=True)


def _worst_first(finding: Finding) -> int:
    return tuple(Severity).index(finding.severity)


def _without_app(finding: Finding) -> Finding:
    place = finding.place
    return replace(finding, place=Place(inside(place)) if place else None)


def _by_host(pins: Iterable[FoundPin]) -> dict[str | None, dict[str, list[FoundPin]]]:
    """Return pins by host, and within it by where they stand and how they were found."""
    groups: dict[str | None, dict[str, list[FoundPin]]] = {}
    for found in pins:
        groups.setdefault(found.host, {}).setdefault(_place(found), []).append(found)
    return groups


def _print_pin(console: Console, found: FoundPin, at: datetime) -> None:
    line = f"  line {found.place.line}" if found.place.line else ""
    console.print(Padding(Text.assemble((str(found.pin), "blue"), (line, "dim")), (0, 0, 0, 6)))
    if known := found.known:
        console.print(Padding(_key(known, at), (0, 0, 0, 8)))
    if found.nearby:
        text = Text(printable(f"near it: {', '.join(found.nearby)}"), "dim")
        console.print(Padding(text, (0, 0, 0, 8)))


def _key(known: KnownKey, at: datetime) -> Text:
    """Return which CA key a pin is, and whether it still serves."""
    name = known.name if known.operator in known.name else f"{known.name} of {known.operator}"
    text = Text(f"{name}, {known.level}")
    if known.removed:
        text.append(", no longer trusted", "bold red")
    elif known.not_after < at.date():
        text.append(f" ended {known.not_after}", "bold red")
    else:
        text.append(f" until {known.not_after}", "green")
    return text


def _place(found: FoundPin) -> str:
    how = f"handed to {found.taker}" if found.taker else _SOURCES[found.source]
    return f"{inside(Place(found.place.file, None, found.place.key))}, {how}"


def inside(place: Place) -> str:
    """Return a place without the name of the app, which stands above it already."""
    return str(place).partition("!/")[2] or str(place)


def _print_certificates(
    console: Console, certificates: tuple[EmbeddedCertificate, ...], at: datetime
) -> None:
    files: dict[str | None, list[EmbeddedCertificate]] = {}
    for one in certificates:
        files.setdefault(one.place.file, []).append(one)
    for held in files.values():
        console.print()
        title = Text.assemble((printable(inside(held[0].place)), "bold"), f"  {_count(held)}")
        console.print(Padding(title, (0, 0, 0, 2)))
        for one in held if len(held) <= _FEW else []:
            console.print(Padding(_certificate(one, at), (0, 0, 0, 4)))


def _count(held: list[EmbeddedCertificate]) -> str:
    authorities = sum(one.certificate.is_ca for one in held)
    if len(held) == 1:
        return "the certificate of a CA" if authorities else "the certificate of a server"
    return f"{len(held)} certificates, {authorities} of them of CAs"


def _certificate(one: EmbeddedCertificate, at: datetime) -> Table:
    certificate = one.certificate
    table = Table.grid(padding=(0, 2, 0, 0), expand=False)
    table.add_column(width=51, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True)
    ends = f"{certificate.not_after:%Y-%m-%d}"
    table.add_row(Text(short_name(certificate)), Text(ends))
    table.add_row(Text(str(Pin.of_key(certificate)), "blue"), days_left(certificate, at))
    return table


def _print_result(console: Console, result: "Result") -> None:
    good = result.outcome is Outcome.MATCHED
    where = f"{result.host} at {result.address}" if result.address else result.host
    words = "this app accepts it" if good else f"{result.outcome}"
    console.print()
    console.print(Text.assemble(mark(console, good=good), " ", (where, "bold"), f"  {words}"))
    console.print(Text(indent(result.detail, "  ")), soft_wrap=True)


def _summary(found: Audit, findings: tuple[Finding, ...]) -> str:
    hosts = {one.host for one in found.pins} - {None}
    counts = (
        (len({one.pin for one in found.pins}), "pin"),
        (len(hosts), "host"),
        (len(found.certificates), "certificate"),
        (len(findings), "finding"),
    )
    return ", ".join(f"{count or 'no'} {word}{'s' * (count != 1)}" for count, word in counts)


def app_shape(app: App) -> shapes.Shape:
    """Return which app it is as JSON has it."""
    return {
        "platform": app.platform,
        "identifier": app.identifier,
        "version": app.version,
        "build": app.build,
    }


def pin_shape(found: FoundPin) -> shapes.Shape:
    """Return a pin as JSON has it."""
    known = found.known
    return {
        "pin": str(found.pin),
        "host": found.host,
        "source": found.source,
        "taker": found.taker,
        "nearby": list(found.nearby),
        "place": place_shape(found.place),
        "known_ca_key": {
            "name": known.name,
            "operator": known.operator,
            "level": known.level,
            "not_after": known.not_after.isoformat(),
            "removed": known.removed,
        }
        if known
        else None,
    }


def result_shape(result: "Result") -> shapes.Shape:
    """Return what the app says to one address as JSON has it."""
    return {
        "host": result.host,
        "address": result.address,
        "outcome": result.outcome,
        "detail": result.detail,
        "evidence": result.shape,
    }


def certificate_shape(one: EmbeddedCertificate) -> shapes.Shape:
    """Return a certificate as JSON has it."""
    return {"place": place_shape(one.place), "certificate": shapes.certificate(one.certificate)}


def place_shape(place: Place) -> shapes.Shape:
    """Return a place as findings have it."""
    return {"file": place.file, "line": place.line, "key": place.key}
