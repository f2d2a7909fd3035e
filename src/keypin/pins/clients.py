"""Pins of clients: whom a client's key stands for, and whether it may come in.

The other direction of `keypin.pins.decide`: a server has no host to choose a policy by, so the pins
are of identities, and the decision names the one that matched. What matches is the verified chain
of the client, never the presented one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from keypin.certs import Certificate, Position, VerifiedChain
from keypin.errors import InputError, KeypinError, PinSetError
from keypin.pins.pin import Pin
from keypin.pins.story import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMatched:
    """A client's pin matched; this is the evidence.

    Attributes:
        identity: whom the pin stands for.
        pin: the pin that matched.
        certificate: the certificate that it matched.
        position: where that stands in the client's verified chain.
        leaf: the client's own certificate, whose names tell apart the clients of one CA.
    """

    identity: str
    pin: Pin
    certificate: Certificate
    position: Position
    leaf: Certificate


class ClientMismatchError(KeypinError):
    """The client's chain verifies, and no identity accepts it.

    Attributes:
        chain: the client's verified chain.
        denied: the denied pin that was met, with its certificate, or None.
    """

    def __init__(self, chain: VerifiedChain, denied: tuple[Pin, Certificate] | None = None) -> None:
        super().__init__(name_of(chain.leaf))
        self.chain = chain
        self.denied = denied

    def __str__(self) -> str:
        if self.denied is not None:
            pin, certificate = self.denied
            what = f"the chain has the denied {pin} of {name_of(certificate)}"
            step = "find out who holds a key that was taken out of use"
        else:
            what = "no pin of any client matches the verified chain"
            step = "if this client is to come in, add the pin of its key to its identity"
        lines = [f"client {name_of(self.chain.leaf)}: {what}", "  verified chain:"]
        lines += [
            f"    {Pin.of_key(certificate)}  {self.chain.position(index)}  {name_of(certificate)}"
            for index, certificate in enumerate(self.chain)
        ]
        return "\n".join([*lines, f"  next step: {step}"])


@dataclass(frozen=True, slots=True)
class ClientPins:
    """Which clients may come in.

    Attributes:
        identities: from the name of each client, or group of clients, to its pins: of its own key,
            of its certificate, or of the CA that issues for it.
        denied: keys and certificates that must not appear in a chain; they win over pins.
        by_pin: the same as pairs of a pin and the identity that it stands for.

    Raises:
        PinSetError: there is no identity, one has no pins, or a pin stands for two.
    """

    identities: Mapping[str, tuple[Pin, ...]]
    denied: tuple[Pin, ...] = ()
    by_pin: tuple[tuple[Pin, str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.identities:
            raise PinSetError("no client is pinned", expected="at least one identity with a pin")
        whose: dict[Pin, str] = {}
        for identity, pins in self.identities.items():
            if not identity.strip() or not pins:
                raise PinSetError(
                    f"the client {identity!r} has no name or no pins", expected="one pin at least"
                )
            for pin in pins:
                if whose.setdefault(pin, identity) != identity:
                    raise PinSetError(
                        f"the pin {pin} stands for both {whose[pin]!r} and {identity!r}",
                        next_step="keep it where it belongs",
                    )
        object.__setattr__(self, "by_pin", tuple(whose.items()))

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[str, Iterable[str]], *, denied: Iterable[str] = ()
    ) -> Self:
        """Build the pins of clients from identities and lists of pin spellings.

        Raises:
            InputError: a pin is malformed, or a rule is broken; nothing is left out.
        """
        for identity, pins in mapping.items():
            if isinstance(pins, str):
                raise InputError(f"the pins of {identity!r} are one text", expected="a list")
        return cls(
            {identity: tuple(map(Pin.parse, pins)) for identity, pins in mapping.items()},
            tuple(map(Pin.parse, denied)),
        )


def decide_client(pins: ClientPins, chain: VerifiedChain) -> ClientMatched:
    """Decide whether a client with this verified chain may come in, and who it is.

    A client's own pin is found before that of the CA above it, so that one client of a CA may have
    an identity of its own.

    Args:
        pins: which clients may come in.
        chain: the path that verification built, never the chain that the client sent.

    Raises:
        ClientMismatchError: no identity accepts the chain, or a denied key is in it.
    """
    for pin in pins.denied:
        for certificate in chain:
            if pin.is_of(certificate):
                raise ClientMismatchError(chain, (pin, certificate))
    for index, certificate in enumerate(chain):
        position = chain.position(index)
        for pin, identity in pins.by_pin:
            if pin.matches(certificate, position):
                return ClientMatched(
                    identity=identity,
                    pin=pin,
                    certificate=certificate,
                    position=position,
                    leaf=chain.leaf,
                )
    raise ClientMismatchError(chain)
