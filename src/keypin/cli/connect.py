"""From the connection flags to observations: the one place where the command line probes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from keypin.certs import Endpoint, Observation, Protocol
from keypin.cli.files import display_name, read_bytes

if TYPE_CHECKING:
    from keypin.probe import ClientCertificate, Options


def observe_all(
    hosts: Iterable[str], *, starttls: str | None = None, **flags: object
) -> Iterator[Observation]:
    """Yield what each host shows, in the order of `hosts`.

    Args:
        hosts: endpoints as users write them.
        starttls: the protocol that hosts without a scheme speak first.
        flags: the other flags of `keypin.cli.options.connection`.

    Raises:
        InputError: a host or a flag cannot be used; before anything is dialled.
    """
    endpoints = [parse_endpoint(host, starttls) for host in hosts]
    return observe_endpoints(endpoints, probe_options(**flags))  # type: ignore[arg-type]  # click checked the flags


def observe_endpoints(endpoints: list[Endpoint], options: "Options") -> Iterator[Observation]:
    """Yield what each endpoint shows, in order, while later ones are being read."""
    from keypin.probe import probe_stream

    waiting: dict[Endpoint, list[Observation]] = {}
    wanted = iter(endpoints)
    for observation in probe_stream(endpoints, options):
        waiting.setdefault(observation.endpoint, []).append(observation)
    for endpoint in wanted:
        yield waiting[endpoint].pop(0)


def parse_endpoint(text: str, starttls: str | None) -> Endpoint:
    """Return the endpoint of one HOST argument."""
    if starttls is None or "://" in text:
        return Endpoint.parse(text)
    default = Endpoint.parse(f"{starttls}://localhost").port
    plain = Endpoint.parse(text)
    explicit = Endpoint.parse(f"smtp://{text}").port == plain.port
    return replace(plain, port=plain.port if explicit else default, protocol=Protocol(starttls))


def probe_options(
    *,
    connect: tuple[str, ...] = (),
    cafile: str | None = None,
    at: datetime | None = None,
    tls: str | None = None,
    proxy: str | None = None,
    client_cert: str | None = None,
    client_key: str | None = None,
    timeout: float = 10.0,
) -> "Options":
    """Return the prober's options for the flags of `keypin.cli.options.connection`."""
    from keypin.probe import Dial, Limits, Options, Proxy, TlsVersion
    from keypin.trust import trust_from_file

    return Options(
        trust=trust_from_file(cafile) if cafile else None,
        at=at,
        versions=frozenset([TlsVersion(f"TLSv{tls}")] if tls else TlsVersion),
        connect=tuple(Dial.parse(address) for address in connect),
        proxy=Proxy.parse(proxy) if proxy else None,
        client=_client(client_cert, client_key) if client_cert else None,
        limits=Limits(connect=timeout, handshake=timeout, total=2 * timeout),
    )


def _client(certificate: str, key: str | None) -> "ClientCertificate":
    from keypin.probe import ClientCertificate

    return ClientCertificate.from_pem(
        read_bytes(certificate),
        read_bytes(key) if key else None,
        name=display_name(certificate),
    )
