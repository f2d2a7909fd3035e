"""The lab's log promises, publishes and proves as RFC 6962 says, on made and on real entries."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Certificate
from keypin.ct.merkle import verify_consistency, verify_inclusion
from keypin.ct.sct import Entry, LogKey, Sct, SctError, embedded
from keypin.errors import InputError
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_authority import precertificate_signer
from keypin.lab.ct_entry import Logged
from keypin.lab.ct_key import Signer
from keypin.lab.ct_log import CtLog, certify

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(issued) -> Certificate:
    """Return a certificate as keypin reads it."""
    return Certificate.from_der(issued.der)


def verify_head(log: CtLog) -> None:
    """Verify the last head's signature with keypin's own reader of log keys."""
    head, signed = log.head, log.signed(log.head)
    data = b"\x00\x01" + head.timestamp_ms.to_bytes(8, "big") + head.size.to_bytes(8, "big")
    LogKey(log.signer.spki).verify_signature(signed[0], signed[1], signed[4:], data + head.root)


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_heads_are_signed(kind: str) -> None:
    """Heads verify with the log's key, of both kinds that RFC 6962 allows."""
    log = CtLog(key=kind)
    assert log.head is None
    log.publish(NOW)
    verify_head(log)
    log.append(Logged(1, b"anything"))
    assert log.publish(NOW + timedelta(hours=1)).size == 1
    verify_head(log)


def test_no_log_signs_with_ed25519() -> None:
    """RFC 6962 has no such logs."""
    with pytest.raises(TypeError, match="no log signs with Ed25519"):
        Signer.new("ed25519")


def test_real_entries_have_their_real_roots(real_entries, vectors) -> None:
    """1,024 entries of a real log give its roots, at every size that is known."""
    log = CtLog()
    for entry in real_entries:
        log.append(entry)
    known = json.loads((vectors / "ct/static_ct/navigli_expect.json").read_bytes())
    assert {size: log.tree.root(int(size)) for size in known["roots"]} == {
        size: b64decode(root) for size, root in known["roots"].items()
    }


def test_certificates_carry_real_scts(ct_ca) -> None:
    """What the authority logs and issues verifies as what public CAs issue does, in two logs."""
    logs = CtLog(), CtLog(key="rsa", static=False)
    request = Request(name="a", key=new_key("ecdsa"), hosts=("a.example",), issuer=ct_ca)
    leaf = read(certify(request, logs, NOW))
    scts = embedded(leaf)
    for log, sct in zip(logs, scts, strict=True):
        LogKey(log.signer.spki).verify(sct, Entry.of_precertificate(leaf, read(ct_ca)))
    assert [sct.extensions.hex() for sct in scts] == ["0000050000000000", ""]
    with pytest.raises(SctError, match="another log"):
        LogKey(logs[1].signer.spki).verify(scts[0], Entry.of_certificate(leaf))


def test_a_signer_of_precertificates(ct_ca) -> None:
    """A precertificate by a dedicated CA is logged under the issuer of the certificate."""
    log = CtLog()
    signer = precertificate_signer(ct_ca, new_key("ecdsa"), NOW)
    request = Request(name="a", key=new_key("ecdsa"), hosts=("a.example",), issuer=ct_ca)
    leaf = read(log.certify(request, NOW, signer=signer))
    (sct,) = embedded(leaf)
    LogKey(log.signer.spki).verify(sct, Entry.of_precertificate(leaf, read(ct_ca)))


def test_a_certificate_has_its_sct(ct_ca) -> None:
    """A certificate that is logged as it is has its SCT outside; logged twice, it is one entry."""
    log = CtLog(roots=[ct_ca.der])
    leaf = issue(Request(name="a", key=new_key("ecdsa"), issuer=ct_ca), NOW)
    sct = Sct.parse(log.add([leaf.der], NOW))
    LogKey(log.signer.spki).verify(sct, Entry.of_certificate(read(leaf)))
    again = Sct.parse(log.add([leaf.der], NOW + timedelta(hours=1)))
    assert (again.timestamp, len(log)) == (NOW, 1)


def test_what_a_log_does_not_take(ct_ca) -> None:
    """A chain is refused with what is wrong with it."""
    log = CtLog(roots=[ct_ca.der])
    own = issue(Request(name="own", key=new_key("ecdsa")), NOW)
    with pytest.raises(InputError, match="'CN=own' leads to no root of this log"):
        log.add([own.der], NOW)
    with pytest.raises(InputError, match="'CN=Log CA' did not sign 'CN=own'"):
        log.add([own.der, ct_ca.der], NOW)
    with pytest.raises(InputError, match="an empty chain"):
        log.add([], NOW)
    with pytest.raises(InputError, match="a request without an issuer"):
        log.certify(Request(name="own", key=new_key("ecdsa")), NOW)


def test_a_precertificate_needs_its_issuer(ct_ca) -> None:
    """Its leaf names the issuer's key, so the chain must show it."""
    log, kept = CtLog(), CtLog()
    kept.certify(Request(name="a", key=new_key("ecdsa"), issuer=ct_ca), NOW)
    with pytest.raises(InputError, match="a precertificate without its issuer"):
        log.add([kept.entries[0].der], NOW)


def test_proofs(ct_log) -> None:
    """Every entry is proved, and every smaller tree."""
    head = ct_log.head
    for index in (0, 99, 100, 299):
        leaf = ct_log.entries[index].leaf_hash
        assert ct_log.position(leaf) == index
        verify_inclusion(leaf, index, 300, ct_log.tree.inclusion(index, 300), head.root)
    path = ct_log.tree.consistency(77, 300)
    verify_consistency(77, 300, ct_log.tree.root(77), head.root, path)
    assert ct_log.position(bytes(32)) is None


def test_a_leaf_that_is_there_twice_is_found_at_the_first() -> None:
    """RFC 6962 asks for a leaf by its hash alone."""
    log = CtLog(static=False)
    log.extend([(1, b"one", None, None)] * 2)
    log.extend([(2, b"two", None, None)])
    assert [log.position(entry.leaf_hash) for entry in log.entries] == [0, 0, 2]


def test_faults_need_a_name_and_a_head() -> None:
    """An unknown fault, and one of a log without entries, is refused."""
    log = CtLog()
    with pytest.raises(InputError, match="no fault 'kind'; expected one of fork"):
        log.misbehave("kind")
    with pytest.raises(InputError, match="a log without entries; publish a head first"):
        log.misbehave("fork")
