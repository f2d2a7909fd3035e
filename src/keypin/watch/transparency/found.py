"""What a log holds and somebody watches: from the entry to the document of the monitor, and back.

The search runs in the threads of the logs, where the certificates above an entry can be had. What
it finds goes through the monitor's outbox as a document, and is judged when it leaves that: by what
each organisation has in the field then.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from keypin.certs import Certificate
from keypin.ct.entry import Block
from keypin.ct.logged import Logged
from keypin.ct.watch_list import Hit, Kind
from keypin.errors import CertificateError
from keypin.monitor.above import Above
from keypin.monitor.hits import Hits
from keypin.monitor.log import Log
from keypin.monitor.store import News
from keypin.rotation.issued import Issued
from keypin.watch.transparency.names import Watched

Chain = tuple[Certificate, ...]

# Members of the monitor's document that are kept otherwise: as a certificate, and as rows.
_APART = {"certificate", "findings"}


class Finder:
    """What looks through entries for the names that are watched now; for many threads.

    Args:
        clock: tells the time.

    Attributes:
        watched: what is watched; another takes its place whenever the inventory changes.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.watched = Watched()
        self._clock = clock
        self._above = Above()
        self._hits: Hits | None = None

    def watch(self, watched: Watched) -> None:
        """Look for other names from now on."""
        self.watched = watched
        if watched.search is None:
            self._hits = None
        else:
            self._hits = Hits(watched.search, now=self._clock, more=self._beside)

    def __call__(self, log: Log, block: Block) -> Iterable[News]:
        """Return news of the entries of a block that are of interest."""
        hits = self._hits
        return () if hits is None else hits(log, block)

    def _beside(self, log: Log, logged: Logged) -> dict[str, Any]:
        one = logged.certificate
        return {
            "certificate": _text(one.der) if one else None,
            "issuer_key_hash": logged.entry.issuer_key_hash.hex(),
            "chain": [_text(above.der) for above in self._above.chain(log, logged.entry)],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry that is of interest.

    Attributes:
        body: the document, without the certificates.
        certificate: what the entry is of; None where nobody can read it.
        chain: what is above it.
    """

    body: Mapping[str, Any]
    certificate: Certificate | None
    chain: Chain

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Return what a document of the monitor is about.

        A precertificate is taken as it was logged where its proof has it, since anybody can tell
        by its poison what it is; else as the log's tree holds it.
        """
        proof: Mapping[str, str] = body["proof"] or {}
        texts: list[str] = [proof.get("certificate", ""), body["certificate"] or ""]
        chain = tuple(Certificate.from_der(b64decode(one)) for one in body["chain"])
        rest = {name: value for name, value in body.items() if name not in _APART}
        document = {**rest, "chain": [one.sha256.hex() for one in chain]}
        return cls(body=document, certificate=_first(texts), chain=chain)

    @property
    def identity(self) -> str:
        """What is the same for a precertificate and its certificate, in whatever log."""
        return str(self.body["id"])

    @property
    def precertificate(self) -> bool:
        """Whether it is one."""
        return bool(self.body["precertificate"])

    @property
    def found_at(self) -> datetime:
        """When it was found."""
        return datetime.fromisoformat(self.body["at"])

    @property
    def logged_at(self) -> datetime:
        """When its log promised it; where nobody can read that, when it was found."""
        logged = self.body["logged_at"]
        return datetime.fromisoformat(logged) if logged else self.found_at

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Why it is of interest."""
        rows = self.body["hits"]
        return tuple(Hit(Kind(one["kind"]), one["watched"], one["seen"]) for one in rows)

    @property
    def names(self) -> tuple[str, ...]:
        """Those of its names that are watched."""
        return tuple(sorted({one.seen or one.watched for one in self.hits}))

    @property
    def where(self) -> tuple[str, ...]:
        """Where it is, as findings say it."""
        body = self.body
        return (f"entry {body['index']} of {body['log']}, log ID {body['log_id']}",)

    @property
    def issued(self) -> Issued | None:
        """What judges take; None where nobody can read it."""
        if self.certificate is None:
            return None
        return Issued(
            certificate=self.certificate,
            chain=self.chain,
            issuer_key_hash=bytes.fromhex(self.body["issuer_key_hash"]),
            logged=self.logged_at,
            where=self.where,
        )

    def for_hits(self, hits: Iterable[Hit]) -> Self:
        """Return the same with some of its hits alone: one organisation's."""
        rows = [{"kind": one.kind, "watched": one.watched, "seen": one.seen} for one in hits]
        body = {**self.body, "hits": rows}
        return type(self)(body=body, certificate=self.certificate, chain=self.chain)

    def better(self, before: Mapping[str, Any]) -> bool:
        """Tell whether it says more than a document of the same issuance that was told before."""
        final = before["precertificate"] and not self.precertificate
        return bool(final or (before["proof"] is None and self.body["proof"] is not None))


def _first(texts: Iterable[str]) -> Certificate | None:
    for text in filter(None, texts):
        try:
            return Certificate.from_der(b64decode(text))
        except CertificateError:
            continue
    return None


def _text(data: bytes) -> str:
    return b64encode(data).decode()
