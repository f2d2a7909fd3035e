"""What a verb that reads logs looks for, from its options: names, keys, issuers, organisations."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from keypin.cli import options
from keypin.errors import InputError, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keypin.ct.caa import Ruling
    from keypin.monitor.hits import Hits
    from keypin.monitor.judging import Caa
    from keypin.pins import PinSet
    from keypin.rotation import Release
    from keypin.rotation.issuer import Issuer

# Names of one certificate that CAA is asked for; most have one or two that are watched.
_ASKED = 10


def _list(name: str, metavar: str, text: str) -> Any:
    return click.option(f"--{name}", multiple=True, metavar=metavar, help=text)


names = options.stacked(
    _list("domains", "NAME", "A domain with all names below it. Repeat, or use commas."),
    _list("names", "NAME", "A name alone, or an IP address."),
    click.option(
        "--domains-file",
        type=click.Path(),
        metavar="FILE",
        help="Domains, one a line; # begins a remark. - for standard input.",
    ),
    _list(
        "pins",
        "[RELEASE=]FILE",
        "The hosts of a release's pins, in any form; what is issued is judged by the pins.",
    ),
    _list("keys", "PIN|FILE", "A key, whatever names it is issued for: sha256/…, or its file."),
    _list("issuers", "TEXT", "Part of an issuer's common name or organisation."),
    _list("organizations", "TEXT", "Part of the organisation that a certificate is for."),
    click.option(
        "--look-alikes", is_flag=True, help="Names too that look like the domains and names."
    ),
    _list("expect", "ISSUER", "An issuer that is expected: a name of a CA, or its name in CAA."),
    click.option("--caa", is_flag=True, help="Ask the DNS whether CAA allows each issuer."),
)
"""The options, for the keywords of `wanted`."""


def wanted(
    *,
    domains: tuple[str, ...],
    names: tuple[str, ...],
    domains_file: str | None,
    pins: tuple[str, ...],
    keys: tuple[str, ...],
    issuers: tuple[str, ...],
    organizations: tuple[str, ...],
    look_alikes: bool,
    expect: tuple[str, ...],
    caa: bool,
) -> "Hits":
    """Return what looks through entries for all that the options name, and judges it.

    Raises:
        InputError: nothing is named, or something that cannot be watched.
    """
    from keypin.ct.watch_list import WatchList
    from keypin.monitor.hits import Hits
    from keypin.monitor.judging import Judging

    releases = [_release(text) for text in pins]
    below = [*_split(domains), *_lines(domains_file), *_domains(releases)]
    alone = [*_split(names), *_hosts(releases)]
    if not (below or alone or keys or issuers or organizations):
        raise InputError(
            "nothing to watch for",
            next_step="name your domains: --domains example.com, or --pins pins.toml",
        )
    watched = WatchList(
        domains=below,
        names=alone,
        look_alikes=(*below, *alone) if look_alikes else (),
        keys=[digest for key in keys for digest in _digests(key)],
        issuers=issuers,
        organizations=organizations,
    )
    return Hits(watched, Judging(releases, expected=expect, caa=_caa() if caa else None))


def _split(texts: Iterable[str]) -> Iterator[str]:
    return (name.strip() for text in texts for name in text.split(",") if name.strip())


def _lines(path: str | None) -> Iterator[str]:
    """Yield the domains of a file.

    Raises:
        InputError: a line is none; the error names it.
    """
    from keypin.cli.files import display_name, read_bytes
    from keypin.errors import HostError
    from keypin.pins import canonical_host

    if path is None:
        return
    for number, line in enumerate(read_bytes(path).decode("utf-8", "replace").splitlines(), 1):
        name = line.partition("#")[0].strip()
        if name:
            try:
                yield canonical_host(name)
            except HostError as error:
                raise error.at(Place(file=display_name(path), line=number)) from error


def _release(text: str) -> "Release":
    from keypin.cli.releases import read_release

    release, remarks = read_release(text)
    for one in remarks:
        click.echo(f"keypin: {release.name}: {one.message}", err=True)
    return release


def _pinned(releases: "Iterable[Release]") -> "Iterator[tuple[str, str]]":
    """Yield the wildcard and the name of each policy that is no exemption."""
    for release in releases:
        pin_set: PinSet = release.pin_set
        for policy in pin_set.policies:
            if policy.exempt is None:
                yield policy.host.wildcard, policy.host.name


def _domains(releases: "Iterable[Release]") -> Iterator[str]:
    return (name for wildcard, name in _pinned(releases) if wildcard)


def _hosts(releases: "Iterable[Release]") -> Iterator[str]:
    return (name for wildcard, name in _pinned(releases) if not wildcard)


def _digests(text: str) -> Iterator[bytes]:
    """Yield the digests of a pin, or of the keys in a file.

    Raises:
        InputError: it is a pin of something else.
    """
    from keypin.certs import load_keys
    from keypin.cli.files import display_name, read_bytes
    from keypin.pins import Digest, Of, Pin

    if not text.startswith(("sha256", "sha512")):
        for key in load_keys(read_bytes(text), name=display_name(text)):
            yield key.spki_sha256
        return
    pin = Pin.parse(text)
    if (pin.of, pin.algorithm) != (Of.SPKI, Digest.SHA256):
        raise InputError(f"the pin {text!r}", expected="sha256/ of a public key")
    yield pin.digest


def _caa() -> "Caa":
    """Return what asks the DNS, for as many names of a certificate as are worth it."""
    from keypin.ct.caa import rule
    from keypin.monitor.caa import CaaLookup

    lookup = CaaLookup()

    def asked(names: "Sequence[str]", issuer: "Issuer") -> "tuple[Ruling, ...]":
        return tuple(rule(one, lookup.records(one), issuer.identifiers) for one in names[:_ASKED])

    return asked
