"""The shop's users: each phone makes a real handshake with keypin's own enforcement, and reports.

What it meets is the shop, or what stands in its network. A phone whose pins match says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from socket import create_connection
from ssl import SSLContext
from typing import TYPE_CHECKING

import httpx2

from keypin.tls import PinMismatchError, create_default_context
from keypin.tls.report import PinFailure
from keypin.watch.demonstration.forms import FORMS
from keypin.watch.demonstration.pins import RELEASES, Shipped
from keypin.watch.demonstration.scenes import PROXY
from keypin.watch.demonstration.servers import Where
from keypin.watch.demonstration.stage import Stage

if TYPE_CHECKING:
    from keypin.pins import PinSet

COUNTRY_HEADER = "X-Country"

# Seconds that a handshake or a report may take.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where phones are.

    Attributes:
        prefix: the first octets of their addresses; those are for benchmarks (RFC 2544), so they
            are nobody's.
        country: where that is.
        scene: what answers there in place of the shop; empty: the shop itself.
        managed: whether phones there trust the proxy of their company.
    """

    prefix: str
    country: str
    scene: str = ""
    managed: bool = False

    def address(self, chance: Random) -> str:
        """Return the address of a phone."""
        rest = 4 - len(self.prefix.split("."))
        return ".".join([self.prefix, *(str(chance.randrange(1, 255)) for _ in range(rest))])


HOME = (
    Network(prefix="198.18", country="DE"),
    Network(prefix="198.18", country="AT"),
    Network(prefix="198.18", country="FR"),
    Network(prefix="198.18", country="PL"),
)
OFFICE = Network(prefix="198.19.20", country="NL", scene="api-behind-a-proxy", managed=True)
HOTEL = Network(prefix="198.19.77", country="TR", scene="api-intercepted")


class Phones:
    """All phones.

    Args:
        stage: what is played.
        collector: the address of the service.
        keys: what reports of each application go to.
        chance: who calls, and from where.
    """

    def __init__(
        self, stage: Stage, collector: str, keys: Mapping[str, str], chance: Random
    ) -> None:
        self._stage = stage
        self._keys = keys
        self._chance = chance
        self._http = httpx2.Client(base_url=collector, timeout=_PATIENCE, trust_env=False)
        cast = stage.cast
        self._pins: dict[tuple[str, str], PinSet] = {
            (one.application, one.version): one.pin_set(cast) for one in RELEASES
        }
        self._contexts: dict[tuple[str, str, bool], SSLContext] = {}

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def visit(self, release: Shipped, form: str, host: str, network: Network) -> bool:
        """Let a phone open the application: a handshake, and a report if the pins refuse it.

        Returns:
            Whether it reported.
        """
        where = self._stage.where(network.scene) if network.scene else None
        try:
            failure = self._connect(release, host, where, managed=network.managed)
        except OSError:
            return False  # the server is down, which is no pin failure
        if failure is None:
            return False
        report = FORMS[form](failure, release.application, release.version)
        self._post("report", release.application, report, network)
        return True

    def check_in(self, release: Shipped, network: Network) -> None:
        """Let a phone say which version it has."""
        self._post("check-in", release.application, {"version": release.version}, network)

    def anybody(self, application: str) -> Shipped:
        """Return the release of one of an application's phones."""
        shipped = [one for one in RELEASES if one.application == application]
        return self._chance.choices(shipped, [one.weight for one in shipped])[0]

    def _connect(
        self, release: Shipped, host: str, where: Where | None, *, managed: bool
    ) -> PinFailure | None:
        context = self._context(release, managed=managed)
        with create_connection(where or self._stage.names.where(host)[-1], _PATIENCE) as plain:
            try:
                context.wrap_socket(plain, server_hostname=host).close()
            except PinMismatchError as refused:
                return PinFailure.of(refused.mismatch, port=443, presented=refused.presented)
        return None

    def _context(self, release: Shipped, *, managed: bool) -> SSLContext:
        key = release.application, release.version, managed
        if key not in self._contexts:
            cast = self._stage.cast
            trusted = cast.trusted_pem() + (cast.authority(PROXY).pem if managed else b"")
            pins = self._pins[release.application, release.version]
            self._contexts[key] = create_default_context(pins, cadata=trusted.decode())
        return self._contexts[key]

    def _post(self, door: str, application: str, said: object, network: Network) -> None:
        origin = {
            "X-Forwarded-For": network.address(self._chance),
            COUNTRY_HEADER: network.country,
        }
        answer = self._http.post(f"/{door}/{self._keys[application]}", json=said, headers=origin)
        answer.raise_for_status()
