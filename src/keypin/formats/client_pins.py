"""Pins of client certificates, as servers are told them: what their forms have in common.

The host pattern of a policy stands for the client, by its DNS name. Servers compare digests of the
whole certificate; a digest says which client it is, so that there is no name to verify besides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from keypin.errors import FormatError
from keypin.formats.abilities import NO_WILDCARDS, Abilities, Overlap, Positions
from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Reading
from keypin.formats.notes import read_heading
from keypin.formats.remark import NOT_FOLLOWED, SHA1_PIN
from keypin.pins import Of, PolicyPin

CAN = Abilities(
    wildcards=NO_WILDCARDS,
    overlap=Overlap.NONE,
    addresses=False,
    positions=Positions.LEAF,
    of=frozenset({Of.CERTIFICATE}),
    reasons=True,
    roles=True,
    comments=True,
    names=True,
)


@dataclass
class _Client:
    """A client, and where it was first named."""

    line: int
    notes: list[str]
    pins: list[PolicyPin] = field(default_factory=list[PolicyPin])


@dataclass
class Clients:
    """The clients of a file in the making.

    Attributes:
        draft: the pin set in the making.
        host: the client of digests that stand beside no name.
    """

    draft: Draft
    host: str | None
    _clients: dict[str, _Client] = field(default_factory=dict[str, _Client])
    _sha1: int | None = None
    _above: list[str] = field(default_factory=list[str])

    def comment(self, text: str) -> None:
        """Take a comment line: the first tells the name of the pin set, others what follows."""
        title = read_heading(text)
        if title is not None and not self._clients:
            self.draft.title = title
        self._above.append(text)

    def blank(self) -> None:
        """Forget the comment lines: they are not directly above what comes."""
        self._above = []

    def add(self, client: str | None, digest: str, line: int, note: str = "") -> None:
        """Add the SHA-256 digest of a client's certificate, in hex."""
        client = client or self.host
        place = self.draft.place(line)
        if client is None:
            message = "the digest stands beside no client's name"
            self.draft.findings.append(NOT_FOLLOWED.at(digest, message, place))
            return
        found = self._clients.get(client)
        if found is None:
            found = self._clients[client] = _Client(line, self._above)
        self._above = []
        found.pins.append(pin_of(f"cert-sha256/{digest}", place, note=note, position="leaf"))

    def sha1(self, digest: str, line: int) -> None:
        """Leave a SHA-1 fingerprint out, and say so."""
        self._sha1 = self._sha1 or line
        message = "the certificate is told by its SHA-1 fingerprint"
        self.draft.findings.append(SHA1_PIN.at(digest, message, self.draft.place(line)))

    def reading(self, what: str) -> Reading:
        """Return the pin set.

        Raises:
            InputError: there are no pins, or a client's name is no host.
        """
        for name, client in self._clients.items():
            self.draft.add(name, client.pins, self.draft.place(client.line), client.notes)
        if not self._clients and self._sha1 is not None:
            raise FormatError(
                "SHA-1 fingerprints alone",
                expected=what,
                next_step="pin the SHA-256 digest of the certificate: `keypin pin --certificate`",
                place=self.draft.place(self._sha1),
            )
        return Reading(pin_set=self.draft.pin_set(what), findings=tuple(self.draft.findings))


def comment_lines(notes: Iterable[str], indent: str) -> str:
    """Return notes as comment lines."""
    return "".join(f"{indent}# {note}\n" for note in notes)
