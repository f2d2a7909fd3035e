"""How `keypin audit` looks in a terminal, and the shapes of its parts in JSON.

First which app, then its pins under their hosts, each with what it is and where it stands, then
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
    results: "list[Result]",
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
    for host, pins in _by_host(found.pins).items():
        console.print()
        title = (
            Text(printable(host), "bold") if host else Text("of no host that is known", "italic")
        )
        console.print(Padding(title, (0, 0, 0, 2)))
        for pin, places in pins.items():
            _print_pin(console, pin, places)
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


def _by_host(pins: Iterable[FoundPin]) -> dict[str | None, dict[Pin, list[FoundPin]]]:
    groups: dict[str | None, dict[Pin, list[FoundPin]]] = {}
    for found in pins:
        groups.setdefault(found.host, {}).setdefault(found.pin, []).append(found)
    return groups


def _print_pin(console: Console, pin: Pin, places: list[FoundPin]) -> None:
    console.print(Padding(Text(str(pin), "blue"), (0, 0, 0, 4)))
    if known := places[0].known:
        state = ", no longer trusted" if known.removed else ""
        what = f"{known.name} of {known.operator}, {known.level} until {known.not_after}{state}"
        console.print(Padding(Text(what), (0, 0, 0, 6)))
    for found in places:
        console.print(Padding(Text(printable(_place(found)), "dim"), (0, 0, 0, 6)))
    near = dict.fromkeys(host for found in places for host in found.nearby)
    if near:
        text = f"near it: {', '.join(near)}"
        console.print(Padding(Text(printable(text), "dim"), (0, 0, 0, 6)))


def _place(found: FoundPin) -> str:
    how = f"handed to {found.taker}" if found.taker else _SOURCES[found.source]
    return f"{inside(found.place)}, {how}"


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


def certificate_shape(one: EmbeddedCertificate) -> shapes.Shape:
    """Return a certificate as JSON has it."""
    return {"place": place_shape(one.place), "certificate": shapes.certificate(one.certificate)}


def place_shape(place: Place) -> shapes.Shape:
    """Return a place as findings have it."""
    return {"file": place.file, "line": place.line, "key": place.key}
