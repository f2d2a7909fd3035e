"""The laboratory starts, serves, records, keeps its keys, and leaves nothing behind."""

import gc
import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keypin.errors import InputError
from keypin.lab import SCENARIOS, Lab
from keypin.lab.cast import Cast
from keypin.pins.toml import loads


def test_all_scenarios_run(lab) -> None:
    """Every row has a server of its own, on loopback."""
    assert len(lab) == len(SCENARIOS)
    assert {server.scenario.name for server in lab} == set(SCENARIOS)
    assert {address for server in lab for address in server.addresses} == {
        "127.0.0.1",
        "127.0.0.2",
    }


def test_pins_are_a_pin_set(lab) -> None:
    """Each server's pins can be had as text and as a pins.toml, and both say the same."""
    for server in lab:
        (policy,) = loads(server.pins_toml.read_text()).pin_set.policies
        assert {str(entry.pin) for entry in policy.pins} == set(server.pins)


def test_index(lab) -> None:
    """Programs find every server in lab.json."""
    rows = json.loads((lab.directory / "lab.json").read_text())
    assert {row["name"]: row["url"] for row in rows} == {
        server.scenario.name: server.url for server in lab
    }


def test_records_what_clients_send() -> None:
    """Application bytes that reach a server are kept as evidence, and cut."""
    with Lab(names=["good-ecdsa"]) as lab:
        server = lab["good-ecdsa"]
        context = ssl.create_default_context(cafile=lab.ca_file)
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(b"password" * 1000)
                assert tls.recv(100).startswith(b"HTTP/1.1 200")
        assert server.received[0].startswith(b"password")
        assert len(server.received[0]) <= 4096
        assert server.records["127.0.0.1"].connections == 1


def test_a_client_certificate_is_taken(lab) -> None:
    """The lab's client certificate opens the server that asks for one."""
    server = lab["client-certificate"]
    context = ssl.create_default_context(cafile=lab.ca_file)
    context.load_cert_chain(lab.client_file)
    with socket.create_connection(("127.0.0.1", server.port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            tls.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert tls.recv(100).startswith(b"HTTP/1.1 200")


def test_a_directory_keeps_ca_and_pins(tmp_path: Path) -> None:
    """Started again in the same directory, the lab has the same CA and the same pins."""
    seen = []
    for _ in range(2):
        with Lab(tmp_path, names=["good-rsa", "root-pinned"]) as lab:
            seen.append((lab.ca_file.read_bytes(), lab["good-rsa"].pins, lab["root-pinned"].pins))
    assert seen[0] == seen[1]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("keys/*.key")} == {0o600}
    assert (tmp_path / "client.pem").stat().st_mode & 0o777 == 0o600


def test_an_expired_ca_is_made_anew(tmp_path: Path) -> None:
    """A kept root that has expired is replaced, its key kept."""
    now = datetime.now(UTC)
    old = Cast(now, tmp_path).authority("root").certificate
    new = Cast(now + timedelta(days=4000), tmp_path).authority("root").certificate
    assert old.serial_number != new.serial_number
    assert old.public_key() == new.public_key()


def test_nothing_is_left() -> None:
    """After the with block there is no thread, no listening port and no temporary file."""
    before = set(threading.enumerate())
    with Lab(names=["good-ecdsa", "silent"]) as lab:
        port, directory = lab["silent"].port, lab.directory
        with socket.create_connection(("127.0.0.1", port)) as waiting:
            waiting.sendall(b"hello")
    assert set(threading.enumerate()) == before
    assert not directory.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_stopping_at_any_moment_closes_everything() -> None:
    """Connections at every stage of a handshake are closed with the lab: no socket is left."""
    names = ["good-ecdsa", "silent", "slow-handshake", "endless", "client-certificate"]
    hello = b"\x16\x03\x01\x00\x05hello"
    for sent in range(0, len(hello), 2):
        clients = []
        with Lab(names=names) as lab:
            for server in lab:
                clients.append(socket.create_connection(("127.0.0.1", server.port)))
                clients[-1].sendall(hello[:sent])
        for client in clients:
            client.close()
    gc.collect()  # a socket that was left open warns now, and a warning is an error


def test_unknown_scenario() -> None:
    """A name that is no scenario's is refused."""
    with pytest.raises(InputError, match="no scenario 'nope'; list them with `keypin lab list`"):
        Lab(names=["nope"])


def test_directory_that_is_a_file(tmp_path: Path) -> None:
    """A directory that cannot be is refused with the cure."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="cannot be written: File exists; name another"):
        with Lab(file):
            pass
