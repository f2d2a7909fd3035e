"""`keypin gate`: would deploying a chain brick a release that is in the field?"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import options, watch_client
from keypin.cli.exits import Exit, leave
from keypin.errors import InputError, Place
from keypin.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keypin.certs import Certificate
    from keypin.cli.shapes import Shape
    from keypin.findings import Finding

EPILOG = options.examples(
    "keypin gate --pins pins.toml --chain fullchain.pem && systemctl reload nginx",
    "keypin gate --pins 3.1=v3.1.toml --pins 3.2=v3.2.toml --chain fullchain.pem",
    "keypin gate --pins pins.toml --chain fullchain.pem --current api.example.com",
    "keypin gate --pins pins.toml --chain ecdsa.pem --chain rsa.pem --json",
    "keypin gate --watch https://watch.example.com --chain fullchain.pem",
)


@click.command(
    "gate", cls=RichCommand, epilog=EPILOG, short_help="Would deploying this chain brick a release?"
)
@click.option(
    "--pins",
    "pins",
    multiple=True,
    metavar="[RELEASE=]FILE",
    help="The pins of a release in the field, in any form that keypin reads. Repeat for every "
    "release that still has users.",
)
@watch_client.maybe
@click.option(
    "--chain",
    "chains",
    multiple=True,
    required=True,
    type=click.Path(),
    metavar="FILE",
    help="The chain as the server will send it: PEM, DER, PKCS#7 or PKCS#12; - for standard "
    "input. Repeat for a server with several.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="Judge for this host alone, borne by the certificate or not. Repeat for several. "
    "Default: every name of the certificate.",
)
@click.option(
    "--current",
    "current",
    multiple=True,
    metavar="HOST|FILE",
    help="What is deployed now, to tell which pin matches today and which names are dropped.",
)
@click.option(
    "--require-pinned",
    is_flag=True,
    help="A release that pins none of the hosts closes the gate too.",
)
@click.option(
    "--any-path",
    is_flag=True,
    help="Where cross-signs let clients build several chains, one that matches is enough.",
)
@click.option(
    "--password-file",
    type=click.Path(),
    metavar="FILE",
    help="The password of a PKCS#12 file stands in this file.",
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="The mildest finding that closes the gate. `warning` stops a backup key as well.",
)
@options.connection
@options.as_json
def command(
    pins: tuple[str, ...],
    *,
    chains: tuple[str, ...],
    hosts: tuple[str, ...],
    password_file: str | None,
    fail_on: str,
    at: datetime | None,
    as_json: bool,
    watch: str | None,
    **more: Any,
) -> None:
    """Say whether deploying a chain would brick a release that is in the field.

    An app keeps the pins that it was shipped with until its last user has updated. Give the pins
    of each such release and the chain that is about to be deployed: exit code 0 opens the gate,
    1 closes it, 2 says that nothing could be judged. Put it between issuing and deploying.

    A running watch knows the releases: with --watch it is asked instead of --pins, judges by what
    is in its inventory, and keeps nothing of the chain.

    The chain is verified first, for every host that the certificate names, as clients would:
    pins match the verified chain. Where cross-signs let clients build several chains, each is
    judged. So is the time to come: does the answer change while the certificate lives?

    Findings that are errors close the gate: no pin matches, the chain does not verify. A backup
    pin that matches is a warning, and opens it.

    Nothing is dialled, unless --current names a host; the options on servers are for that.
    """
    from keypin.cli import gate_view, gate_watch

    if bool(pins) == (watch is not None):
        raise click.UsageError("Missing option '--pins', or '--watch': one of both.")
    password = first_line(password_file)
    files = {path: _chain(path, password, hosts) for path in chains}
    asked = Asked(files, hosts, options.moment(at), password, more)
    found = _judge(pins, asked) if watch is None else gate_watch.judge(watch, asked)
    counting = tuple(one for one in found.findings if options.any_counts((one,), fail_on))
    answer = replace(found, counting=counting)
    if as_json:
        click.echo(gate_view.document(answer))
    else:
        gate_view.show(answer)
    leave(Exit.FINDING if counting else Exit.FINE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: chains by their files, for which hosts, at which time; and further options."""

    files: "dict[str, tuple[Certificate, ...]]"
    hosts: tuple[str, ...]
    at: datetime
    password: bytes | None
    more: dict[str, Any]


def _judge(pins: tuple[str, ...], asked: Asked) -> "Answer":
    """Judge here, by the pins of files."""
    from keypin.cli import gate_view
    from keypin.cli.releases import read_release, trust_of
    from keypin.rotation import findings, judge

    more = asked.more
    read = [read_release(text) for text in pins]
    trust = trust_of(more["cafile"])
    deployed = [chain for text in more["current"] for chain in _current(text, asked)]
    found = tuple(one for _, remarks in read for one in remarks)
    judged: list[Judged] = []
    for path, presented in asked.files.items():
        judgements = judge(
            [release for release, _ in read],
            presented,
            trust=trust,
            at=asked.at,
            hosts=asked.hosts,
            current=deployed,
        )
        said = findings(
            judgements, require_pinned=more["require_pinned"], any_path=more["any_path"]
        )
        judged.append(Judged(path, presented, tuple(map(gate_view.result, judgements))))
        found += labelled(path, said, asked)
    return Answer(tuple(judged), found, (), trust.name, asked.at)


def labelled(path: str, said: "tuple[Finding, ...]", asked: Asked) -> "tuple[Finding, ...]":
    """Return findings with the file that they are about, where there are several."""
    label = f"{path}: " if len(asked.files) > 1 else ""
    return tuple(replace(one, message=f"{label}{one.message}") for one in said)


@dataclass(frozen=True, slots=True)
class Judged:
    """A chain with its results: the file's name, its certificates, and what they would do."""

    file: str
    presented: "Sequence[Certificate]"
    results: "tuple[Shape, ...]"


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is shown: the chains, what was found, what of it closes the gate, by what trust."""

    judged: tuple[Judged, ...]
    findings: "tuple[Finding, ...]"
    counting: "tuple[Finding, ...]"
    trust: str
    at: datetime


def first_line(path: str | None) -> bytes | None:
    """Return the password of a file: its first line, without the line's end."""
    from keypin.cli.files import read_bytes

    return None if path is None else read_bytes(path).split(b"\n", 1)[0].rstrip(b"\r")


def _chain(path: str, password: bytes | None, hosts: tuple[str, ...]) -> "tuple[Certificate, ...]":
    """Read the chain that is to be deployed, the server's own certificate first."""
    from keypin.cli.files import display_name
    from keypin.rotation.deployable import check_deployable
    from keypin.rotation.names import names_of

    chain = _leaf_first(path, password)
    check_deployable(chain, display_name(path))
    if not hosts and not names_of(chain[0]):
        raise InputError(
            f"the certificate {chain[0].label} bears no host name",
            expected="a server's certificate",
            next_step="name the host that it is for with --host",
            place=Place(file=path),
        )
    return chain


def _leaf_first(path: str, password: bytes | None) -> "tuple[Certificate, ...]":
    from keypin.certs import assemble, load_certificates
    from keypin.cli.files import display_name, read_bytes

    name = display_name(path)
    bag = load_certificates(read_bytes(path), name=name, password=password)
    leaves = list(dict.fromkeys(chain[0] for chain in assemble(bag)))
    if len(leaves) > 1:
        labels = ", ".join(leaf.label for leaf in leaves[:3])
        raise InputError(
            f"{len(leaves)} chains: {labels}",
            expected="one server's certificate and its issuers",
            next_step="give each chain as a --chain of its own, and leave out what is no part of "
            "one",
            place=Place(file=name),
        )
    return tuple(dict.fromkeys((leaves[0], *bag)))


def _current(text: str, asked: Asked) -> "Iterator[tuple[Certificate, ...]]":
    """Yield the chains of a file or a live server. A server that cannot be read stops nothing."""
    from keypin.cli.connect import observe_all

    if Path(text).exists() or text == "-" or Path(text).suffix in {".pem", ".crt", ".cer", ".p12"}:
        yield _leaf_first(text, asked.password)
        return
    others = {"current", "require_pinned", "any_path", *watch_client.NAMES}
    connection = {name: value for name, value in asked.more.items() if name not in others}
    for observation in observe_all([text], at=asked.at, **connection):
        for failure in observation.failures:
            click.echo(f"keypin: {observation.endpoint}: {failure.detail}", err=True)
        yield from (shake.presented for shake in observation.handshakes)
