"""Entries: real ones of both interfaces, those of the lab, and everything that is none."""

import json
from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Certificate
from keypin.ct.entry import (
    MAX_PAGE,
    MAX_PAGE_ENTRIES,
    MAX_TILE,
    EntryFormatError,
    leaf_index,
    page_entry,
    read_page,
    read_tile,
)
from keypin.ct.merkle import leaf_hash, root_of
from keypin.lab.ct_entry import Logged
from keypin.lab.ct_entry import leaf_index as index_extension

STAMP = (1_700_000_000_000).to_bytes(8, "big")


def opaque(data: bytes, octets: int) -> bytes:
    """Return bytes behind their length."""
    return len(data).to_bytes(octets, "big") + data


def page(*rows: tuple[bytes, bytes]) -> bytes:
    """Return an answer to get-entries."""
    entries = [
        {"leaf_input": b64encode(leaf).decode(), "extra_data": b64encode(extra).decode()}
        for leaf, extra in rows
    ]
    return json.dumps({"entries": entries}).encode()


def logged(entry: Logged) -> tuple[bytes, bytes]:
    """Return the row of a page for an entry of the lab; each issuer is the name of itself."""
    return entry.leaf, entry.extra_data({one: one for one in entry.chain})


CERTIFICATE = Logged(1000, b"certificate", chain=(b"i" * 32,), extensions=index_extension(7))
PRECERTIFICATE = Logged(2000, b"poisoned", b"k" * 32, b"tbs", (b"i" * 32, b"r" * 32))


def test_real_tiles_give_the_tree_of_the_log(real_log) -> None:
    """Each leaf has the hash that the log's own tiles have, and the tree its roots."""
    for number, block in enumerate(real_log.blocks()):
        assert (block.first, block.end, len(block)) == (256 * number, 256 * number + 256, 256)
        assert b"".join(block.hashes) == real_log.tile(f"0/{number:03}")
        assert block.flawed == ()
    hashes = real_log.hashes
    assert {size: root_of(hashes[:size]) for size in real_log.roots} == real_log.roots


def test_real_tiles_give_their_entries(real_log) -> None:
    """An entry taken apart is what others made of it."""
    blocks = real_log.blocks()
    for case in real_log.expect["entries"]:
        block = blocks[case["index"] // 256]
        entry = block.entry(case["index"] % 256)
        assert (entry.index, entry.timestamp_ms) == (case["index"], case["timestamp_ms"])
        assert entry.precertificate
        assert leaf_hash(entry.leaf) == b64decode(case["leaf_hash"])
        assert [one.hex() for one in entry.chain] == case["chain_fingerprints"]
        assert (entry.issuers, entry.flaw) == ((), "")
        assert sorted(Certificate.from_der(entry.der).dns_names) == sorted(case["dns_names"])
        assert all(name.encode() in block.data for name in case["dns_names"])


def test_real_entries_say_where_they_are(real_log) -> None:
    """A static log puts the index into each leaf, so that the tree vouches for it."""
    entries = [entry for block in real_log.blocks() for entry in block.entries()]
    assert [leaf_index(entry.leaf) for entry in entries] == list(range(1024))
    assert [entry.index for entry in entries] == list(range(1024))


def test_names_are_found_in_the_bytes_of_a_tile(real_log) -> None:
    """What others found by names is found by bytes, in the leaf of its entry."""
    texts = [leaf for block in real_log.blocks() for leaf in block.leaves()]
    for domain, indices in real_log.expect["watch"]["cases"].items():
        assert indices
        assert all(domain.encode() in texts[index] for index in indices)


def test_a_real_partial_tile(real_log) -> None:
    """A partial tile is the beginning of the full one."""
    partial = read_tile(real_log.tile("data/003.p/10"), 768, 10)
    full = real_log.blocks()[3]
    assert partial.hashes == full.hashes[:10]
    assert list(partial.entries()) == [full.entry(position) for position in range(10)]


def test_a_real_page(vectors) -> None:
    """An answer to get-entries of a real log gives the certificate, its chain and its hash."""
    stored = json.loads((vectors / "ct/rfc6962_get_entries_real.json").read_text())
    expect = stored["expect"]
    block = read_page(json.dumps(stored["get_entries"]).encode(), expect["index"])
    [entry] = block.entries()
    assert (entry.index, entry.timestamp_ms) == (expect["index"], expect["timestamp_ms"])
    assert entry.precertificate
    assert block.hashes == [b64decode(expect["leaf_hash"])]
    assert entry.issuer_key_hash == b64decode(expect["issuer_key_hash"])
    pins = [b64encode(Certificate.from_der(one).spki_sha256).decode() for one in entry.issuers]
    assert pins == expect["chain_pins"]
    assert sorted(Certificate.from_der(entry.der).dns_names) == sorted(expect["dns_names"])
    assert (entry.chain, entry.flaw, block.flawed) == ((), "", ())


def test_the_data_of_a_real_page_says_the_names(vectors) -> None:
    """The leaf of a precertificate holds its TBSCertificate, and so the subject and all names."""
    stored = json.loads((vectors / "ct/rfc6962_get_entries_real.json").read_text())
    block = read_page(json.dumps(stored["get_entries"]).encode(), 0)
    certificate = Certificate.from_der(block.entry(0).der)
    assert certificate.common_name
    for name in (certificate.common_name, *stored["expect"]["dns_names"]):
        assert name.encode() in block.data
    assert block.entry(0).der not in block.data


def test_both_interfaces_give_the_same_entries(served) -> None:
    """Hashes, certificates and times are equal; the chain is told in fingerprints, or whole."""
    tile = read_tile(served.get("/tile/data/001"), 256, 256)
    paged = read_page(served.get("/ct/v1/get-entries", start=256, end=511), 256)
    assert tile.hashes == paged.hashes == [one.leaf_hash for one in served.log.entries[256:512]]
    for one, other, entry in zip(
        tile.entries(), paged.entries(), served.log.entries[256:], strict=False
    ):
        assert one.der == other.der == entry.der
        assert one.leaf == other.leaf == entry.leaf
        assert (one.index, one.timestamp_ms) == (other.index, other.timestamp_ms)
        assert one.precertificate is other.precertificate is bool(entry.kind)
        assert one.issuer_key_hash == other.issuer_key_hash == (entry.issuer_key_hash or b"")
        assert one.chain == tuple(sha256(der).digest() for der in other.issuers)


def test_both_interfaces_hold_what_certificates_say(served) -> None:
    """The leaves stand in the bytes of a page as in those of a tile, and the names in them."""
    tile = read_tile(served.get("/tile/data/000"), 0, 256)
    paged = read_page(served.get("/ct/v1/get-entries", start=0, end=255), 0)
    for block in (tile, paged):
        for leaf, entry in zip(block.leaves(), block.entries(), strict=True):
            [name] = Certificate.from_der(entry.der).dns_names
            assert leaf == entry.leaf
            assert name.encode() in leaf


def test_a_part_of_a_block_is_a_block(served) -> None:
    """It has the entries, the bytes and the offsets that it would have by itself."""
    whole = read_tile(served.get("/tile/data/002.p/188"), 512, 188)
    assert whole.part(512, 700) is whole
    for first, end in ((512, 600), (550, 560), (600, 700), (699, 700)):
        part = whole.part(first, end)
        assert (part.first, part.end, len(part)) == (first, end, end - first)
        assert part.hashes == whole.hashes[first - 512 : end - 512]
        assert [entry.index for entry in part.entries()] == list(range(first, end))
        assert part.offsets[0] == 0
        assert part.leaves() == [entry.leaf for entry in part.entries()]


def test_a_block_knows_what_it_keeps(served) -> None:
    """A tile and its leaves, or a page without its base64 and the leaves; a part its own, too."""
    body = served.get("/tile/data/000")
    tile = read_tile(body, 0, 256)
    assert tile.kept == len(body) + len(tile.data)
    part = tile.part(3, 7)
    assert part.kept == tile.kept + len(part.data)
    body = served.get("/ct/v1/get-entries", start=0, end=255)
    assert read_page(body, 0).kept == len(body) * 3 // 4 + len(tile.data)


def test_the_flaws_of_a_part_are_counted_from_its_beginning() -> None:
    """An entry with a flaw has its position in the part, and those outside are left out."""
    good, bad = logged(CERTIFICATE), (b"garbage", b"")
    block = read_page(page(bad, good, bad, good, bad), 10)
    assert block.flawed == (0, 2, 4)
    part = block.part(11, 14)
    assert part.flawed == (1,)
    assert [bool(entry.flaw) for entry in part.entries()] == [False, True, False]


@pytest.mark.parametrize(
    ("leaf", "flaw"),
    [
        (b"", "1 bytes are announced, 0 are there"),
        (b"\x01\x00", "a leaf of version 1 and type 0"),
        (b"\x00\x02", "a leaf of version 0 and type 2"),
        (b"\x00\x00" + STAMP + b"\x80\x00", "an entry of unknown type 32768"),
        (b"\x00\x00" + STAMP, "10 bytes are announced, 8 are there"),
        (CERTIFICATE.leaf[:-1], "8 bytes are announced, 7 are there"),
        (CERTIFICATE.leaf + b"x", "1 bytes too many"),
        (PRECERTIFICATE.leaf[:20], "32 bytes are announced, 8 are there"),
    ],
)
def test_a_leaf_that_cannot_be_read_is_kept(leaf: bytes, flaw: str) -> None:
    """The tree grows past it: it has its hash and its bytes, and says what is wrong."""
    block = read_page(page((leaf, b"")), 5)
    entry = block.entry(0)
    assert entry.flaw == flaw
    assert (entry.index, entry.leaf, entry.der) == (5, leaf, leaf)
    assert block.hashes == [leaf_hash(leaf)]
    assert block.flawed == (0,)


@pytest.mark.parametrize(
    ("entry", "extra", "der", "flaw"),
    [
        (CERTIFICATE, b"", b"certificate", "3 bytes are announced, 0 are there"),
        (CERTIFICATE, b"\x00\x00\x05\x00\x00\x02i", b"certificate",
         "5 bytes are announced, 4 are there"),
        (CERTIFICATE, opaque(b"\x00\x00\x02i", 3), b"certificate",
         "2 bytes are announced, 1 are there"),
        (CERTIFICATE, opaque(b"", 3) + b"xy", b"certificate", "2 bytes too many"),
        (PRECERTIFICATE, b"\x00\x00\x09poisoned", b"", "9 bytes are announced, 8 are there"),
        (PRECERTIFICATE, opaque(b"poisoned", 3) + b"\x00", b"poisoned",
         "3 bytes are announced, 1 are there"),
    ],
)  # fmt: skip
def test_extra_data_that_cannot_be_read(entry, extra: bytes, der: bytes, flaw: str) -> None:
    """What the tree vouches for is there still; the chain is not."""
    block = read_page(page((entry.leaf, extra)), 0)
    one = block.entry(0)
    assert (one.der, one.issuers, one.flaw) == (der, (), f"in the extra data: {flaw}")
    assert (one.timestamp_ms, one.precertificate) == (entry.timestamp_ms, bool(entry.kind))
    assert block.flawed == (0,)


def test_a_chain_that_others_have_is_looked_at_too() -> None:
    """Entries with the chain of one before them are right, those with another are not thereby."""
    leaf, chain = CERTIFICATE.leaf, opaque(opaque(b"i" * 9, 3), 3)
    same_length, short = opaque(opaque(b"i" * 8, 3) + b"x", 3), chain[1:]
    before = opaque(b"poisoned", 3)
    block = read_page(
        page(
            (leaf, chain),
            (leaf, chain),
            (leaf, same_length),
            (leaf, short),
            (PRECERTIFICATE.leaf, before + chain),
            (PRECERTIFICATE.leaf, b"\x00" + before + chain),
            (PRECERTIFICATE.leaf, before[:-1]),
        ),
        0,
    )
    assert block.flawed == (2, 3, 5, 6)
    assert [bool(entry.flaw) for entry in block.entries()] == [
        False, False, True, True, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b'{"entries":[]}', "0 entries in a page; expected 1 to 4096"),
        (page(*[(b"", b"")] * (MAX_PAGE_ENTRIES + 1)),
         "4097 entries in a page; expected 1 to 4096"),
        (b"", "no page of entries: Input data was truncated; expected JSON entries"),
        (b"{}", "no page of entries: Object missing required field `entries`; expected JSON "
         "entries"),
        (b'{"entries":[{"leaf_input":"AA=","extra_data":""}]}',
         "a page that is no base64; expected base64 entries"),
        (bytes(MAX_PAGE + 1), "a page of 134217729 bytes; expected 134217728 at most"),
    ],
    ids=["empty", "too many", "nothing", "other", "base64", "too large"],
)  # fmt: skip
def test_what_is_no_page(data: bytes, complaint: str) -> None:
    """An answer that is none says what is wrong with it."""
    with pytest.raises(EntryFormatError) as caught:
        read_page(data, 0)
    assert str(caught.value) == complaint


@pytest.mark.parametrize("data", [b'{"entries":[{"leaf_input":"\xff"}]}', b'{"x":' + b"[" * 10**6])
def test_text_that_no_reader_of_json_takes(data: bytes) -> None:
    """Broken UTF-8 and deep nesting are no page either."""
    with pytest.raises(EntryFormatError, match="no page of entries"):
        read_page(data, 0)


TWO = CERTIFICATE.tile_leaf + PRECERTIFICATE.tile_leaf


@pytest.mark.parametrize(
    ("data", "width", "complaint"),
    [
        (TWO[:-1], 2, "an entry that breaks off, at entry 101"),
        (TWO[:40], 2, "an entry that breaks off, at entry 100"),
        (TWO[: len(CERTIFICATE.tile_leaf) - 1], 2, "an entry that breaks off, at entry 100"),
        (CERTIFICATE.tile_leaf[:-34] + opaque(b"i" * 31, 2) + b"\x7f", 2,
         "an entry that breaks off, at entry 101"),
        (TWO, 3, "an entry that breaks off, at entry 102"),
        (TWO, 1, f"{len(PRECERTIFICATE.tile_leaf)} bytes behind the last entry, at entry 101"),
        (TWO + b"x", 2, "1 bytes behind the last entry, at entry 102"),
        (STAMP + b"\x00\x02" + bytes(50), 1, "an entry of unknown type, at entry 100"),
        (STAMP + b"\x01\x00" + bytes(50), 1, "an entry of unknown type, at entry 100"),
        (STAMP + b"\x02\x01" + bytes(50), 1, "an entry of unknown type, at entry 100"),
    ],
)  # fmt: skip
def test_what_is_no_tile(data: bytes, width: int, complaint: str) -> None:
    """A tile with one torn entry is refused as a whole, and says where it broke."""
    with pytest.raises(EntryFormatError) as caught:
        read_tile(data, 100, width)
    assert str(caught.value) == f"{complaint}; expected a data tile of a static log"


def test_a_tile_too_large() -> None:
    """There is a limit to what is looked at."""
    with pytest.raises(EntryFormatError, match="a tile of 67108865 bytes; expected 67108864"):
        read_tile(bytes(MAX_TILE + 1), 0, 256)


def test_a_fingerprint_that_breaks_off_is_a_flaw() -> None:
    """The tree does not vouch for fingerprints, so that the entry counts all the same."""
    torn = CERTIFICATE.tile_leaf[:-34] + opaque(b"i" * 33, 2)
    block = read_tile(PRECERTIFICATE.tile_leaf + torn, 0, 2)
    assert block.flawed == (1,)
    entry = block.entry(1)
    assert (entry.chain, entry.der) == ((b"i" * 32, b"i"), b"certificate")
    assert entry.flaw == "a fingerprint that breaks off"
    assert block.hashes == [PRECERTIFICATE.leaf_hash, CERTIFICATE.leaf_hash]


@pytest.mark.parametrize(
    ("extensions", "index"),
    [
        (b"", None),
        (index_extension(0), 0),
        (index_extension(2**40 - 1), 2**40 - 1),
        (b"\x09" + opaque(b"other", 2) + index_extension(3), 3),
        (index_extension(3) + b"\x09" + opaque(b"other", 2), 3),
        (b"\x09" + opaque(b"other", 2), None),
        (b"\x00" + opaque(b"four", 2), None),
        (b"\x00\x00\x05four", None),
        (b"\x00", None),
    ],
)
def test_the_index_in_a_leaf(extensions: bytes, index: int | None) -> None:
    """It is the extension of type 0, wherever in the list it stands (static-ct-api)."""
    for entry in (CERTIFICATE, PRECERTIFICATE):
        other = Logged(1, entry.der, entry.issuer_key_hash, entry.tbs, (), extensions)
        assert leaf_index(other.leaf) == index


def test_the_index_in_what_is_no_leaf() -> None:
    """Bytes that are no leaf have none, and are refused."""
    with pytest.raises(EntryFormatError) as caught:
        leaf_index(b"\x00\x00")
    assert str(caught.value) == (
        "no leaf: 10 bytes are announced, 0 are there; expected a MerkleTreeLeaf"
    )


entries = st.builds(
    lambda stamp, der, tbs, chain, extensions: Logged(
        stamp, der, None if tbs is None else b"k" * 32, tbs, tuple(chain), extensions
    ),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=40),
    st.none() | st.binary(max_size=40),
    st.lists(st.binary(min_size=32, max_size=32), max_size=3, unique=True),
    st.binary(max_size=12),
)


@given(st.lists(entries, min_size=1, max_size=6), st.integers(0, 2**40))
def test_what_a_log_writes_is_read_back(written, first: int) -> None:
    """Entries of any content come back equal, of a tile and of a page."""
    tile = read_tile(b"".join(one.tile_leaf for one in written), first, len(written))
    paged = read_page(page(*map(logged, written)), first)
    assert tile.hashes == paged.hashes == [one.leaf_hash for one in written]
    assert tile.flawed == paged.flawed == ()
    for position, one in enumerate(written):
        for entry in (tile.entry(position), paged.entry(position)):
            assert (entry.index, entry.timestamp_ms) == (first + position, one.timestamp_ms)
            assert (entry.der, entry.leaf, entry.flaw) == (one.der, one.leaf, "")
            assert entry.issuer_key_hash == (one.issuer_key_hash or b"")
            assert one.chain in (entry.chain, entry.issuers)


@st.composite
def broken(draw, whole):
    """Draw bytes with a few of them cut out, changed or put in."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


@given(st.binary(max_size=60) | broken(st.lists(entries, max_size=3).map(
    lambda some: b"".join(one.tile_leaf for one in some))), st.integers(0, 4))  # fmt: skip
def test_any_bytes_as_a_tile(data: bytes, width: int) -> None:
    """They are refused, or each entry can be opened, and the flawed ones are known before."""
    try:
        block = read_tile(data, 0, width)
    except EntryFormatError:
        return
    opened = list(block.entries())
    assert len(opened) == len(block) == width
    assert block.hashes == [leaf_hash(entry.leaf) for entry in opened]
    assert block.flawed == tuple(entry.index for entry in opened if entry.flaw)


rows = st.one_of(
    st.tuples(st.binary(max_size=60), st.binary(max_size=20)),
    entries.map(logged).flatmap(lambda row: st.tuples(*(broken(st.just(one)) for one in row))),
)


@given(st.lists(rows, min_size=1, max_size=4))
def test_any_rows_as_a_page(written) -> None:
    """Each has its hash and can be opened, and the flawed ones are known before."""
    block = read_page(page(*written), 0)
    opened = list(block.entries())
    assert block.hashes == [leaf_hash(leaf) for leaf, _ in written]
    assert [entry.leaf for entry in opened] == [leaf for leaf, _ in written]
    assert block.flawed == tuple(entry.index for entry in opened if entry.flaw)
    assert opened == [page_entry(index, *row) for index, row in enumerate(written)]


@given(st.binary(max_size=200) | broken(st.just(page(logged(CERTIFICATE)))))
def test_any_bytes_as_a_page(data: bytes) -> None:
    """They are refused, or read: nothing else happens."""
    try:
        block = read_page(data, 0)
    except EntryFormatError:
        return
    assert len(list(block.entries())) == len(block) > 0


@given(st.binary(max_size=80) | broken(entries.map(lambda one: one.leaf)))
def test_any_bytes_as_a_leaf(leaf: bytes) -> None:
    """There is an index in them, or none, or they are refused."""
    try:
        index = leaf_index(leaf)
    except EntryFormatError:
        return
    assert index is None or 0 <= index < 2**40
