"""Names that exist in a demonstration alone."""

import socket

import pytest

from keypin.watch.demonstration.names import Names


def _asked(host: str) -> list[object]:
    return [entry[4] for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


def test_a_name_leads_where_it_is_told_to() -> None:
    """At the server's own port, whatever port was asked for."""
    with Names() as names:
        names.lead("api.shop.test", ("127.0.0.1", 1234))
        assert _asked("api.shop.test") == [("127.0.0.1", 1234)]
        names.lead("api.shop.test", ("127.0.0.1", 1), ("127.0.0.1", 2))
        assert _asked("api.shop.test") == [("127.0.0.1", 1), ("127.0.0.1", 2)]
        assert names.where("api.shop.test") == (("127.0.0.1", 1), ("127.0.0.1", 2))


def test_other_names_are_the_systems() -> None:
    """And `.test` is nobody's: what the demonstration lacks is not asked of anybody."""
    with Names():
        assert _asked("127.0.0.1") == [("127.0.0.1", 443)]
        with pytest.raises(socket.gaierror, match="no such name in the demonstration"):
            _asked("other.test")


def test_the_end_leaves_nothing_behind() -> None:
    """The function is the one that stood there."""
    before = socket.getaddrinfo
    with Names():
        assert socket.getaddrinfo is not before
    assert socket.getaddrinfo is before
