"""Evidence out of logs of every interface: what is handed on, others can verify."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Certificate
from keypin.ct.log_list import LogList
from keypin.ct.merkle import ProofError
from keypin.ct.promise import promises_of
from keypin.ct.proof import Proof
from keypin.ct.sct import LogKey
from keypin.errors import InputError
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import BOTH, MIXED, RFC6962, STATIC
from keypin.lab.ct_authority import precertificate_signer
from keypin.lab.ct_entry import Logged
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog, certify
from keypin.monitor.client import LogError
from keypin.monitor.evidence import prove, prove_certificate, prove_entry
from keypin.monitor.inclusion import Outcome
from keypin.monitor.logs import source_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = new_key("ecdsa")
CA = issue(Request(name="Evidence CA", key=KEY, ca=True), NOW)
SIGNER = precertificate_signer(CA, new_key("ecdsa"), NOW)
WANTED = Request(name="a", key=KEY, hosts=("a.example",), issuer=CA)
LATER = NOW + timedelta(hours=1)


def never(_: float) -> None:
    """Pause for nothing."""


@pytest.fixture
def evident() -> CtLog:
    """Return a log of a certificate, a precertificate, and one that another signed."""
    log = CtLog("a log")
    log.add([issue(WANTED, NOW).der, CA.der], NOW)
    log.certify(WANTED, NOW)
    log.certify(WANTED, NOW, signer=SIGNER)
    log.publish(LATER)
    return log


@pytest.fixture(params=[RFC6962, STATIC, MIXED], ids=["rfc6962", "static", "mixed"])
def server(request, evident, serve):
    """Return a server of the log, by each kind of interface."""
    return serve(evident, request.param)


def listed(*servers) -> LogList:
    """Return a list of the logs that are served."""
    return LogList.loads(json.dumps(log_list(servers, NOW)))


def test_an_entry_is_proved_to_anybody(server, http) -> None:
    """The document of any entry is verified with the log's key alone, its issuer included."""
    (log,) = listed(server).logs
    for index, precertificate in enumerate((False, True, True)):
        proof = prove_entry(log, index, http, never)
        proved = Proof.loads(proof.dumps()).verify(LogKey(server.api.log.signer.spki))
        assert (proof.log, proved.index, proved.size) == ("a log", index, 3)
        assert proved.leaf.precertificate is precertificate
        assert proved.certificate.dns_names == ("a.example",)
        assert proved.beside.certificate.der == server.api.log.entries[index].der
        assert proved.beside.issuer_spki == Certificate.from_der(CA.der).spki


def test_an_index_beyond_the_log(server, http) -> None:
    """It is told how far the log goes."""
    (log,) = listed(server).logs
    with pytest.raises(InputError) as caught:
        prove_entry(log, 3, http, never)
    assert str(caught.value) == "no entry 3 in a log; expected one below 3"


def test_a_log_that_proves_nothing(server, http) -> None:
    """An entry that is not the one in the tree is no evidence."""
    (log,) = listed(server).logs
    server.api.log.misbehave("wrong-leaf", index=1)
    with pytest.raises((ProofError, LogError)):
        prove_entry(log, 1, http, never)


def test_a_tile_with_another_entry(evident, serve, http) -> None:
    """The leaf of the data tile is held against the tiles of hashes."""
    server = serve(evident, STATIC)
    (log,) = listed(server).logs
    evident.misbehave("wrong-leaf", index=1)
    with pytest.raises(ProofError) as caught:
        prove_entry(log, 1, http, never)
    assert str(caught.value) == "leaf 1 of a log is not the entry that it handed out"


def test_issuers_are_asked_for_once(evident, serve, http) -> None:
    """A follower hands in those that it knows, and has the new ones after."""
    server = serve(evident, STATIC)
    (log,) = listed(server).logs
    source, known = source_of(log, http, never), dict[bytes, bytes]()
    head = source.head()
    [block] = source.blocks(0, 3, 3)
    for entry in block.entries():
        prove(source, log.log_id, "a log", entry, head, issuers=known).verify(log.key)
    asked = [one.target for one in server.seen if "issuer" in one.target]
    assert len(asked) == len(known) == 2
    assert set(known.values()) == {CA.der, SIGNER.der}


@pytest.mark.parametrize("given", [b"", b"no certificate"])
def test_without_the_issuer(given: bytes, evident, serve, http) -> None:
    """Where the log has not the issuer, or something in its place, the leaf is proved alone."""
    server = serve(evident, RFC6962)
    (log,) = listed(server).logs
    fingerprint = next(iter(evident.issuers))
    evident.issuers[fingerprint] = given
    if not given:
        del evident.issuers[fingerprint]
    proof = prove_entry(log, 1, http, never)
    assert (proof.certificate, proof.chain) == (b"", ())
    assert proof.verify(log.key).certificate.dns_names == ("a.example",)


def test_an_issuer_that_is_not_served(evident, serve, http) -> None:
    """A static log that refuses the issuer proves the leaf all the same."""
    server = serve(evident, STATIC)
    (log,) = listed(server).logs
    evident.issuers.clear()
    assert prove_entry(log, 0, http, never).chain == ()


def test_an_entry_whose_certificate_is_none(evident, serve, http) -> None:
    """It is proved that the log holds the bytes."""
    evident.append(Logged(5, b"anything"))
    evident.publish(LATER)
    (log,) = listed(serve(evident, RFC6962)).logs
    proved = prove_entry(log, 3, http, never).verify(log.key)
    assert (proved.certificate, proved.leaf.signed) == (None, b"anything")


def test_a_certificate_is_proved_by_each_of_its_logs(serve, http) -> None:
    """Every log that promised it is asked; the certificate itself stands beside the leaf."""
    logs = CtLog("one"), CtLog("two"), CtLog("late")
    issued = certify(WANTED, logs, NOW)
    for log in logs[:2]:
        log.publish(LATER)
    logs[2].publish(NOW - timedelta(days=1))
    logs[2].heads[-1] = logs[2].heads[-1]._replace(size=0, root=logs[2].tree.root(0))
    listing = listed(serve(logs[0], RFC6962), serve(logs[1], BOTH), serve(logs[2], STATIC))
    certificate, issuer = (Certificate.from_der(one.der) for one in (issued, CA))
    promises = promises_of(certificate, listing, issuer=issuer)
    answers = prove_certificate(certificate, issuer, promises, http, LATER)
    outcomes = [one.inclusion.outcome for one in answers]
    assert outcomes == [Outcome.INCLUDED, Outcome.INCLUDED, Outcome.NOT_YET]
    for log, answer in zip(logs, answers[:2], strict=False):
        proved = answer.proof.verify(LogKey(log.signer.spki))
        assert proved.beside.certificate == certificate
        assert answer.proof.log == log.name
    assert answers[2].proof is None
