"""The shape of a scenario: a named server, what it proves, and what a correct client does.

A scenario is a row of data; the tables are in `scenarios_good` and `scenarios_hostile`. This module
must not know any particular one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from keypin.lab.authority import Issued
from keypin.lab.cast import Cast


class Expect(StrEnum):
    """What a correct client with the scenario's pins does."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EITHER = "either"  # what is proved is something else: that it comes to an end


class Behaviour(StrEnum):
    """How a server treats the handshake."""

    TLS = "tls"
    SLOW = "slow"
    SILENT = "silent"
    CUT_OFF = "cut-off"
    ALERT = "alert"
    GARBAGE = "garbage"
    ENDLESS = "endless"
    PLAIN_HTTP = "plain-http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What a server does: the chains it shows, and how.

    Attributes:
        chains: what it presents, leaf first; a second chain is for the other kind of key.
        second_chains: what it presents at 127.0.0.2, if that differs.
        behaviour: how it treats the handshake.
        tls12_only: whether it speaks no TLS 1.3.
        wants_client: whether it asks for a client certificate of the lab's CA.
        filler: how many further certificates it sends.
    """

    chains: tuple[tuple[Issued, ...], ...] = ()
    second_chains: tuple[tuple[Issued, ...], ...] = ()
    behaviour: Behaviour = Behaviour.TLS
    tls12_only: bool = False
    wants_client: bool = False
    filler: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A row: one server and what it proves about a client.

    Attributes:
        name: kebab case, stable for ever.
        proves: one sentence on what is proved.
        play: makes what the server does from the cast.
        expect: what a correct client does.
        pins: whose keys the client has pinned, by their names in the cast.
        flaw: what a client that does otherwise suffers from, in the field's words.
        reference: where that flaw is described.
    """

    name: str
    proves: str
    play: Callable[[Cast], Play] = field(repr=False)
    expect: Expect = Expect.ACCEPT
    pins: tuple[str, ...] = ("active", "active-rsa", "active-ed25519", "backup")
    flaw: str
    reference: str = ""

    @property
    def hostile(self) -> bool:
        """Whether a client must not trust the server."""
        return self.expect is Expect.REFUSE


def show(*chain: Issued) -> Play:
    """Return a server that presents one chain, leaf first."""
    return Play(chains=(chain,))
