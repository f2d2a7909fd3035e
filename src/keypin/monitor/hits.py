"""What a watch list finds in logs, as news: one document for each entry, judged and with evidence.

A document says what was issued, why it is of interest, what is to be said of it, and where it
stands. Its proof is put in when the entry is verified (`with_proof`), since only then is there a
signed tree that holds it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from keypin.ct.entry import Block
from keypin.ct.head import TreeHead
from keypin.ct.logged import Logged, read
from keypin.ct.merkle import ProofError
from keypin.ct.watch_list import Hit, WatchList
from keypin.findings import Finding
from keypin.monitor import evidence
from keypin.monitor.client import LogError
from keypin.monitor.log import Log
from keypin.monitor.store import News, Store
from keypin.pins import Pin
from keypin.rotation.issued_findings import alone

# A log may take a day to show what it promised, and a CA some to issue; what is not there in a week
# is not coming.
ALONE = timedelta(days=7)
# Of one stretch: a log is asked for no more; any other is had later, by `keypin ct prove`.
PROVED = 100

# What is to be said of an entry, and why it is of interest.
Judge = Callable[[Log, Logged, Sequence[Hit]], Iterable[Finding]]

# Further members of the document of an entry.
More = Callable[[Log, Logged], Mapping[str, Any]]


class Hits:
    """What looks through the entries of logs; for many threads.

    Args:
        watched: what is watched.
        judge: says what is to be said of each entry that is of interest.
        now: the clock.
        more: what else a document is to hold.
    """

    def __init__(
        self,
        watched: WatchList,
        judge: Judge = lambda _log, _logged, _hits: (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        more: More = lambda _log, _logged: {},
    ) -> None:
        self._watched = watched
        self._judge = judge
        self._more = more
        self._now = now

    def __call__(self, log: Log, block: Block) -> Iterator[News]:
        """Yield news of the entries of a block that are of interest."""
        for position in self._watched.candidates(block):
            logged = read(block.entry(position))
            hits = self._watched.matches(logged)
            if hits:
                yield self._news(log, logged, hits)

    def _news(self, log: Log, logged: Logged, hits: Sequence[Hit]) -> News:
        now, entry, moment = self._now(), logged.entry, logged.moment
        issuance = logged.issuance.hex()
        body = {
            "type": "certificate",
            "id": issuance,
            "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "log": log.name,
            "log_id": log.id.hex(),
            "index": entry.index,
            "logged_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None,
            "precertificate": entry.precertificate,
            "hits": [{"kind": one.kind, "watched": one.watched, "seen": one.seen} for one in hits],
            **_facts(logged),
            "findings": [_finding(one) for one in self._judge(log, logged, hits)],
            "proof": None,
            **self._more(log, logged),
        }
        return News(
            f"entry {entry.index}",
            json.dumps(body),
            entry.index,
            issuance,
            final=not entry.precertificate,
            at=int(now.timestamp()),
            subject=entry,
        )


def _facts(logged: Logged) -> dict[str, Any]:
    certificate = logged.certificate
    if certificate is None:
        return {"names": [], "flaw": logged.flaw}
    return {
        "names": [*certificate.dns_names_unicode, *certificate.ip_addresses],
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": f"{certificate.serial_number:x}",
        "not_before": f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "key": str(Pin.of_key(certificate)),
        "flaw": logged.flaw,
    }


def _finding(one: Finding) -> dict[str, Any]:
    """Return a finding with the members that it has in every document."""
    place = one.place
    return {
        "id": one.id,
        "severity": one.severity,
        "subject": one.subject,
        "message": one.message,
        "cure": one.cure,
        "evidence": list(one.evidence),
        "place": {"file": place.file, "line": place.line, "key": place.key} if place else None,
    }


def with_proofs(log: Log, news: Iterable[News], head: TreeHead) -> Iterator[News]:
    """Yield news with the proofs that a head's tree holds their entries, of the first hundred.

    Where the log does not give one now, the news goes without, and says why.
    """
    issuers: evidence.Issuers = {}
    left = PROVED
    for one in news:
        if one.subject is None or left == 0:
            yield one
            continue
        left -= 1
        body = json.loads(one.body)
        try:
            proof = evidence.prove(log.source, log.id, log.name, one.subject, head, issuers=issuers)
            body["proof"] = proof.members()
        except (LogError, ProofError) as error:
            body["unproved"] = str(error)
        yield one._replace(body=json.dumps(body), subject=None)


def tell_alone(store: Store, now: datetime) -> None:
    """Add the news of precertificates of which no certificate was logged within a week; once each.

    Args:
        store: what was told of them.
        now: the time.
    """
    for log, issuance, told in store.alone(int((now - ALONE).timestamp())):
        body = json.loads(told)
        where = f"entry {body['index']} of {body['log']}, log ID {body['log_id']}"
        said = alone(body["hits"][0]["watched"], (where,))
        body |= {"at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "findings": [_finding(said)]}
        store.add(log, [News(f"alone {issuance}", json.dumps(body))])
