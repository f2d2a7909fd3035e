"""Evidence that anybody can verify: what a proof says, and that no change makes it say more."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Certificate
from keypin.ct.head import TreeHead
from keypin.ct.merkle import ProofError, inclusion_path
from keypin.ct.proof import MAX_PROOF, Proof, ProofFormatError
from keypin.ct.sct import LogKey
from keypin.lab.ct_entry import Logged
from keypin.lab.ct_key import Head, Signer
from keypin.lab.ct_tree import HashTree

PRECERTIFICATE, CERTIFICATE = 7, 8


def of(served, index: int, *, checkpoint: bool = False) -> Proof:
    """Return the proof of an entry of the lab's log, made of its parts."""
    log, entry = served.log, served.log.entries[index]
    head = TreeHead.of_json(served.get("/ct/v1/get-sth"))
    if checkpoint:
        head = TreeHead.of_checkpoint(served.get("/checkpoint"), "", served.key)
    hashes = [one.leaf_hash for one in log.entries[: head.size]]
    path = tuple(inclusion_path(hashes, index))
    chain = tuple(log.issuers[one] for one in entry.chain)
    return Proof(served.key.log_id, "a log", index, entry.leaf, path, head, entry.der, chain)


def issuer(served) -> Certificate:
    """Return the CA of the lab's log."""
    (der,) = served.log.issuers.values()
    return Certificate.from_der(der)


@pytest.fixture(scope="session", params=[False, True], ids=["get-sth", "checkpoint"])
def proof(request, served) -> Proof:
    """Return the proof of a precertificate, under a head of either form."""
    return of(served, PRECERTIFICATE, checkpoint=request.param)


def test_what_is_proved_of_a_precertificate(proof, served) -> None:
    """The leaf says which certificate, when and where; beside it are its bytes and its issuer."""
    proved = proof.verify(served.key)
    assert (proved.index, proved.size, proved.log_id) == (7, 700, served.key.log_id)
    assert proved.head == proof.head
    assert proved.leaf.precertificate
    assert proved.certificate.dns_names == ("p1.example",)
    assert proved.beside.certificate.der == served.log.entries[7].der
    assert proved.beside.issuer_spki == issuer(served).spki


def test_what_is_proved_of_a_certificate(served) -> None:
    """The leaf has it whole."""
    proved = of(served, CERTIFICATE).verify(served.key)
    assert not proved.leaf.precertificate
    assert proved.certificate == proved.beside.certificate
    assert proved.certificate.dns_names == ("a.example",)
    assert proved.beside.issuer_spki == issuer(served).spki


def test_the_leaf_alone_is_enough(proof, served) -> None:
    """Without anything beside the leaf the same entry is proved, without its issuer."""
    alone = replace(proof, certificate=b"", chain=())
    proved, whole = alone.verify(served.key), proof.verify(served.key)
    assert replace(whole, beside=proved.beside) == proved
    assert proved.beside.certificate is None
    assert Proof.loads(alone.dumps()) == alone


def test_a_proof_is_read_back(proof, served) -> None:
    """What was written is read back, alone on its line, by the names of RFC 6962."""
    text = proof.dumps()
    assert "\n" not in text
    assert Proof.loads(text) == proof
    assert Proof.loads(text.encode()).verify(served.key) == proof.verify(served.key)
    members = json.loads(text)
    assert members["schema"] == "keypin/ct-proof/1"
    assert b64decode(members["leaf_input"]) == served.log.entries[7].leaf
    assert members["tree_head"] == json.loads(served.get("/ct/v1/get-sth"))
    assert ("checkpoint" in members) == bool(proof.head.note)


def test_a_real_log(real_log) -> None:
    """Every entry of a real static log is proved, each precertificate with what the leaf holds."""
    signer, size = Signer.new(), 1024
    entries = [entry for block in real_log.blocks() for entry in block.entries()]
    signed = Head(size, max(one.timestamp_ms for one in entries), real_log.roots[size])
    head = TreeHead(*signed[:2], signed.root, signer.sign_head(signed))
    tree = HashTree()
    for one in real_log.hashes:
        tree.append(one)
    key = LogKey(signer.spki)
    for entry in entries:
        path = tuple(tree.inclusion(entry.index, size))
        made = Proof(key.log_id, "Navigli", entry.index, entry.leaf, path, head, entry.der)
        proved = Proof.loads(made.dumps()).verify(key)
        assert proved.leaf.index == entry.index
        assert proved.leaf.timestamp_ms == entry.timestamp_ms
        assert proved.certificate is not None, proved.flaw


# Each row: what is wrong, and what is said about it.
WRONG = {
    "another log": (
        lambda one, _: replace(one, log_id=bytes(32)),
        "it is of log AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, not of ",
    ),
    "another head": (
        lambda one, _: replace(one, head=replace(one.head, size=701, note="")),
        "the tree head of size 701: the log's signature does not hold",
    ),
    "another index": (
        lambda one, _: replace(one, index=6),
        "leaf 6 of a tree of 700: computed root ",
    ),
    "another leaf": (
        lambda one, log: replace(one, leaf=log.entries[8].leaf),
        "leaf 7 of a tree of 700: computed root ",
    ),
    "another certificate": (
        lambda one, log: replace(one, certificate=log.entries[14].der),
        "the certificate beside the leaf: it is another one; expected the one that the leaf holds",
    ),
    "bytes that are no certificate": (
        lambda one, _: replace(one, certificate=b"anything", chain=()),
        "the certificate beside the leaf: not a readable certificate: ",
    ),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_what_does_not_prove_it(change, message: str, proof, served) -> None:
    """Each part has its own sentence."""
    with pytest.raises(ProofError) as caught:
        change(proof, served.log).verify(served.key)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("note", "message"),
    [
        (
            b"no note",
            "no signatures behind an empty line; expected a signed note, to its last line",
        ),
        (
            "\ud800".encode("utf-8", "surrogatepass"),
            "bytes that are no UTF-8; expected a signed note",
        ),
    ],
)
def test_a_checkpoint_that_is_none(note: bytes, message: str, served) -> None:
    """A note that cannot be read proves nothing, though the head alone would."""
    one = of(served, PRECERTIFICATE)
    wrong = replace(one, head=replace(one.head, note=note.decode("utf-8", "surrogatepass")))
    with pytest.raises(ProofError) as caught:
        wrong.verify(served.key)
    assert str(caught.value) == message


def test_a_checkpoint_of_another_tree(served) -> None:
    """The note must say what the head says, though the log signed both."""
    signer, root = served.log.signer, served.log.tree.root(700)
    later = Head(700, 1_900_000_000_000, root)
    one = of(served, PRECERTIFICATE, checkpoint=True)
    head = TreeHead(*later[:2], root, signer.sign_head(later), one.head.note)
    with pytest.raises(ProofError, match=r"^the checkpoint is of another tree head$"):
        replace(one, head=head).verify(served.key)


def alone(entry: Logged, at: int) -> tuple[Proof, LogKey]:
    """Return the proof of an entry of a log that has no other, and the log's key."""
    signer, tree = Signer.new("rsa"), HashTree()
    tree.append(entry.leaf_hash)
    signed = Head(1, at, tree.root(1))
    head = TreeHead(*signed[:2], signed.root, signer.sign_head(signed))
    return Proof(signer.log_id, "a log", 0, entry.leaf, (), head), LogKey(signer.spki)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            Logged(0, b"", raw=b"garbage"),
            "leaf 0 is in the tree, and is no leaf: 12 bytes are announced, 7 are there;"
            " expected a MerkleTreeLeaf",
        ),
        (
            Logged(0, b"der", extensions=bytes.fromhex("0000050000000009")),
            "leaf 0 says that it is leaf 9",
        ),
        (
            Logged(1_700_000_000_001, b"der"),
            "leaf 0 is of 2023-11-14 22:13:20 UTC, after its tree head, which RFC 6962 section 3.5"
            " forbids",
        ),
    ],
    ids=["no leaf", "another place", "after the head"],
)
def test_leaves_that_contradict_themselves(entry: Logged, message: str) -> None:
    """A log signs what it likes; what makes no sense is no evidence of a certificate."""
    proof, key = alone(entry, 1_700_000_000_000)
    with pytest.raises(ProofError) as caught:
        proof.verify(key)
    assert str(caught.value) == message


def test_an_unreadable_certificate() -> None:
    """It is proved that the log holds it, whatever it is, and said why it cannot be read."""
    proof, key = alone(Logged(5, b"anything"), 1_700_000_000_000)
    proved = proof.verify(key)
    assert proved.certificate is None
    assert proved.flaw.startswith("not a readable certificate: ")
    assert proved.leaf.signed == b"anything"


# Every change


def changed(draw, value):
    """Return another value, of the same kind mostly."""
    kinds = {str: _text, int: _number, list: _rows, dict: _object}
    return kinds[type(value)](draw, value)


def _text(draw, text: str) -> str:
    at = draw(st.integers(0, max(0, len(text) - 1)))
    letter = draw(st.sampled_from("ABCxyz019+/=\n ") | st.characters())
    return text[:at] + letter + text[at + draw(st.integers(0, 1)) :]


def _number(draw, number: int) -> object:
    return draw(st.integers(-3, 3).map(number.__add__) | st.integers() | st.none() | st.floats())


def _rows(draw, rows: list) -> list:
    at = draw(st.integers(0, len(rows) - 1))
    before, here, behind = rows[:at], rows[at : at + 1], rows[at + 1 :]
    others = ([], here * 2, [changed(draw, rows[at])], [[]])
    return draw(st.sampled_from([rows[::-1], *(before + other + behind for other in others)]))


def _object(draw, members: dict) -> dict:
    name = draw(st.sampled_from(sorted(members)))
    if draw(st.booleans()):
        return {key: one for key, one in members.items() if key != name}
    return members | {name: changed(draw, members[name])}


@given(data=st.data(), index=st.sampled_from([PRECERTIFICATE, CERTIFICATE]), note=st.booleans())
def test_no_change_proves_anything_else(data, index: int, note, served) -> None:
    """Whatever is changed in a document, it proves the same entry, or nothing at all."""
    one = of(served, index, checkpoint=note)
    members = json.loads(one.dumps())
    text = json.dumps(changed(data.draw, members))
    proved = one.verify(served.key)
    try:
        found = Proof.loads(text).verify(served.key)
    except (ProofError, ProofFormatError):
        return
    same = replace(found.head, note=proved.head.note)
    assert replace(found, beside=proved.beside, head=same) == proved
    assert found.beside.certificate in (None, proved.beside.certificate)
    assert found.beside.issuer_spki in (b"", proved.beside.issuer_spki)


def test_each_member_counts(proof, served) -> None:
    """A flipped bit in any member but the log's name is found."""
    members = json.loads(proof.dumps())
    flat = {name: one for name, one in members.items() if isinstance(one, str)}
    del flat["log"], flat["schema"]
    flat.pop("checkpoint", None)
    for name, text in flat.items():
        data = bytearray(b64decode(text))
        data[len(data) // 2] ^= 1
        other = json.dumps(members | {name: b64encode(data).decode()})
        with pytest.raises((ProofError, ProofFormatError)):
            Proof.loads(other).verify(served.key)


# The form


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"schema": "keypin/ct-proof/2"},
            "f: schema: 'keypin/ct-proof/2'; expected keypin/ct-proof/1",
        ),
        ({"log_id": "AA=="}, "f: a log ID of 1 bytes; expected 32"),
        ({"log_id": "!"}, "f: log_id: something else; expected base64"),
        ({"log": ""}, "f: log: ''; expected a text of 1 to 4096 characters"),
        ({"log": "\ud800\n"}, "f: the name '\\ud800\\n'; expected one that can be shown"),
        ({"leaf_index": -1}, f"f: leaf_index: -1; expected a whole number below {1 << 63}"),
        ({"leaf_input": ""}, "f: leaf_input: something else; expected base64"),
        ({"audit_path": "AA=="}, "f: audit_path: something else; expected a list of at most 66"),
        ({"audit_path": [7]}, "f: audit_path[0]: something else; expected base64"),
        (
            {"audit_path": ["AA=="]},
            "f: a path that no tree has; expected 66 hashes of 32 bytes at most",
        ),
        ({"tree_head": 1}, "f: tree_head: 1; expected an object"),
        ({"checkpoint": ""}, "f: checkpoint: something else; expected a signed note"),
        ({"certificate": 0}, "f: certificate: something else; expected base64"),
        ({"chain": ["AA=="] * 3}, "f: chain: something else; expected a list of at most 2"),
    ],
)
def test_the_form(change: dict, message: str, served) -> None:
    """What breaks the form is refused, with the place."""
    members = of(served, PRECERTIFICATE).members() | change
    with pytest.raises(ProofFormatError) as caught:
        Proof.loads(json.dumps(members), name="f")
    assert str(caught.value) == message


def test_parts_that_belong_together(served) -> None:
    """A chain takes a certificate, and a head its form."""
    members = of(served, PRECERTIFICATE).members()
    del members["certificate"]
    with pytest.raises(ProofFormatError) as caught:
        Proof.loads(json.dumps(members))
    expected = "1 certificates in the chain; expected 2 at most, with a certificate, or none"
    assert str(caught.value) == expected
    members["tree_head"]["sha256_root_hash"] = "AA=="
    with pytest.raises(ProofFormatError) as caught:
        Proof.loads(json.dumps(members))
    assert str(caught.value) == "tree_head: a root of 1 bytes; expected 32"
    del members["leaf_input"]
    with pytest.raises(ProofFormatError, match=r"^leaf_input: nothing; expected base64$"):
        Proof.loads(json.dumps(members))


def test_values_that_no_log_has(proof) -> None:
    """The constructor checks as well."""
    with pytest.raises(ProofFormatError, match=r"^the index -1; expected 0 or more, below 2"):
        replace(proof, index=-1)


def test_what_is_no_document() -> None:
    """What is too large, or no JSON, or no object, is refused."""
    with pytest.raises(
        ProofFormatError, match=r"^f: a document of 16777217 bytes; expected 16777216"
    ):
        Proof.loads(bytes(MAX_PROOF + 1), name="f")
    with pytest.raises(ProofFormatError, match=r"^no JSON: .*; expected a proof$"):
        Proof.loads(b"\xff")
    with pytest.raises(ProofFormatError, match=r"^no JSON: "):
        Proof.loads("[" * 100_000)
    with pytest.raises(ProofFormatError, match=r"^a list; expected an object$"):
        Proof.loads("[]")


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_document(data: bytes | str) -> None:
    """Any text is a proof or an error of its own."""
    with pytest.raises(ProofFormatError):
        Proof.loads(data)
