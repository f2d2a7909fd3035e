"""Evidence out of logs: asked for, verified at once, and handed on as a document.

A follower proves its hits here, and `keypin ct prove` what somebody asks for. Nothing is handed on
that does not verify; what a log cannot give beside the leaf, as the issuer, is left out.
"""

from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import httpx2

from keypin.certs import Certificate
from keypin.ct.entry import LogEntry
from keypin.ct.head import TreeHead
from keypin.ct.leaf import Leaf
from keypin.ct.log_list import ListedLog
from keypin.ct.merkle import ProofError, leaf_hash, verify_inclusion
from keypin.ct.promise import Promise
from keypin.ct.proof import Proof
from keypin.ct.proved import belonging
from keypin.errors import CertificateError, InputError
from keypin.monitor.client import LogError
from keypin.monitor.inclusion import Inclusion, prove_all
from keypin.monitor.logs import source_of
from keypin.monitor.source import Source


class NoSuchEntryError(InputError):
    """A log has not as many entries."""


# Issuers by fingerprint, which a static log hands out one by one.
Issuers = MutableMapping[bytes, bytes]


def prove(
    source: Source,
    log_id: bytes,
    name: str,
    entry: LogEntry,
    head: TreeHead,
    *,
    issuers: Issuers | None = None,
) -> Proof:
    """Return the proof that an entry is in the tree of a head.

    Args:
        source: the log.
        log_id: SHA-256 of its key.
        name: what people call it.
        entry: which, as the log handed it out.
        head: whose signature is verified, of a tree that is large enough.
        issuers: those known already; what is asked for is added.

    Raises:
        ProofError: the log does not prove it.
        LogError: the log does not answer.
    """
    hashed = leaf_hash(entry.leaf)
    there, path = source.inclusion(entry.index, head.size)
    if there != hashed:
        raise ProofError(f"leaf {entry.index} of {name} is not the entry that it handed out")
    verify_inclusion(hashed, entry.index, head.size, path, head.root)
    whole, chain = _beside(source, entry, {} if issuers is None else issuers)
    return Proof(log_id, name, entry.index, entry.leaf, tuple(path), head, whole, chain)


def _beside(source: Source, entry: LogEntry, issuers: Issuers) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the certificate as it was logged, and the chain up to its issuer, where they fit."""
    chain: tuple[bytes, ...] = ()
    with suppress(InputError, LogError):
        leaf = Leaf.parse(entry.leaf)
        for one in (entry.issuers or entry.chain)[: 2 if entry.precertificate else 1]:
            chain = (*chain, one if entry.issuers else _fetched(source, one, issuers))
            with suppress(CertificateError):
                belonging(leaf, entry.der, chain)
                return entry.der, chain
    return b"", ()


def _fetched(source: Source, fingerprint: bytes, issuers: Issuers) -> bytes:
    if fingerprint not in issuers:
        issuers[fingerprint] = source.issuer(fingerprint)
    return issuers[fingerprint]


def prove_entry(
    log: ListedLog, index: int, http: httpx2.Client, pause: Callable[[float], None]
) -> Proof:
    """Return the proof of an entry under the newest head of its log.

    Args:
        log: which.
        index: of the entry, from 0.
        http: the connections to use.
        pause: what its client waits with.

    Raises:
        NoSuchEntryError: the log has no such entry.
        InputError: what it hands out is no head or no entry.
        HeadError: the log did not sign its head.
        ProofError: the log does not prove it.
        LogError: the log does not answer.
    """
    source = source_of(log, http, pause)
    head = source.head()
    if index >= head.size:
        raise NoSuchEntryError(
            f"no entry {index:,} in {log.description}", expected=f"one below {head.size:,}"
        )
    [block, *_] = source.blocks(index, index + 1, head.size)
    return prove(source, log.log_id, log.description, block.entry(0), head)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a log answered about a certificate, and the proof where it gave one."""

    inclusion: Inclusion
    proof: Proof | None


def prove_certificate(
    certificate: Certificate,
    issuer: Certificate,
    promises: tuple[Promise, ...],
    http: httpx2.Client,
    at: datetime,
) -> tuple[Answer, ...]:
    """Ask each log that promised a certificate for the proof that it holds it.

    Args:
        certificate: with embedded SCTs, or with promises of another delivery.
        issuer: who issued it.
        promises: its SCTs, by `keypin.ct.promise.promises_of`.
        http: the connections to use.
        at: the time of the check.
    """
    found = prove_all(promises, http, at)
    return tuple(Answer(one, _proof(one, certificate, issuer)) for one in found)


def _proof(found: Inclusion, certificate: Certificate, issuer: Certificate) -> Proof | None:
    log, entry = found.promise.log, found.promise.entry
    head, index = found.head, found.index
    if log is None or entry is None or head is None or index is None:
        return None
    leaf, chain = entry.leaf(found.promise.sct), (issuer.der,)
    return Proof(log.log_id, log.description, index, leaf, found.path, head, certificate.der, chain)
