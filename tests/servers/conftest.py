"""A server's certificate, and clients that may and may not come in."""

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

import keypin
from keypin.lab.cast import Cast


@dataclass(frozen=True)
class Party:
    """The files of a server that pins its clients, and how each client asks it.

    Attributes:
        folder: has `server.pem`, `ca.pem` and a PEM of each client.
        pins: from identity to pins.
        server_pins: the server's own.
    """

    folder: Path
    pins: dict[str, list[str]]
    server_pins: list[str]

    def context(self) -> keypin.ServerContext:
        """Return the server's context."""
        return keypin.create_server_context(
            self.folder / "server.pem", clients=self.pins, cafile=self.folder / "ca.pem"
        )

    def ask(self, port: int, client: str | None, path: str = "/") -> str:
        """Return what a server answers a client, which pins the server in its turn."""
        context = keypin.create_default_context(
            {"localhost": self.server_pins}, cafile=self.folder / "ca.pem"
        )
        if client:
            context.load_cert_chain(self.folder / f"{client}.pem")
        connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def party(tmp_path_factory: pytest.TempPathFactory) -> Party:
    """Return the files of a server and of its clients."""
    cast, folder = Cast(datetime.now(UTC)), tmp_path_factory.mktemp("party")
    server = cast.leaf()
    intermediate = cast.authority("intermediate").pem
    (folder / "server.pem").write_bytes(server.key_pem + server.pem + intermediate)
    device = cast.leaf("backup", None, name="device-7", hosts=("device-7.test",))
    (folder / "device.pem").write_bytes(device.key_pem + device.pem)
    for name, key in (("billing", "renewed"), ("stranger", "attacker")):
        client = cast.leaf(key, name=name, hosts=(f"{name}.test",))
        (folder / f"{name}.pem").write_bytes(client.key_pem + client.pem + intermediate)
    (folder / "ca.pem").write_bytes(cast.trusted_pem() + device.pem)
    pins = {"billing": [cast.pin("renewed")], "device 7": [cast.pin("backup")]}
    return Party(folder, pins, [cast.pin("active"), cast.pin("backup")])


@pytest.fixture
def judged(party: Party) -> Callable[[int], None]:
    """Return a function that tries each client on a server that answers its client's identity."""

    def judge(port: int) -> None:
        assert party.ask(port, "billing") == "billing"
        assert party.ask(port, "device") == "device 7"
        for refused in ("stranger", None):
            with pytest.raises((OSError, http.client.HTTPException, ssl.SSLError)):
                party.ask(port, refused)
        assert party.ask(port, "billing") == "billing"

    return judge
