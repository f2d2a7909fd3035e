"""The JSON shapes of Certificate Transparency: lists, logs, heads, SCTs, and browsers' verdicts."""

from base64 import b64encode
from typing import TYPE_CHECKING

from keypin.cli.shapes import Shape, time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keypin.cli.log_lists import Named
    from keypin.cli.transparency import Examined
    from keypin.ct.head import TreeHead
    from keypin.ct.log_list import ListedLog
    from keypin.ct.promise import Promise
    from keypin.monitor.inclusion import Inclusion


def log_list(named: "Named") -> Shape:
    """Return which list was gone by."""
    listed = named.logs.timestamp
    return {
        "source": named.source,
        "version": named.logs.version,
        "timestamp": time(listed) if listed else None,
        "signed": named.signed,
    }


def log(listed: "ListedLog") -> Shape:
    """Return what a list says of a log."""
    standing, interval = listed.standing, listed.interval
    return {
        "log_id": b64encode(listed.log_id).decode(),
        "log": listed.description,
        "operator": listed.operator,
        "api": listed.api,
        "state": standing.state if standing else None,
        "state_since": time(standing.since) if standing else None,
        "interval": {"start": time(interval.start), "end": time(interval.end)}
        if interval
        else None,
        "mmd": listed.mmd,
        "submission_url": listed.submission_url,
        "monitoring_url": listed.monitoring_url,
    }


def head(signed: "TreeHead") -> Shape:
    """Return a tree head."""
    return {
        "size": signed.size,
        "time": time(signed.timestamp),
        "root": signed.root.hex(),
        "signature": b64encode(signed.signature).decode(),
        "timestamp_ms": signed.timestamp_ms,
    }


def transparency(one: "Examined") -> Shape:
    """Return what a certificate's SCTs are, and what browsers make of them."""
    return {
        "certificate": one.certificate.sha256.hex(),
        "scts": scts(one),
        "browsers": browsers(one),
    }


def scts(one: "Examined", proofs: "Sequence[Inclusion]" = ()) -> list[Shape]:
    """Return each SCT, with the proof that its log holds the certificate where it was asked."""
    by_promise = dict(zip(one.promises, proofs, strict=False))
    return [_sct(promise, by_promise.get(promise)) for promise in one.promises]


def _sct(promise: "Promise", proof: "Inclusion | None") -> Shape:
    listed = promise.log
    standing = listed.standing if listed else None
    return {
        "log_id": b64encode(promise.sct.log_id).decode(),
        "log": listed.description if listed else None,
        "operator": promise.operator,
        "api": listed.api if listed else None,
        "state": standing.state if standing else None,
        "state_since": time(standing.since) if standing else None,
        "delivery": promise.delivery,
        "timestamp_ms": promise.sct.timestamp_ms,
        "time": time(promise.sct.timestamp),
        "signature": promise.signature,
        "leaf_hash": promise.leaf_hash.hex() if promise.leaf_hash else None,
        "inclusion": _inclusion(proof) if proof else None,
    }


def _inclusion(proof: "Inclusion") -> Shape:
    return {
        "outcome": proof.outcome,
        "detail": proof.detail or None,
        "index": proof.index,
        "path": [one.hex() for one in proof.path],
        "head": head(proof.head) if proof.head else None,
    }


def browsers(one: "Examined") -> list[Shape]:
    """Return each browser's verdict, with what each SCT is worth to it, in their order."""
    return [
        {
            "browser": verdict.policy.browser,
            "policy": verdict.policy.page,
            "accepted": verdict.accepted,
            "reasons": list(verdict.reasons),
            "scts": [{"counts": one.counts, "why": one.why} for one in verdict.worths],
        }
        for verdict in one.verdicts.each
    ]
