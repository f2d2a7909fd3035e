"""A host is resolved once, every address is judged, and those that were judged are dialled."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_network

import pytest

from keypin.certs import Endpoint
from keypin.probe import Address, Dial
from keypin.watch.guarding import (
    PORTS,
    Guard,
    InternalError,
    UnresolvedError,
    Use,
    by_system,
)
from keypin.watch.settings import Settings

NAMES = {
    "good.example": ["93.184.215.14", "2606:2800:21f:cb07::1", "93.184.215.14"],
    "bad.example": ["10.0.0.1"],
    "half.example": ["93.184.215.14", "127.0.0.1"],
    "empty.example": [],
    "2130706433": ["127.0.0.1"],
    "odd.example": ["no address"],
}


def resolve(host: str, port: int) -> Sequence[tuple[str, int]]:
    """Resolve as the table says."""
    if host == "later.example":
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [(address, port) for address in NAMES[host]]


GUARD = Guard(resolve=resolve)


def refusal(host: str, port: int = 443, use: Use = Use.TELL, guard: Guard = GUARD) -> str:
    """Return what is said of a host that is refused."""
    with pytest.raises((InternalError, UnresolvedError)) as caught:
        guard.addresses(host, port, use)
    return str(caught.value)


def test_a_public_host_is_dialled_at_what_was_judged() -> None:
    """Each address once."""
    assert GUARD.addresses("good.example", 443, Use.CHECK) == (
        Address("93.184.215.14", 443),
        Address("2606:2800:21f:cb07::1", 443),
    )


def test_a_probe_takes_the_judged_addresses() -> None:
    """So that it does not ask the resolver again."""
    assert GUARD.dials(Endpoint.parse("good.example:8080")) == (
        Dial("93.184.215.14", 8080),
        Dial("2606:2800:21f:cb07::1", 8080),
    )


def test_an_internal_host_is_refused_with_the_way_out() -> None:
    """The sentence names host, address, kind and setting."""
    assert refusal("bad.example") == (
        "bad.example resolves to 10.0.0.1, which is private (RFC 1918) and is not dialled; "
        "whoever runs this service can allow its network by KEYPIN_INTERNAL"
    )


def test_one_internal_address_refuses_the_host() -> None:
    """Nobody can tell which one would be dialled."""
    assert "half.example resolves to 127.0.0.1" in refusal("half.example")


def test_a_number_that_resolvers_take_for_an_address_is_judged() -> None:
    """What the name looks like does not count."""
    assert "2130706433 resolves to 127.0.0.1" in refusal("2130706433")


@pytest.mark.parametrize("host", ["nowhere.example", "empty.example", "odd.example"])
def test_a_host_without_an_address_says_so(host) -> None:
    """Or with an answer that is none."""
    assert f"{host} has no address" in refusal(host)


def test_a_name_that_is_none_is_told_from_a_resolver_that_is_silent() -> None:
    """In words: what the system calls it is no help."""
    assert refusal("nowhere.example") == (
        "nowhere.example has no address: there is no such name in the DNS; look whether it is right"
    )
    assert refusal("later.example") == (
        "later.example has no address that could be looked up: the DNS did not answer; "
        "try again soon"
    )
    assert refusal("odd.example") == "odd.example has no address; look whether the name is right"


@pytest.mark.parametrize(
    ("use", "port", "dialled"),
    [
        (Use.CHECK, 443, True),
        (Use.CHECK, 993, True),
        (Use.CHECK, 22, False),
        (Use.CHECK, 8080, False),
        (Use.TELL, 8080, True),
        (Use.TELL, 6379, False),
        (Use.PROBE, 12345, True),
    ],
)
def test_each_use_has_its_ports(use, port, dialled) -> None:
    """Who types a host gets those of TLS; the inventory any."""
    if dialled:
        assert GUARD.addresses("good.example", port, use)
    else:
        assert f"port {port} of good.example is not dialled here; expected one of" in refusal(
            "good.example", port, use
        )


def test_every_use_has_a_row() -> None:
    """A use without ports would fail at night."""
    assert set(PORTS) == set(Use)


def test_alerts_go_to_any_port_of_what_the_settings_allow() -> None:
    """And nowhere beside it."""
    guard = Guard((ip_network("10.0.0.0/8"),), resolve)
    assert guard.addresses("bad.example", 9, Use.TELL) == (Address("10.0.0.1", 9),)
    assert "127.0.0.1" in refusal("half.example", guard=guard)
    assert Guard.of(Settings(internal=guard.allowed)).allowed == guard.allowed


def test_who_types_a_host_scans_no_ports_of_what_the_settings_allow() -> None:
    """A member reads those of TLS there, and those that are named besides."""
    guard = Guard((ip_network("10.0.0.0/8"),), resolve)
    assert guard.addresses("bad.example", 443, Use.CHECK) == (Address("10.0.0.1", 443),)
    assert "port 22 of bad.example" in refusal("bad.example", 22, Use.CHECK, guard)
    assert guard.dials(Endpoint("bad.example", 22), Use.CHECK, {22}) == (Dial("10.0.0.1", 22),)
    with pytest.raises(InternalError, match="is private"):
        GUARD.dials(Endpoint("bad.example", 22), Use.CHECK, {22})


def test_the_second_answer_of_a_name_is_never_asked_for() -> None:
    """DNS rebinding: public when it is judged, internal when it is dialled."""
    answers = iter([[("93.184.215.14", 443)], [("127.0.0.1", 443)]])
    asked: Callable[[str, int], Sequence[tuple[str, int]]] = lambda _host, _port: next(answers)  # noqa: E731
    assert Guard(resolve=asked).dials(Endpoint.parse("rebind.example")) == (
        Dial("93.184.215.14", 443),
    )
    assert next(answers) == [("127.0.0.1", 443)]


def test_the_system_resolves_addresses_without_the_network() -> None:
    """In any form that it takes."""
    assert by_system("127.0.0.1", 443) == [("127.0.0.1", 443)]
    assert "127.0.0.1 is loopback (RFC 1122)" in refusal("127.0.0.1", guard=Guard())
    assert "127.1 resolves to 127.0.0.1" in refusal("127.1", guard=Guard())
