"""A leaf alone: what a log holds of a certificate, and when it took it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.entry import page_entry
from keypin.ct.leaf import Leaf, LeafError
from keypin.errors import CertificateError


def leaf(signed: bytes = b"der", extensions: bytes = b"", at: int = 1_700_000_000_000) -> bytes:
    """Return a leaf of a certificate."""
    head = b"\0\0" + at.to_bytes(8, "big") + b"\0\0"
    return head + len(signed).to_bytes(3, "big") + signed + len(extensions).to_bytes(2) + extensions


def test_a_certificate_and_a_precertificate(served) -> None:
    """Both kinds of entry are read, with the index that a static log wrote."""
    precertificate, certificate = (Leaf.parse(one.leaf) for one in served.log.entries[:2])
    assert (precertificate.precertificate, precertificate.index) == (True, 0)
    assert precertificate.timestamp == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert precertificate.certificate().dns_names == ("p0.example",)
    assert (certificate.precertificate, certificate.index) == (False, 1)
    assert certificate.issuer_key_hash == b""
    assert certificate.certificate().der == served.log.entries[1].der


@pytest.mark.parametrize(
    ("extensions", "index"),
    [
        (b"", None),
        (bytes.fromhex("0000050000000007"), 7),
        (bytes.fromhex("0100010a0000050000000007"), 7),
        (bytes.fromhex("00000107"), None),
        (bytes.fromhex("0000ff07"), None),
        (b"\0", None),
    ],
)
def test_the_index_of_a_static_log(extensions: bytes, index: int | None) -> None:
    """The index is found among other extensions; what is no index is none."""
    assert Leaf.parse(leaf(extensions=extensions)).index == index


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no leaf: 12 bytes are announced, 0 are there; expected a MerkleTreeLeaf"),
        (
            b"\1" + leaf()[1:],
            "a leaf of version 1, type 0, with an entry of type 0; expected 0, 0, and 0 or 1",
        ),
        (
            leaf()[:11] + b"\2" + leaf()[12:],
            "a leaf of version 0, type 0, with an entry of type 2; expected 0, 0, and 0 or 1",
        ),
        (leaf() + b"!", "no leaf: 1 bytes too many; expected a MerkleTreeLeaf"),
    ],
)
def test_what_is_no_leaf(data: bytes, message: str) -> None:
    """Anything else is refused, with what is wrong."""
    with pytest.raises(LeafError) as caught:
        Leaf.parse(data)
    assert str(caught.value) == message


def test_a_certificate_that_is_none() -> None:
    """A log holds anything; the leaf can be read all the same, and its time is a time."""
    one = Leaf.parse(leaf(b"anything", at=(1 << 64) - 1))
    assert one.timestamp == datetime.max.replace(tzinfo=UTC)
    with pytest.raises(CertificateError, match="not a readable certificate"):
        one.certificate()


@given(st.binary(max_size=200) | st.binary(max_size=90).map(lambda tail: b"\0" * 10 + tail))
def test_any_bytes(data: bytes) -> None:
    """Bytes are a leaf or an error, and the reader of whole pages agrees which."""
    page = page_entry(0, data, b"\0\0\0\0\0\0")
    try:
        found = Leaf.parse(data)
    except LeafError:
        assert page.flaw
    else:
        assert not page.flaw
        assert (found.timestamp_ms, found.precertificate) == (
            page.timestamp_ms,
            page.precertificate,
        )
