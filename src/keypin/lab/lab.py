"""The laboratory: every scenario's server, running on loopback beside the program that uses it."""

import json
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from keypin.certs import TrustStore, load_certificates
from keypin.errors import InputError
from keypin.lab.cast import Cast
from keypin.lab.scenario import Play, Scenario
from keypin.lab.scenarios import SCENARIOS
from keypin.lab.serving import Chains, Pool, Record, Server
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role
from keypin.pins.toml_write import dumps

_FIRST, _SECOND, _SIXTH = "127.0.0.1", "127.0.0.2", "::1"


@dataclass(frozen=True, slots=True)
class Running:
    """A scenario's server, running.

    Attributes:
        scenario: the row it was started from.
        host: the name that clients use.
        port: the port, on every address.
        addresses: where it listens; `::1` too, where this machine has it.
        pins: what the client has pinned, as `sha256/...`.
        pins_toml: a file with the same as a pin set.
        records: what it saw, by address.
    """

    scenario: Scenario
    host: str
    port: int
    addresses: tuple[str, ...]
    pins: tuple[str, ...]
    pins_toml: Path
    records: dict[str, Record] = field(compare=False, repr=False)

    @property
    def url(self) -> str:
        """The URL that clients use."""
        return f"https://{self.host}:{self.port}/"

    @property
    def received(self) -> list[bytes]:
        """The application bytes that clients sent, a connection an element."""
        return [data for record in self.records.values() for data in record.received]


class Lab:
    """The laboratory, as a context manager: servers run inside `with`, and are gone after it.

    Args:
        directory: where its CA, keys and pins are kept; None for a temporary one.
        names: the scenarios to start; None for all.

    Attributes:
        directory: where its files are.
        ca_file: the roots that a client of the lab trusts, as PEM.
        client_file: a certificate with its key, for servers that ask for one, as PEM.
        now: the time that its certificates count from.

    Raises:
        InputError: a name is no scenario's, or the directory cannot be written.
    """

    def __init__(
        self, directory: Path | None = None, *, names: Iterable[str] | None = None
    ) -> None:
        self.now = datetime.now(UTC)
        self._chosen = _choose(names)
        self._temporary = TemporaryDirectory(prefix="keypin-lab-") if directory is None else None
        self.directory = Path(self._temporary.name) if self._temporary else Path(directory or ".")
        self.ca_file = self.directory / "ca.pem"
        self.client_file = self.directory / "client.pem"
        self.cast = Cast(self.now, self.directory)
        self._running: dict[str, Running] = {}
        self._pool = Pool()

    def __enter__(self) -> Self:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.ca_file.write_bytes(self.cast.trusted_pem())
            self.client_file.touch(mode=0o600)
            self.client_file.write_bytes(self.cast.client_pem())
        except OSError as error:
            self._stop()
            raise InputError(
                f"the lab's directory {self.directory} cannot be written: {error.strerror}",
                next_step="name another with --directory",
            ) from error
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def __getitem__(self, name: str) -> Running:
        return self._running[name]

    def __iter__(self) -> Iterator[Running]:
        return iter(self._running.values())

    def __len__(self) -> int:
        return len(self._running)

    @property
    def trust(self) -> TrustStore:
        """The roots that a client of the lab trusts."""
        return TrustStore(load_certificates(self.ca_file.read_bytes()), name="the lab's CA")

    def _start(self) -> None:
        for scenario in self._chosen:
            self._running[scenario.name] = self._start_scenario(scenario)
        self._write_index()
        self._pool.start()

    def _stop(self) -> None:
        self._pool.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _start_scenario(self, scenario: Scenario) -> Running:
        play = scenario.play(self.cast)
        port, records = self._listen(play)
        pins = tuple(self.cast.pin(name) for name in scenario.pins)
        pins_toml = self.directory / f"{scenario.name}.pins.toml"
        pins_toml.write_text(dumps(_pin_set(scenario, pins)))
        addresses = tuple(address for address in records if address != _SIXTH)
        return Running(scenario, "localhost", port, addresses, pins, pins_toml, records)

    def _listen(self, play: Play) -> tuple[int, dict[str, Record]]:
        """Listen on one port at every address of the play, trying ports until one is free."""
        while True:
            first = self._serve(play, play.chains, _FIRST, 0)
            servers = {_FIRST: first}
            try:
                for address, chains in _further(play):
                    servers[address] = self._serve(play, chains, address, first.port)
            except OSError:
                for server in servers.values():
                    self._pool.drop(server)
                continue
            return first.port, {address: server.record for address, server in servers.items()}

    def _serve(self, play: Play, chains: Chains, address: str, port: int) -> Server:
        return self._pool.add(play, chains, address, port, self.cast.trusted_pem())

    def _write_index(self) -> None:
        rows = [
            {
                "name": running.scenario.name,
                "url": running.url,
                "addresses": running.addresses,
                "expect": running.scenario.expect,
                "pins": running.pins,
            }
            for running in self
        ]
        (self.directory / "lab.json").write_text(json.dumps(rows, indent=2) + "\n")


def _further(play: Play) -> Iterator[tuple[str, Chains]]:
    """Yield the addresses beside the first, and what is shown there.

    `localhost` is `::1` too on most machines, where a client must meet the same server.
    """
    if play.second_chains:
        yield _SECOND, play.second_chains
    if _has_ipv6():
        yield _SIXTH, play.chains


@cache
def _has_ipv6() -> bool:
    """Tell whether this machine has the loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind((_SIXTH, 0))
    except OSError:
        return False
    return True


def _choose(names: Iterable[str] | None) -> tuple[Scenario, ...]:
    if names is None:
        return tuple(SCENARIOS.values())
    chosen: list[Scenario] = []
    for name in names:
        if name not in SCENARIOS:
            raise InputError(f"no scenario {name!r}", next_step="list them with `keypin lab list`")
        chosen.append(SCENARIOS[name])
    return tuple(chosen)


def _pin_set(scenario: Scenario, pins: tuple[str, ...]) -> PinSet:
    entries = tuple(
        PolicyPin(
            Pin.parse(pin),
            Role.BACKUP if name == "backup" else Role.ACTIVE,
            comment=f"the {name} key",
        )
        for name, pin in zip(scenario.pins, pins, strict=True)
    )
    policy = Policy(host=HostPattern("localhost"), pins=entries, comment=scenario.proves)
    return PinSet((policy,), name=f"keypin lab {scenario.name}")
