"""The lab's log answers both APIs in the fields and bytes that their specifications name."""

import json
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keypin.certs import Certificate
from keypin.ct.merkle import leaf_hash, verify_consistency, verify_inclusion
from keypin.ct.sct import Entry, LogKey, Sct
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import BOTH, MIXED, RFC6962, STATIC, Ask, CtApi
from keypin.lab.ct_key import Witness
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_view import Answer, Client

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def get(api: CtApi, path: str, body: bytes | None = None, **query: object) -> Answer:
    """Ask for a path."""
    words = {name: str(value) for name, value in query.items()}
    return api.answer(Ask(path, Client(1), words, body))


def members(api: CtApi, name: str, body: bytes | None = None, **query: object):
    """Ask for JSON of RFC 6962."""
    answer = get(api, f"/ct/v1/{name}", body, **query)
    assert (answer.status, answer.content_type) == (200, "application/json")
    return json.loads(answer.body)


def test_get_sth(ct_log) -> None:
    """A head has the four members of RFC 6962 section 4.3."""
    head = members(CtApi(ct_log), "get-sth")
    assert head == {
        "tree_size": 300,
        "timestamp": round(NOW.timestamp() * 1000),
        "sha256_root_hash": b64encode(ct_log.head.root).decode(),
        "tree_head_signature": b64encode(ct_log.signed(ct_log.head)).decode(),
    }


def test_pages_end_at_their_limit(ct_log) -> None:
    """A page is short where the limit, its multiple or the log ends; leaves are those hashed."""
    api = CtApi(ct_log, page_limit=128)
    sizes = [len(members(api, "get-entries", start=at, end=999)["entries"]) for at in (0, 100, 256)]
    assert sizes == [128, 28, 44]
    free = CtApi(ct_log, page_limit=128, aligned=False)
    page = members(free, "get-entries", start=100, end=999)["entries"]
    assert len(page) == 128
    for index, row in enumerate(page, 100):
        assert leaf_hash(b64decode(row["leaf_input"])) == ct_log.tree.leaf(index)
    assert len(members(api, "get-entries", start=7, end=7)["entries"]) == 1


def test_extra_data(ct_log, ct_ca) -> None:
    """`extra_data` is the chain, and before it the precertificate where the entry is of one."""
    rows = members(CtApi(ct_log), "get-entries", start=99, end=100)["entries"]
    chain = len(ct_ca.der).to_bytes(3, "big") + ct_ca.der
    listed = len(chain).to_bytes(3, "big") + chain
    poisoned = ct_log.entries[100].der
    assert [b64decode(row["extra_data"]) for row in rows] == [
        listed,
        len(poisoned).to_bytes(3, "big") + poisoned + listed,
    ]


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("get-entries", {"start": 300, "end": 301}, 400),
        ("get-entries", {"start": 2, "end": 1}, 400),
        ("get-entries", {"start": -1, "end": 1}, 400),
        ("get-entries", {}, 400),
        ("get-sth-consistency", {"first": 0, "second": 1}, 400),
        ("get-sth-consistency", {"first": 1, "second": 301}, 400),
        ("get-proof-by-hash", {"hash": "A" * 43 + "=", "tree_size": 300}, 404),
        ("get-proof-by-hash", {"hash": "???", "tree_size": 300}, 400),
        ("get-entry-and-proof", {"leaf_index": 5, "tree_size": 5}, 400),
        ("get-nothing", {}, 404),
        ("add-chain", {}, 404),
    ],
)
def test_what_is_not_there(ct_log, name: str, query: dict[str, object], status: int) -> None:
    """Requests for what the log does not have are errors of HTTP."""
    assert get(CtApi(ct_log), f"/ct/v1/{name}", **query).status == status


def test_proofs(ct_log) -> None:
    """Proofs of both kinds hold for the head that the log signed."""
    api, root = CtApi(ct_log), ct_log.head.root
    grown = members(api, "get-sth-consistency", first=7, second=300)["consistency"]
    verify_consistency(7, 300, ct_log.tree.root(7), root, [b64decode(one) for one in grown])
    leaf = ct_log.entries[100].leaf_hash
    proof = members(api, "get-proof-by-hash", hash=b64encode(leaf).decode(), tree_size=300)
    path = [b64decode(one) for one in proof["audit_path"]]
    verify_inclusion(leaf, proof["leaf_index"], 300, path, root)
    entry = members(api, "get-entry-and-proof", leaf_index=100, tree_size=300)
    assert leaf_hash(b64decode(entry["leaf_input"])) == leaf
    assert entry["audit_path"] == proof["audit_path"]


@pytest.mark.parametrize("name", ["add-chain", "add-pre-chain"])
def test_submission(ct_ca, name: str) -> None:
    """A chain that is posted gets an SCT that verifies, and is published at once."""
    log, other = CtLog(roots=[ct_ca.der]), CtLog()
    api = CtApi(log, clock=lambda: NOW)
    request = Request(name="a", key=new_key("ecdsa"), hosts=("a.example",), issuer=ct_ca)
    if name == "add-chain":
        chain = [issue(request, NOW).der, ct_ca.der]
        entry = Entry.of_certificate(Certificate.from_der(chain[0]))
    else:
        other.certify(request, NOW)
        chain = [other.entries[0].der, ct_ca.der]
        entry = Entry.of_precertificate(*(Certificate.from_der(der) for der in chain))
    body = json.dumps({"chain": [b64encode(der).decode() for der in chain]}).encode()
    sct = members(api, name, body)
    signature = b64decode(sct["signature"])
    promise = Sct(
        b64decode(sct["id"]),
        sct["timestamp"],
        b64decode(sct["extensions"]),
        signature[0],
        signature[1],
        signature[4:],
        sct["sct_version"],
    )
    LogKey(log.signer.spki).verify(promise, entry)
    assert members(api, "get-sth")["tree_size"] == 1
    assert members(api, "get-roots") == {"certificates": [b64encode(ct_ca.der).decode()]}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"chain": ["?"]}', b'{"chain": []}', b"{}"])
def test_a_bad_submission(body: bytes) -> None:
    """What is no chain is refused."""
    answer = get(CtApi(CtLog()), "/ct/v1/add-chain", body)
    assert answer.status == 400
    assert answer.body.startswith(b"no chain that this log takes")


def test_merging_later(ct_ca) -> None:
    """A log may promise first and publish later, within its delay."""
    log = CtLog()
    body = json.dumps({"chain": [b64encode(ct_ca.der).decode()]}).encode()
    members(CtApi(log, merge=False, clock=lambda: NOW), "add-chain", body)
    assert (len(log), log.head) == (1, None)
    assert get(CtApi(log), "/ct/v1/get-sth").status == 503


def test_real_tiles(real_entries, vectors) -> None:
    """Real entries give the bytes of the real tiles, whole and partial, data and hashes."""
    log = CtLog()
    for entry in real_entries:
        log.append(entry)
    log.publish(NOW)
    folder = vectors / "ct/static_ct/navigli2025h2"
    real = [path for path in folder.rglob("*") if path.is_file() and "names" not in path.parts]
    assert len(real) == 10
    for path in real:
        answer = get(CtApi(log), f"/{path.relative_to(folder)}")
        assert answer.body == path.read_bytes(), path
    known = json.loads((vectors / "ct/static_ct/navigli_expect.json").read_bytes())
    above = b"".join(b64decode(one) for one in known["level1_tile_hashes"])
    assert get(CtApi(log), "/tile/1/000.p/4").body == above


def test_the_checkpoint(ct_ca) -> None:
    """A checkpoint is a signed note: the log's signature (0x05), and those of its witnesses."""
    witness = Witness("witness.example")
    log = CtLog(witnesses=[witness])
    log.add([ct_ca.der], NOW)
    log.publish(NOW)
    note = get(CtApi(log, origin="log.example/1"), "/checkpoint").body.decode()
    text, _, below = note.partition("\n\n")
    assert text.split("\n") == ["log.example/1", "1", b64encode(log.head.root).decode()]
    ours, theirs = (line.split(" ") for line in below.splitlines())
    raw = b64decode(ours[2])
    hint = sha256(b"log.example/1\n\x05" + log.signer.log_id).digest()[:4]
    stamp = log.head.timestamp_ms.to_bytes(8, "big")
    assert (ours[1], raw) == ("log.example/1", hint + stamp + log.signed(log.head))
    name, _, key = witness.vkey.split("+", 2)
    raw = b64decode(theirs[2])
    seconds = int.from_bytes(raw[4:12], "big")
    assert (theirs[1], seconds) == (name, int(NOW.timestamp()))
    message = f"cosignature/v1\ntime {seconds}\n{text}\n".encode()
    Ed25519PublicKey.from_public_bytes(b64decode(key)[1:]).verify(raw[12:], message)


def test_issuers(ct_log, ct_ca) -> None:
    """An issuer is served by its fingerprint, which entries in tiles have."""
    api = CtApi(ct_log)
    fingerprint = sha256(ct_ca.der).digest()
    assert get(api, "/tile/data/000").body.count(fingerprint) == 256
    assert get(api, f"/issuer/{fingerprint.hex()}").body == ct_ca.der
    assert get(api, f"/issuer/{'0' * 64}").status == 404
    assert get(api, "/issuer/nothing").status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tile/0/001.p/44", 200),
        ("/tile/0/001.p/45", 404),
        ("/tile/0/001", 404),
        ("/tile/0/000.p/256", 404),
        ("/tile/0/000.p/0", 404),
        ("/tile/0/000.p/01", 404),
        ("/tile/6/000", 404),
        ("/tile/0/1", 404),
        ("/tile/1/000.p/1", 200),
        ("/tile/data/001.p/44", 200),
        ("/tile/data/x001/000", 404),
        ("/tile/data/001.p/45", 404),
    ],
)
def test_which_tiles_are_there(ct_log, path: str, status: int) -> None:
    """Tiles up to the head are there, under their one name each."""
    assert get(CtApi(ct_log), path).status == status


def test_partial_tiles_may_go(ct_log) -> None:
    """A log may take back a partial tile when the full one is there."""
    paths = ("/tile/0/000.p/9", "/tile/data/000.p/9", "/tile/0/001.p/9")
    assert [get(CtApi(ct_log), path).status for path in paths] == [200, 200, 200]
    assert [get(CtApi(ct_log, partial=False), path).status for path in paths] == [404, 404, 200]


def test_parts_of_the_api(ct_log) -> None:
    """Each part of the API can be left out, as logs of each kind do."""
    paths = ("/ct/v1/get-sth", "/ct/v1/get-roots", "/checkpoint", "/tile/0/000")
    found = {
        parts: [get(CtApi(ct_log, parts), path).status for path in paths]
        for parts in (RFC6962, STATIC, MIXED, BOTH)
    }
    assert found == {
        RFC6962: [200, 200, 404, 404],
        STATIC: [404, 200, 200, 200],
        MIXED: [200, 200, 404, 200],
        BOTH: [200, 200, 200, 200],
    }


def test_a_published_head_is_all_there_is(ct_log, ct_ca) -> None:
    """What was promised since the last head is not handed out yet."""
    ct_log.add([ct_ca.der], NOW)
    api = CtApi(ct_log)
    assert len(ct_log) == 301
    assert get(api, "/ct/v1/get-entries", start=300, end=300).status == 400
    assert get(api, "/tile/data/001.p/45").status == 404
    assert re.match(rb".*\n300\n", get(api, "/checkpoint").body)
