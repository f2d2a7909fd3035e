"""Libraries that dial by themselves dial what was judged, within the block and its thread."""

import smtplib
import socket
import threading
from contextlib import suppress
from ipaddress import ip_network

import pytest
import requests

from keypin.watch.guarding import Guard
from keypin.watch.guarding_sockets import guarded_sockets
from keypin.watch.time_limit import TimeLimit

LOOPBACK = (ip_network("127.0.0.0/8"),)


def guard(*answers: str, allowed=()) -> Guard:
    """Return a guard for which every name has these addresses."""
    return Guard(allowed, lambda _host, port: [(one, port) for one in answers])


@pytest.fixture
def listening():
    """Listen on loopback, where nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_an_internal_host_is_not_dialled(listening) -> None:
    """By the socket module, by requests, by smtplib: each gets an error that it knows."""
    port = listening.getsockname()[1]
    with guarded_sockets(guard("127.0.0.1")):
        with pytest.raises(PermissionError, match="is not dialled"):
            socket.create_connection(("hooks.example", 443), timeout=1)
        with pytest.raises(requests.ConnectionError, match="is not dialled"):
            requests.post(f"http://hooks.example:{port}/", timeout=1)
        with pytest.raises(PermissionError, match="is not dialled"):
            smtplib.SMTP("hooks.example", port, timeout=1)
    listening.setblocking(False)
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_what_was_judged_is_dialled(listening) -> None:
    """The name is not asked for again: nobody else knows it."""
    port = listening.getsockname()[1]
    with guarded_sockets(guard("127.0.0.1", allowed=LOOPBACK)):
        with socket.create_connection(("hooks.example", port), timeout=1) as one:
            assert one.getpeername() == ("127.0.0.1", port)


def test_the_guard_resolves_by_this_machines_resolver(listening) -> None:
    """Without a resolver of its own the guard asks the system, within the block as well."""
    address = listening.getsockname()
    with guarded_sockets(Guard(LOOPBACK)), socket.create_connection(address, timeout=1) as one:
        assert one.getpeername() == address
    with guarded_sockets(Guard()), pytest.raises(PermissionError, match="is loopback"):
        socket.create_connection(("127.0.0.1", 443), timeout=1)


def test_another_family_has_no_address() -> None:
    """As callers who ask for one family expect."""
    with guarded_sockets(guard("93.184.215.14", allowed=LOOPBACK)):
        assert socket.getaddrinfo("hooks.example", 443, socket.AF_INET6) == []
        found = socket.getaddrinfo(b"hooks.example", "443", socket.AF_INET, socket.SOCK_STREAM)
    assert [entry[4] for entry in found] == [("93.184.215.14", 443)]


def test_a_host_without_an_address_is_what_resolvers_say() -> None:
    """Callers retry, or tell it as they always do."""
    with guarded_sockets(guard()):
        with pytest.raises(socket.gaierror, match="has no address"):
            socket.create_connection(("hooks.example", 443), timeout=1)


def test_outside_of_the_block_and_in_other_threads_nothing_changes(listening) -> None:
    """A probe that runs at the same time has its own guard."""
    address = listening.getsockname()
    with guarded_sockets(guard("93.184.215.14")):
        reached = []

        def dial() -> None:
            with socket.create_connection(address, timeout=1):
                reached.append(address)

        thread = threading.Thread(target=dial)
        thread.start()
        thread.join()
    with socket.create_connection(address, timeout=1):
        reached.append(address)
    assert reached == [address, address]


def test_nothing_is_connected_that_was_not_judged(listening) -> None:
    """Not even by whoever asks for no address, or asked before; outside it is."""
    address = listening.getsockname()
    with guarded_sockets(guard("127.0.0.1", allowed=LOOPBACK)), socket.socket() as one:
        with pytest.raises(PermissionError, match="was not judged"):
            one.connect(address)
        socket.getaddrinfo("hooks.example", address[1])
        one.connect(address)
    with socket.create_connection(address, timeout=1) as one:
        assert one.getpeername() == address


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nx-slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_limit_ends_what_drips(dripping, head: bytes) -> None:
    """`requests` and smtplib are cut off, though no step took long."""
    with dripping(head) as port, TimeLimit(0.2) as limit:
        with guarded_sockets(Guard(LOOPBACK), limit=limit):
            with suppress(requests.RequestException):  # or it takes that for an answer
                requests.get(f"http://127.0.0.1:{port}/", timeout=5)
            assert limit.over
            with pytest.raises(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}/", timeout=5)
    with dripping(b"220-") as port, TimeLimit(0.2) as limit:
        with guarded_sockets(Guard(LOOPBACK), limit=limit), suppress(smtplib.SMTPException):
            smtplib.SMTP("127.0.0.1", port, timeout=5)
        assert limit.over


def test_a_limit_leaves_a_socket_its_own_timeout(listening) -> None:
    """The shorter of the two counts, and only while it connects."""
    with TimeLimit(30) as limit, guarded_sockets(Guard(LOOPBACK), limit=limit):
        with socket.create_connection(listening.getsockname(), timeout=7) as one:
            assert one.gettimeout() == 7
