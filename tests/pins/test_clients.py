"""Whom a client's key stands for, and who may not come in."""

import pytest

from keypin.certs import Position, VerifiedChain
from keypin.errors import InputError, PinError, PinSetError
from keypin.pins import Pin
from keypin.pins.clients import ClientMismatchError, ClientPins, decide_client


@pytest.fixture(scope="module")
def ca(root):
    """Return an intermediate CA that certifies clients."""
    return root.below("Clients")


@pytest.fixture(scope="module")
def chain(ca) -> VerifiedChain:
    """Return the verified chain of a client."""
    return ca.chain("billing.example.com")


def pin_of(certificate) -> str:
    """Return the pin of a certificate's key."""
    return str(Pin.of_key(certificate))


def test_a_clients_own_key(chain) -> None:
    """The identity, and the evidence."""
    found = decide_client(ClientPins.from_mapping({"billing": [pin_of(chain.leaf)]}), chain)
    assert found.identity == "billing"
    assert found.certificate == found.leaf == chain.leaf
    assert found.position is Position.LEAF


def test_the_ca_of_a_client(chain, ca) -> None:
    """One identity for all clients of a CA; the leaf tells them apart."""
    found = decide_client(ClientPins.from_mapping({"partners": [ca.pin]}), chain)
    assert found.identity == "partners"
    assert found.position is Position.INTERMEDIATE
    assert found.leaf == chain.leaf


def test_a_client_comes_before_its_ca(chain, ca) -> None:
    """A client of a pinned CA may have a name of its own, whatever the order."""
    rows = {"partners": [ca.pin], "billing": [pin_of(chain.leaf)]}
    for mapping in (rows, dict(reversed(rows.items()))):
        assert decide_client(ClientPins.from_mapping(mapping), chain).identity == "billing"


def test_a_client_without_a_pin(chain) -> None:
    """It is told with its chain, and what to do."""
    with pytest.raises(ClientMismatchError) as caught:
        decide_client(ClientPins.from_mapping({"other": ["sha256/" + "A" * 43 + "="]}), chain)
    text = str(caught.value)
    assert text.startswith("client CN=billing.example.com: no pin of any client matches")
    assert f"{pin_of(chain.leaf)}  leaf  CN=billing.example.com" in text
    assert "add the pin of its key to its identity" in text
    assert caught.value.chain == chain


def test_a_position_is_kept_to(chain, ca) -> None:
    """A pin of a CA as a leaf matches no CA."""
    pins = ClientPins({"partners": (Pin.parse(ca.pin, position="leaf"),)})
    with pytest.raises(ClientMismatchError):
        decide_client(pins, chain)


def test_a_denied_key(chain, ca) -> None:
    """It wins over every pin, wherever it stands."""
    for denied in (ca.pin, pin_of(chain.leaf)):
        pins = ClientPins.from_mapping(
            {"billing": [pin_of(chain.leaf)], "partners": [ca.pin]}, denied=[denied]
        )
        with pytest.raises(ClientMismatchError, match="the chain has the denied") as caught:
            decide_client(pins, chain)
        assert caught.value.denied is not None
        assert str(caught.value.denied[0]) == denied
    elsewhere = ClientPins.from_mapping(
        {"billing": [pin_of(chain.leaf)]}, denied=["sha256/" + "A" * 43 + "="]
    )
    assert decide_client(elsewhere, chain).identity == "billing"


@pytest.mark.parametrize(
    ("mapping", "error", "message"),
    [
        ({}, PinSetError, "no client is pinned; expected at least one identity"),
        ({"a": []}, PinSetError, "the client 'a' has no name or no pins"),
        ({" ": ["sha256/" + "A" * 43 + "="]}, PinSetError, "has no name or no pins"),
        ({"a": ["sha256/short"]}, PinError, "is no base64"),
        ({"a": "sha256/" + "A" * 43 + "="}, InputError, "the pins of 'a' are one text"),
        (
            {"a": ["sha256/" + "A" * 43 + "="], "b": ["sha256//" + "A" * 43 + "="]},
            PinSetError,
            "stands for both 'a' and 'b'; keep it where it belongs",
        ),
    ],
)
def test_what_is_refused(mapping, error, message) -> None:
    """Nothing is left out, and nothing is guessed."""
    with pytest.raises(error, match=message):
        ClientPins.from_mapping(mapping)


def test_a_pin_twice_of_one_client() -> None:
    """That is no contradiction."""
    pin = "sha256/" + "A" * 43 + "="
    assert len(ClientPins.from_mapping({"a": [pin, pin]}).by_pin) == 1
