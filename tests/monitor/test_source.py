"""The interfaces of logs: heads, blocks of entries, proofs and issuers, against the lab's log."""

import json
from base64 import b64encode
from hashlib import sha256

import pytest

from keypin.ct.entry import EntryFormatError
from keypin.ct.head import HeadError
from keypin.ct.merkle import ProofError, verify_consistency, verify_inclusion
from keypin.ct.sct import LogKey
from keypin.lab.ct_api import MIXED, PROOFS, RFC6962, STATIC
from keypin.lab.ct_key import Signer
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_view import Answer
from keypin.monitor.client import AnswerError, RefusedError, TooLargeError
from keypin.monitor.source import PAGE, Pages, Tiles

STH, CHECKPOINT = "/ct/v1/get-sth", "/checkpoint"
CONSISTENCY, BY_HASH = "/ct/v1/get-sth-consistency", "/ct/v1/get-proof-by-hash"


@pytest.fixture
def pages(client):
    """Return a function that reads a server's log by pages."""
    return lambda server: Pages(client(server), LogKey(server.api.log.signer.spki))


@pytest.fixture
def tiles(client):
    """Return a function that reads a server's log by tiles."""
    return lambda server, **more: Tiles(client(server), LogKey(server.api.log.signer.spki), **more)


def paths(server) -> list[str]:
    """Return what was asked for, and forget it."""
    asked = [seen.target for seen in server.seen]
    server.seen.clear()
    return asked


def leaves(log: CtLog, first: int, end: int) -> list[bytes]:
    """Return the hashes of leaves."""
    return [log.tree.leaf(n) for n in range(first, end)]


def hashes(blocks) -> list[bytes]:
    """Return the hashes in blocks."""
    return [one for block in blocks for one in block.hashes]


# Both


def test_the_head(log, serve, source) -> None:
    """It is the log's, and its signature holds."""
    head = source(serve(log)).head()
    assert (head.size, head.root) == (700, log.tree.root(700))


def test_a_head_that_another_key_signed(log, serve, client) -> None:
    """Whoever reads knows the key."""
    server, key = serve(log), LogKey(Signer.new().spki)
    with pytest.raises(HeadError, match="the tree head of size 700: the log's signature does not"):
        Pages(client(server), key).head()
    with pytest.raises(HeadError, match="has no signature of the log's key"):
        Tiles(client(server), key).head()


@pytest.mark.parametrize(("first", "end"), [(0, 256), (256, 512), (512, 700), (300, 301)])
def test_entries(first, end, log, serve, source) -> None:
    """A block has the hashes and the entries of its range."""
    blocks = source(serve(log)).blocks(first, end, 700)
    assert hashes(blocks) == leaves(log, first, end)
    assert (blocks[0].first, blocks[-1].end) == (first, end)
    entry = blocks[-1].entry(len(blocks[-1]) - 1)
    assert (entry.index, entry.der) == (end - 1, log.entries[end - 1].der)


def test_where_answers_end(log, serve, source) -> None:
    """At multiples of 256, or at the end of the tree."""
    source = source(serve(log))
    ends = {0: 256, 255: 256, 256: 512, 511: 512, 512: 700, 699: 700}
    assert {first: source.end_of_answer(first, 700) for first in ends} == ends


def test_an_answer_has_a_limit(log, serve, source) -> None:
    """What has more bytes is refused."""
    with pytest.raises(TooLargeError, match="more than 10000 bytes"):
        source(serve(log)).blocks(0, 256, 700, 10_000)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 700), (255, 256), (511, 700), (699, 700)])
def test_a_proof_of_inclusion(index, size, log, serve, grow, source) -> None:
    """It proves the leaf in the tree of any size that the log had."""
    grow(log, 400)
    leaf, path = source(serve(log)).inclusion(index, size)
    verify_inclusion(leaf, index, size, path, log.tree.root(size))
    assert leaf == log.tree.leaf(index)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (256, 700), (511, 512), (699, 700)])
def test_a_proof_of_consistency(first, second, log, serve, source) -> None:
    """It proves that one tree is the beginning of the other."""
    path = source(serve(log)).consistency(first, second)
    verify_consistency(first, second, log.tree.root(first), log.tree.root(second), path)


@pytest.mark.parametrize(("first", "second"), [(0, 700), (700, 700), (700, 5)])
def test_what_needs_no_proof(first, second, log, serve, source) -> None:
    """The log is not asked."""
    server = serve(log)
    assert source(server).consistency(first, second) == []
    assert paths(server) == []


# Pages


def test_short_answers_are_gone_on_from(log, serve, pages) -> None:
    """A log gives as much as it likes."""
    server = serve(log, page_limit=100, aligned=False)
    assert hashes(pages(server).blocks(0, 256, 700)) == leaves(log, 0, 256)
    starts = [path.partition("start=")[2] for path in paths(server)]
    assert starts == ["0&end=255", "100&end=255", "200&end=255"]


def test_what_a_log_gives_is_learnt(log, serve, pages) -> None:
    """After two short answers of one length no more is asked for; one may be of chance."""
    source = pages(serve(log, page_limit=100))
    assert source.end_of_answer(0, 700) == PAGE
    source.blocks(0, 150, 700)
    assert source.end_of_answer(0, 700) == PAGE
    source.blocks(200, 456, 700)
    assert source.end_of_answer(0, 700) == 100
    assert source.end_of_answer(150, 700) == 200


def test_short_answers_of_other_lengths_are_not_learnt(log, serve, pages) -> None:
    """They come of how the log lays out its pages."""
    source = pages(serve(log, page_limit=200))
    source.blocks(100, 256, 700)
    source.blocks(250, 506, 700)
    assert source.end_of_answer(0, 700) == PAGE


def test_more_entries_than_asked_for(log, script, client) -> None:
    """They are refused: nobody knows which they are."""
    entries = [{"leaf_input": "", "extra_data": ""}] * 3
    server = script(Answer(json.dumps({"entries": entries}).encode()))
    source = Pages(client(server), LogKey(log.signer.spki))
    with pytest.raises(EntryFormatError, match="3 entries from 5; expected 2 at most"):
        source.blocks(5, 7, 700)


def test_short_answers_share_the_limit(log, serve, pages) -> None:
    """However a log cuts a range into answers, they are no larger together."""
    source = pages(serve(log, page_limit=10))
    [*_] = source.blocks(0, 10, 700, 12_000)
    with pytest.raises(TooLargeError):
        source.blocks(0, 40, 700, 12_000)


def test_a_torn_page_has_no_hashes(log, serve, pages) -> None:
    """There is nothing to step over it by."""
    with pytest.raises(EntryFormatError, match=r"^why; expected a page of entries$"):
        pages(serve(log)).torn(0, 256, 700, "why")


def test_pages_have_no_issuers(log, serve, pages) -> None:
    """Their entries carry the chains."""
    server = serve(log)
    with pytest.raises(AnswerError, match=f"^{server.url}: serves no issuers, as {'00' * 32}$"):
        pages(server).issuer(bytes(32))


PATH = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"{", "ct/v1/get-sth-consistency.*: no JSON$"),
        (b"[" * 60_000, "ct/v1/get-sth-consistency.*: no JSON$"),
        (b"[]", "ct/v1/get-sth-consistency.*: no JSON object$"),
        (b"{}", ": no path of hashes"),
        (b'{"consistency": 5}', ": no path of hashes"),
        (b'{"consistency": [5]}', ": no path of hashes"),
        (b'{"consistency": ["*"]}', ": no path of hashes"),
        (b'{"consistency": ["\xc3\xa9"]}', ": no path of hashes"),
    ],
)
def test_what_is_no_proof(answer, complaint, log, script, client) -> None:
    """The error says what the answer is not."""
    source = Pages(client(script(Answer(answer))), LogKey(log.signer.spki))
    with pytest.raises(AnswerError, match=complaint):
        source.consistency(1, 2)


def test_a_proof_of_another_leaf(log, serve, grow, pages) -> None:
    """A log that has an entry twice proves the first; that is said."""
    twin = log.entries[5]
    log.append(twin)
    grow(log, 0)
    with pytest.raises(AnswerError, match="a proof of leaf 5, where 700 was asked for"):
        pages(serve(log)).inclusion(700, 701)


# Tiles


def test_tiles_are_asked_for_by_their_width(log, serve, tiles) -> None:
    """The last is a partial one; a part of a tile is taken out of it."""
    server = serve(log)
    source = tiles(server)
    source.blocks(0, 256, 700)
    [part] = source.blocks(600, 610, 700)
    assert paths(server) == ["/tile/data/000", "/tile/data/002.p/188"]
    assert (part.first, part.end, part.hashes) == (600, 610, leaves(log, 600, 610))


@pytest.mark.parametrize("partial", [True, False])
def test_a_partial_tile_may_be_gone(partial, log, serve, grow, tiles) -> None:
    """When the full one is there; then that is read instead, as long as it is asked for so."""
    grow(log, 400)
    server = serve(log, partial=partial)
    source = tiles(server)
    assert hashes(source.blocks(600, 700, 700)) == leaves(log, 600, 700)
    leaf, path = source.inclusion(699, 700)
    verify_inclusion(leaf, 699, 700, path, log.tree.root(700))
    assert ("/tile/data/002" in paths(server)) == (not partial)


def test_a_tile_that_is_not_there(log, serve, tiles) -> None:
    """Neither in part nor full: the error is of the full one."""
    source = tiles(serve(log))
    with pytest.raises(RefusedError, match="tile/data/003: answered 404 Not Found"):
        source.blocks(768, 800, 800)
    with pytest.raises(RefusedError, match="tile/data/005: answered 404 Not Found"):
        source.blocks(1280, 1536, 2000)


def test_a_tile_that_is_refused(log, script, client) -> None:
    """Only what is not there is looked for elsewhere."""
    server = script(Answer(b"", 403))
    with pytest.raises(RefusedError, match=r"tile/data/002\.p/188: answered 403"):
        Tiles(client(server), LogKey(log.signer.spki)).blocks(512, 700, 700)
    assert len(paths(server)) == 1


def test_proofs_are_made_of_few_tiles(log, serve, tiles) -> None:
    """Each is asked for once."""
    server = serve(log)
    tiles(server).inclusion(3, 700)
    assert sorted(paths(server)) == ["/tile/0/000", "/tile/0/002.p/188", "/tile/1/000.p/2"]


def test_a_short_tile_of_hashes(log, serve, tiles) -> None:
    """It proves nothing."""
    log.misbehave("truncated")
    with pytest.raises(AnswerError, match=r"tile/0/000: 4096 bytes of hashes"):
        tiles(serve(log)).inclusion(3, 700)


def test_a_wrong_tile_of_hashes(log, serve, tiles) -> None:
    """What is made of it proves nothing: the one who asked verifies."""
    log.misbehave("wrong-hash-tile")
    leaf, path = tiles(serve(log)).inclusion(3, 700)
    with pytest.raises(ProofError):
        verify_inclusion(leaf, 3, 700, path, log.tree.root(700))


def test_a_torn_tile_is_told_by_its_hashes(log, serve, tiles) -> None:
    """Each of its entries has a leaf, and a flaw; its bytes are the tile's."""
    source = tiles(serve(log))
    block = source.torn(600, 700, 700, "why")
    assert (block.first, block.hashes) == (600, leaves(log, 600, 700))
    assert block.flawed == tuple(range(100))
    entry = block.entry(99)
    assert (entry.index, entry.flaw, entry.timestamp_ms) == (699, "in a torn tile: why", 0)
    assert entry.der == block.data
    assert log.entries[699].tile_leaf in block.data


def test_the_origin_of_a_checkpoint(log, serve, tiles) -> None:
    """It is held to the log's name, where that is known."""
    server = serve(log)
    assert tiles(server, origin=server.api.origin).head().size == 700
    with pytest.raises(HeadError, match=rf"is of '{server.api.origin}', not of 'other.example'"):
        tiles(server, origin="other.example").head()


def test_issuers_are_checked(log, serve, tiles) -> None:
    """A certificate comes by its fingerprint, and is it."""
    der = b"a certificate"
    log.issuers.update({sha256(der).digest(): der, bytes(32): der})
    source = tiles(serve(log))
    assert source.issuer(sha256(der).digest()) == der
    with pytest.raises(AnswerError, match=f"issuer/{'00' * 32}: another certificate"):
        source.issuer(bytes(32))


# Parts of the interfaces


def test_a_log_that_mixes_them(log, serve, pages, tiles) -> None:
    """Heads come by get-sth, where there is no checkpoint; the rest by tiles."""
    server = serve(log, MIXED)
    source = tiles(server, heads=pages(server).head)
    assert source.head().size == 700
    assert paths(server) == [CHECKPOINT, STH]
    assert hashes(source.blocks(0, 256, 700)) == leaves(log, 0, 256)
    with pytest.raises(RefusedError, match="checkpoint: answered 404"):
        tiles(server).head()


def test_a_checkpoint_that_is_there_counts(log, serve, pages, tiles) -> None:
    """Whatever else answers; and another error than that it is not there is one."""
    server = serve(log)
    tiles(server, heads=pages(server).head).head()
    assert paths(server) == [CHECKPOINT]
    log.misbehave("gzip-lie")
    with pytest.raises(AnswerError):
        tiles(server, heads=pages(server).head).head()


def test_neither_interface_needs_the_other(log, serve, pages, tiles) -> None:
    """Each asks only for what is its own."""
    for parts, kind in ((RFC6962, pages), (STATIC, tiles)):
        source = kind(serve(log, parts))
        source.head()
        source.blocks(0, 256, 700)
        source.inclusion(5, 700)
        source.consistency(5, 700)


def test_a_log_without_proofs(log, serve, pages) -> None:
    """It refuses, and that is said."""
    source = pages(serve(log, RFC6962 - {PROOFS}))
    for ask in (lambda: source.inclusion(5, 700), lambda: source.consistency(5, 700)):
        with pytest.raises(RefusedError, match="answered 404"):
            ask()
