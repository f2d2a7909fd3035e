"""Whether a log holds what it promised: a real one is asked, and what it says is verified."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Certificate
from keypin.ct.log_list import Api, LogList
from keypin.ct.merkle import ProofError, verify_inclusion
from keypin.ct.promise import Promise, Signature, promises_of
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import RFC6962, STATIC
from keypin.lab.ct_faults import FAULTS
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.monitor import client as client_module
from keypin.monitor.inclusion import Outcome, prove, prove_all, read_proof

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


@pytest.fixture(params=["pages", "tiles"])
def promised(request, serve, grow) -> Callable[..., tuple[Promise, CtLog]]:
    """Return a function that has a log of 700 entries promise one more, and serves it."""

    def promise(*, publish: bool = True) -> tuple[Promise, CtLog]:
        static = request.param == "tiles"
        log = CtLog("promising", static=static)
        grow(log, 700)
        ca = issue(Request(name="CA", key=new_key("ecdsa"), ca=True), NOW)
        leaf = log.certify(Request(name="a", key=ca.key, issuer=ca), NOW)
        grow(log, 5, LATER) if publish else log.entries.pop()
        server = serve(log, STATIC if static else RFC6962)
        listed = LogList.loads(json.dumps(log_list([server], NOW)))
        certificate, issuer = Certificate.from_der(leaf.der), Certificate.from_der(ca.der)
        [one] = promises_of(certificate, listed, issuer=issuer)
        return one, log

    return promise


def test_included(promised, http) -> None:
    """The proof that comes back is one, by our own verification and by anyone's."""
    promise, _ = promised()
    found = prove(promise, http, LATER)
    assert (found.outcome, found.index, found.open) == (Outcome.INCLUDED, 700, False)
    assert found.head is not None
    assert found.head.size == 706
    assert promise.leaf_hash is not None
    verify_inclusion(promise.leaf_hash, 700, 706, found.path, found.head.root)


def test_not_yet(promised, http) -> None:
    """Within the maximum merge delay its absence says nothing."""
    promise, log = promised(publish=False)
    log.publish(LATER)
    found = prove(promise, http, NOW + timedelta(hours=23))
    assert (found.outcome, found.open) == (Outcome.NOT_YET, False)
    assert found.detail == "it may take until 2026-11-24 12:00Z"


def test_a_head_from_before(promised, http) -> None:
    """A head of before the end of the delay says nothing either, however late it is."""
    promise, _ = promised(publish=False)
    assert prove(promise, http, LATER).outcome is Outcome.NOT_YET


def test_missing(promised, http) -> None:
    """After the delay the log has broken its word."""
    promise, log = promised(publish=False)
    log.publish(LATER)
    found = prove(promise, http, LATER)
    assert (found.outcome, found.detail) == (
        Outcome.MISSING,
        "it was to hold it by 2026-11-24 12:00Z",
    )
    assert found.head is not None
    assert found.head.size == 700


def test_an_empty_log(promised, http) -> None:
    """A log without entries has no proof to give, and is not asked for one."""
    promise, log = promised(publish=False)
    log.heads.clear()
    log.entries.clear()
    log.publish(LATER)
    assert prove(promise, http, LATER).outcome is Outcome.MISSING


IN, MISSING, WRONG = Outcome.INCLUDED, Outcome.MISSING, Outcome.WRONG
UNREACHABLE = Outcome.UNREACHABLE
# What comes of each fault, and words of the reason: by pages, and by tiles.
ROOT, OTHER, HEAD = "computed root", "is another certificate", "signature does not hold"
OUTCOMES = {
    "fork": ((WRONG, ROOT), (WRONG, OTHER)),
    "other-root": ((WRONG, ROOT), (WRONG, ROOT)),
    "rollback": ((MISSING, ""), (MISSING, "")),
    "stalled": ((IN, ""), (IN, "")),
    "bad-signature": ((WRONG, HEAD), (WRONG, HEAD)),
    "future": ((IN, ""), (IN, "")),
    "wrong-leaf": ((IN, ""), (IN, "")),
    "malformed-entry": ((WRONG, ROOT), (WRONG, OTHER)),
    "garbage-certificate": ((WRONG, ROOT), (WRONG, OTHER)),
    "wrong-hash-tile": ((IN, ""), (WRONG, ROOT)),
    "wrong-proof": ((WRONG, ROOT), (IN, "")),
    "truncated": ((IN, ""), (UNREACHABLE, "bytes of hashes")),
    "oversized": ((IN, ""), (UNREACHABLE, "more than 8192 bytes")),
    "endless": ((UNREACHABLE, "more than 65536 bytes"),) * 2,
    "slow": ((UNREACHABLE, "no whole answer within"),) * 2,
    "cut-off": ((UNREACHABLE, "peer closed connection"),) * 2,
    "too-many-requests": ((UNREACHABLE, "answered 429"),) * 2,
    "server-error": ((UNREACHABLE, "answered 503"),) * 2,
    "not-found": ((MISSING, ""), (UNREACHABLE, "answered 404")),
    "gzip-lie": ((UNREACHABLE, "no gzip stream"),) * 2,
    "gzip-cut": ((UNREACHABLE, "the gzip stream breaks off"),) * 2,
    "gzip-bomb": ((UNREACHABLE, "more than 65536 bytes"),) * 2,
    "broken-json": ((WRONG, "no tree head"), (WRONG, "no signatures")),
    "deep-json": ((UNREACHABLE, "more than 65536 bytes"),) * 2,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(promised, http, monkeypatch, fault: str) -> None:
    """Whatever a log does, nothing is taken for a proof that is none, and nothing takes long."""
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.3)
    promise, log = promised()
    log.misbehave(fault, index=700)
    found = prove(promise, http, LATER, 0.05)
    outcome, words = OUTCOMES[fault][promise.log.api is Api.STATIC]
    assert found.outcome is outcome
    assert words in found.detail
    assert found.open is (outcome is UNREACHABLE)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"[]", "no proof, but b'[]'"),
        (b'{"leaf_index": "7", "audit_path": []}', "no leaf's index, but 7"),
        (b'{"leaf_index": 7, "audit_path": ["!"]}', "no proof, but"),
    ],
)
def test_answers_that_are_no_proof(answer: bytes, words: str) -> None:
    """A page that is no proof is told with its first bytes."""
    with pytest.raises(ProofError, match=re.escape(words)):
        read_proof(answer)


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_any_answer(answer: bytes) -> None:
    """Whatever a log answers, it is a proof or it is told that it is none."""
    with suppress(ProofError):
        read_proof(answer)


def test_all_at_once_and_those_that_cannot_be_asked(promised, http) -> None:
    """Each promise has its answer, in order; one of an unknown log or unverified is not asked."""
    promise, _ = promised()
    unknown = replace(promise, log=None, signature=Signature.UNKNOWN_LOG)
    unverified = replace(promise, signature=Signature.NO_ISSUER)
    found = prove_all([unknown, promise, unverified], http, LATER)
    assert [one.outcome for one in found] == [Outcome.NOT_ASKED, IN, Outcome.NOT_ASKED]
    assert [one.detail for one in found] == [
        "the log is not known",
        "",
        "its signature was not verified",
    ]
    assert found[0].open


def test_a_static_log_whose_sct_names_no_leaf(serve, grow, http) -> None:
    """The SCT of a static log must say where its entry is."""
    log = CtLog("promising", static=False)
    grow(log, 10)
    ca = issue(Request(name="CA", key=new_key("ecdsa"), ca=True), NOW)
    leaf = log.certify(Request(name="a", key=ca.key, issuer=ca), NOW)
    grow(log, 1)
    listed = LogList.loads(json.dumps(log_list([serve(log, STATIC)], NOW)))
    certificate, issuer = Certificate.from_der(leaf.der), Certificate.from_der(ca.der)
    [promise] = promises_of(certificate, listed, issuer=issuer)
    found = prove(promise, http, LATER)
    assert (found.outcome, found.detail) == (WRONG, "the SCT of a static log names no leaf")
