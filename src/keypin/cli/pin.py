"""`keypin pin`: the pins of anything that carries a public key."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import options
from keypin.cli.exits import Exit, leave
from keypin.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keypin.certs import Certificate, PublicKey
    from keypin.pins import Pin

EPILOG = options.examples(
    "keypin pin example.com",
    "keypin pin fullchain.pem",
    "keypin pin backup.key --spelling curl",
    "openssl pkcs12 -in app.p12 -nokeys | keypin pin -",
)

SPELLINGS = ("okhttp", "curl", "hpkp", "hex", "hex-colon", "base64", "base64url")


@click.command(
    "pin", cls=RichCommand, epilog=EPILOG, short_help="Print pins of servers, files and keys."
)
@click.argument("subjects", nargs=-1, required=True, metavar="HOST|FILE...")
@click.option(
    "--spelling",
    type=click.Choice(SPELLINGS),
    default="okhttp",
    show_default=True,
    help="How to write each pin.",
)
@click.option(
    "--algorithm",
    type=click.Choice(["sha256", "sha512"]),
    default="sha256",
    show_default=True,
    help="The digest.",
)
@click.option(
    "--certificate",
    is_flag=True,
    help="Pin the whole certificate instead of its key. It dies with the next renewal.",
)
@click.option(
    "--password-file",
    type=click.Path(),
    metavar="FILE",
    help="The password of a PKCS#12 file or encrypted key stands in this file.",
)
@options.connection
@options.as_json
def command(
    subjects: tuple[str, ...],
    *,
    spelling: str,
    algorithm: str,
    certificate: bool,
    password_file: str | None,
    as_json: bool,
    **connection: Any,
) -> None:
    """Print the pins of anything that carries a public key.

    Live servers, certificates (PEM, DER, PKCS#7, PKCS#12), private and public keys, and
    certificate signing requests.

    To a terminal each pin comes with what it pins. Through a pipe it is one pin a line, in the
    order of the certificates.
    """
    from keypin.certs import Certificate
    from keypin.pins import Pin, Spelling

    def pin_of(thing: "Certificate | PublicKey") -> "Pin":
        if certificate and isinstance(thing, Certificate):
            return Pin.of_certificate(thing, algorithm=algorithm)
        return Pin.of_key(thing, algorithm=algorithm)

    password = _first_line(password_file)
    found: Found = [
        (subject, thing, pin_of(thing))
        for subject in subjects
        for thing in _things(subject, password, connection, whole=certificate)
    ]
    if as_json:
        _print_json(found)
    elif sys.stdout.isatty():
        _print_table(found, Spelling(spelling))
    else:
        for _, _, pin in found:
            click.echo(pin.spell(Spelling(spelling)))


Found = list[tuple[str, "Certificate | PublicKey", "Pin"]]


def _first_line(path: str | None) -> bytes | None:
    """Return the password of the file: its first line, without the line's end."""
    from keypin.cli.files import read_bytes

    if path is None:
        return None
    return read_bytes(path).split(b"\n", 1)[0].rstrip(b"\r")


def _things(
    subject: str, password: bytes | None, connection: dict[str, Any], *, whole: bool
) -> "Iterable[Certificate | PublicKey]":
    """Return what `subject` holds: a file's certificates or keys, or a server's chain."""
    if subject == "-" or Path(subject).exists() or _looks_like_file(subject):
        return _in_file(subject, password, whole=whole)
    return _at_host(subject, connection)


def _looks_like_file(subject: str) -> bool:
    """Tell a mistyped path from a host, so that the error speaks of the right one."""
    suffixes = {".pem", ".crt", ".cer", ".der", ".key", ".csr", ".p7b", ".p7c", ".p12", ".pfx"}
    return Path(subject).suffix.lower() in suffixes or subject.startswith((".", "/", "~"))


def _in_file(
    path: str, password: bytes | None, *, whole: bool
) -> "tuple[Certificate | PublicKey, ...]":
    """Return a file's certificates where they are wanted whole or are all there is; else its keys.

    The pin of a certificate that cannot be read otherwise is still had from its key.
    """
    from keypin.certs import load_certificates, load_keys
    from keypin.cli.files import display_name, read_bytes

    data, name = read_bytes(path), display_name(path)
    if whole:
        return load_certificates(data, name=name, password=password)
    keys = load_keys(data, name=name, password=password)
    try:
        certificates = load_certificates(data, name=name, password=password)
    except CertificateError:
        return keys
    return certificates if len(certificates) == len(keys) else keys


def _at_host(host: str, connection: dict[str, Any]) -> "Iterator[Certificate]":
    """Yield the chain of a live server; where it does not verify, say so and use what was sent."""
    from keypin.cli.connect import observe_all

    (observation,) = observe_all([host], **connection)
    for failure in observation.failures:
        click.echo(f"keypin: {failure.detail}", err=True)
    if not observation.handshakes:
        leave(Exit.COULD_NOT_TELL)
    seen: set[bytes] = set()
    for handshake in observation.handshakes:
        if handshake.problem is not None:
            click.echo(f"keypin: {handshake.address}: {handshake.problem}", err=True)
        chain = handshake.verified.certificates if handshake.verified else handshake.presented
        for cert in chain:
            if cert.der not in seen:
                seen.add(cert.der)
                yield cert


def _print_json(found: Found) -> None:
    from keypin.certs import Certificate
    from keypin.cli import shapes

    rows = [
        {
            "from": subject,
            "pin": str(pin),
            "subject": thing.subject if isinstance(thing, Certificate) else None,
            "source": "certificate" if isinstance(thing, Certificate) else thing.source,
            "key": {"algorithm": thing.key.algorithm, "bits": thing.key.bits},
        }
        for subject, thing, pin in found
    ]
    click.echo(shapes.document("pin", 1, pins=rows))


def _print_table(found: Found, spelling: Any) -> None:
    from rich.text import Text

    from keypin.certs import Certificate
    from keypin.cli.console import issuer_name, out, short_name

    console = out()
    for _, thing, pin in found:
        console.print(Text(pin.spell(spelling), "bold blue"), soft_wrap=True)
        if isinstance(thing, Certificate):
            what = f"  {short_name(thing)}, {thing.key.algorithm}, {issuer_name(thing)}"
        else:
            what = f"  {thing.source}, {thing.key.algorithm}"
        console.print(Text(what, "dim"), overflow="ellipsis", no_wrap=True)
