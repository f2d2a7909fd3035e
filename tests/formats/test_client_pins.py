"""What the forms of servers that pin clients have in common."""

import pytest

from keypin.errors import FormatError
from keypin.formats.client_pins import Clients, comment_lines
from keypin.formats.draft import Draft

A, B = "01" * 32, "02" * 32


def test_clients() -> None:
    """Digests gather by client; comments directly above the first are the client's."""
    clients = Clients(Draft("x"), None)
    for line in ("Pins of shop.", "far"):
        clients.comment(line)
    clients.blank()
    clients.comment("the till")
    clients.add("a.example", A, 4)
    clients.comment("Pins of nobody.")
    clients.add("a.example", B, 6, "backup: x")
    reading = clients.reading("digests")
    (policy,) = reading.pin_set.policies
    assert reading.pin_set.name == "shop"
    assert (policy.comment, policy.place.line) == ("the till", 4)
    assert [entry.place.line for entry in policy.pins] == [4, 6]
    assert [str(entry.role) for entry in policy.pins] == ["active", "backup"]


def test_a_digest_of_nobody() -> None:
    """It is for the host that is given, or said not to be followed."""
    clients = Clients(Draft("x"), "a.example")
    clients.add(None, A, 1)
    assert str(clients.reading("digests").pin_set.policies[0].host) == "a.example"
    clients = Clients(Draft("x"), None)
    clients.add(None, A, 1)
    assert clients.draft.findings[0].message.startswith("the digest stands beside no client's name")
    with pytest.raises(FormatError, match="no pins; expected digests"):
        clients.reading("digests")


def test_sha1_alone() -> None:
    """It is a finding beside pins, and refused without any."""
    clients = Clients(Draft("x"), None)
    clients.sha1("aa" * 20, 3)
    clients.sha1("bb" * 20, 4)
    with pytest.raises(FormatError) as caught:
        clients.reading("digests")
    assert str(caught.value) == (
        "x:3: SHA-1 fingerprints alone; expected digests; pin the SHA-256 digest of the "
        "certificate: `keypin pin --certificate`"
    )
    clients.add("a.example", A, 5)
    assert [one.id for one in clients.reading("digests").findings] == ["sha1-pin", "sha1-pin"]


def test_comment_lines() -> None:
    """Notes are written one a line."""
    assert comment_lines(["a", "b"], "  ") == "  # a\n  # b\n"
