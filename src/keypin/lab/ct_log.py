"""A Certificate Transparency log, whole and in memory: RFC 6962, and the Static CT API.

Entries are promised at once (an SCT, `add`), and shown when a head is published (`publish`). It
keeps no clock: time is the argument `at`. `keypin.lab.ct_server` serves it over HTTP.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from keypin.certs import Certificate
from keypin.errors import InputError
from keypin.lab.authority import Issued, Request
from keypin.lab.ct_authority import precertify
from keypin.lab.ct_chain import check_chain, precertificate_parts
from keypin.lab.ct_entry import Logged, leaf_index
from keypin.lab.ct_faults import FAULTS, Misbehaviour
from keypin.lab.ct_key import Head, Signer, Witness
from keypin.lab.ct_tree import HashTree
from keypin.lab.ct_view import Client, Kind, View

# A row of entries that come in bulk: time, certificate, and of a precertificate the hash of its
# issuer's key and its TBSCertificate without the poison.
Row = tuple[int, bytes, bytes | None, bytes | None]


class CtLog:
    """A log.

    Args:
        name: what a log list calls it.
        key: `ecdsa`, `rsa`, or a key that another log had before.
        origin: its name in checkpoints; empty to take the address that it is served at.
        mmd: its maximum merge delay, in seconds.
        static: whether entries say where they are, as those of a static log do.
        roots: the CAs that it takes chains of, as DER; none for any chain.
        witnesses: who cosigns its checkpoints.
    """

    def __init__(
        self,
        name: str = "the lab's log",
        *,
        key: str | Signer = "ecdsa",
        origin: str = "",
        mmd: int = 86400,
        static: bool = True,
        roots: Sequence[bytes] = (),
        witnesses: Sequence[Witness] = (),
    ) -> None:
        self.name = name
        self.signer = Signer.new(key) if isinstance(key, str) else key
        self.origin = origin
        self.mmd = mmd
        self.static = static
        self.roots = tuple(roots)
        self.witnesses = tuple(witnesses)
        self.entries: list[Logged] = []
        self.tree = HashTree()
        self.issuers: dict[bytes, bytes] = {}
        self.heads: list[Head] = []
        self.misbehaviours: list[Misbehaviour] = []
        self._promised: dict[bytes, int] = {}
        self._positions: dict[bytes, int] = {}
        self._counted = 0
        self._signatures: dict[Head, bytes] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def head(self) -> Head | None:
        """The head that it published last."""
        return self.heads[-1] if self.heads else None

    def add(self, chain: Sequence[bytes], at: datetime) -> bytes:
        """Log a certificate or precertificate, and return the SCT.

        Args:
            chain: it, and what is above it, as DER.
            at: the time of the promise, timezone-aware.

        Raises:
            InputError: the chain is not one that this log takes.
        """
        return self.signer.sct(self.entries[self.log(chain, at)])

    def log(self, chain: Sequence[bytes], at: datetime) -> int:
        """Log a certificate or precertificate, and return its index; the same one twice is one."""
        certificates = [Certificate.from_der(der) for der in chain]
        check_chain(certificates, self.roots)
        with self._lock:
            identity = sha256(chain[0]).digest()
            if identity in self._promised:
                return self._promised[identity]
            prints = self._know(chain[1:])
            key_hash, tbs = precertificate_parts(certificates)
            entry = Logged(milliseconds(at), chain[0], key_hash, tbs, prints, self._extensions())
            index = self._promised[identity] = self.append(entry)
            return index

    def _know(self, chain: Sequence[bytes]) -> tuple[bytes, ...]:
        prints = tuple(sha256(der).digest() for der in chain)
        self.issuers.update(zip(prints, chain, strict=True))
        return prints

    def _extensions(self) -> bytes:
        return leaf_index(len(self.entries)) if self.static else b""

    def append(self, entry: Logged) -> int:
        """Log an entry as it stands, garbage too, and return its index."""
        with self._lock:
            self.entries.append(entry)
            self.tree.append(entry.leaf_hash)
            return len(self.entries) - 1

    def extend(self, rows: Iterable[Row], chain: Sequence[bytes] = ()) -> None:
        """Log many entries, unchecked.

        Args:
            rows: the entries.
            chain: the certificates above each of them, as DER.
        """
        with self._lock:
            prints = self._know(chain)
            for stamp, der, key_hash, tbs in rows:
                self.append(Logged(stamp, der, key_hash, tbs, prints, self._extensions()))

    def certify(self, request: Request, now: datetime, *, signer: Issued | None = None) -> Issued:
        """Issue a certificate whose precertificate is in this log, with the SCT in it.

        Args:
            request: what it is to say; with an issuer.
            now: the time that its days count from, and of the SCT.
            signer: a CA that signs the precertificate in the issuer's place.

        Raises:
            InputError: the request names no issuer.
        """
        return certify(request, (self,), now, signer=signer)

    def publish(self, at: datetime) -> Head:
        """Sign a head over all that was logged."""
        with self._lock:
            size = len(self.entries)
            self.heads.append(Head(size, milliseconds(at), self.tree.root(size)))
            return self.heads[-1]

    def misbehave(
        self,
        name: str,
        *,
        index: int | None = None,
        only: Callable[[Client], bool] | None = None,
        times: int | None = None,
    ) -> Misbehaviour:
        """Switch a fault on.

        Args:
            name: the fault; see `FAULTS`.
            index: the entry that it is about; None for the last published one.
            only: which clients meet it; None for all.
            times: how many answers it is in; None for all from now on.

        Raises:
            InputError: there is no such fault, or nothing is published yet.
        """
        if name not in FAULTS:
            raise InputError(f"no fault {name!r}", expected=f"one of {', '.join(FAULTS)}")
        if self.head is None or not self.head.size:
            raise InputError("a log without entries", next_step="publish a head first")
        where = self.head.size - 1 if index is None else index
        on = Misbehaviour(FAULTS[name], where, self.head, only, times)
        self.misbehaviours.append(on)
        return on

    def behave(self, name: str | None = None) -> None:
        """Switch a fault off, or all."""
        self.misbehaviours = [
            on for on in self.misbehaviours if name is not None and on.fault.name != name
        ]

    def struck(self, kind: Kind, client: Client) -> list[Misbehaviour]:
        """Return the faults that are in an answer to a client."""
        return [on for on in self.misbehaviours if on.strikes(kind, client)]

    def signed(self, head: Head) -> bytes:
        """Return the signature of a head; the same head is signed once."""
        if head not in self._signatures:
            self._signatures[head] = self.signer.sign_head(head)
        return self._signatures[head]

    def view(self) -> View | None:
        """Return what a client is shown; None before the first head."""
        head = self.head
        return None if head is None else View(self.entries, self.tree, head, head.size)

    def position(self, leaf_hash: bytes) -> int | None:
        """Return the index of a leaf, by its hash."""
        with self._lock:
            for index in range(self._counted, len(self.entries)):
                self._positions.setdefault(self.tree.leaf(index), index)
            self._counted = len(self.entries)
        return self._positions.get(leaf_hash)


def certify(
    request: Request, logs: Sequence[CtLog], now: datetime, *, signer: Issued | None = None
) -> Issued:
    """Issue a certificate with an SCT of each of some logs; see `CtLog.certify`."""
    if request.issuer is None:
        raise InputError("a request without an issuer", next_step="name the CA that issues")
    precertificate = precertify(request, now, signer=signer)
    above = (signer, request.issuer) if signer else (request.issuer,)
    chain = [precertificate.issued.der, *(one.der for one in above)]
    return precertificate.finish([log.add(chain, now) for log in logs])


def milliseconds(at: datetime) -> int:
    """Return a time as logs say it: milliseconds since 1970."""
    return round(at.timestamp() * 1000)
