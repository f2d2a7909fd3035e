"""An entry of a log as certstream's messages: what they hold, and what never stops them."""

import json
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keypin.ct import certstream as module
from keypin.ct.certstream import MAX_CHAIN, MAX_DER, Kind, Origin, Update, encode
from keypin.ct.certstream_fields import UNREAD
from keypin.ct.entry import LogEntry
from keypin.lab.ct_entry import Logged

PAGES = Origin("a log", "https://log.example/2026/", tiled=False)
TILES = Origin("a static log", "https://tiles.example/", tiled=True)
SEEN = 1795435200.25


def entry(logged, index: int = 7, **more) -> LogEntry:
    """Return an entry as it is read from a log."""
    return LogEntry(index, 1000, logged.kind == 1, logged.leaf, logged.der, **more)


def update(one: LogEntry, origin: Origin = PAGES, *, verified: bool = True) -> Update:
    """Return an entry on its way."""
    return Update(one, origin, SEEN, verified)


def message(one: Update, kind: Kind = Kind.LITE) -> dict:
    """Return a message, read."""
    return json.loads(one.message(kind))


def test_a_lite_message_tells_of_a_certificate(mint) -> None:
    """It has certstream's members, and whether the entry is verified."""
    found = message(update(entry(mint.certificate(names=[mint.dns("a.example")]))))
    assert found["message_type"] == "certificate_update"
    data = found["data"]
    leaf = data.pop("leaf_cert")
    assert data == {
        "cert_index": 7,
        "cert_link": "https://log.example/2026/ct/v1/get-entries?start=7&end=7",
        "seen": SEEN,
        "source": {"name": "a log", "url": "https://log.example/2026", "type": "rfc6962"},
        "update_type": "X509LogEntry",
        "verified": True,
    }
    assert set(leaf) == {*UNREAD, "fingerprint", "sha1", "sha256"}
    assert leaf["all_domains"] == ["a.example"]


def test_of_a_precertificate_the_tree_speaks(mint) -> None:
    """The names are the leaf's; the bytes and the fingerprint are of what is beside it."""
    inside = mint.precertificate(names=[mint.dns("inside.example")])
    beside = mint.precertificate(names=[mint.dns("beside.example")])
    one = replace(entry(inside, 600), der=beside.der)
    data = message(update(one, TILES, verified=False), Kind.FULL)["data"]
    assert data["update_type"] == "PrecertLogEntry"
    assert data["cert_link"] == "https://tiles.example/tile/data/002"
    assert data["source"]["type"] == "tiled"
    assert data["verified"] is False
    assert data["leaf_cert"]["all_domains"] == ["inside.example"]
    assert data["leaf_cert"]["extensions"]["ctlPoisonByte"] is True
    assert data["leaf_cert"]["as_der"] == b64encode(beside.der).decode()


def test_a_full_message_has_the_bytes_and_the_chain(mint) -> None:
    """Each certificate of the chain has the members of the first."""
    above = mint.certificate(subject=[mint.organization("A CA")])
    one = update(entry(mint.certificate(), issuers=(above.der, above.der)))
    data = message(one, Kind.FULL)["data"]
    assert {**data, "leaf_cert": None} == {**message(one)["data"], "leaf_cert": None} | {
        "chain": data["chain"]
    }
    first, second = data["chain"]
    assert first == second
    assert set(first) == set(data["leaf_cert"])
    assert first["subject"]["O"] == "A CA"
    assert first["as_der"] == b64encode(above.der).decode()


def test_a_chain_comes_from_elsewhere_where_a_log_keeps_it_apart(mint) -> None:
    """Static logs do; it is cut where no browser would follow it."""
    above = mint.certificate().der
    one = Update(entry(mint.certificate()), TILES, SEEN, True, lambda _: [above] * 99)
    assert len(message(one, Kind.FULL)["data"]["chain"]) == MAX_CHAIN


def test_what_is_no_certificate_in_a_chain_is_told_empty(mint) -> None:
    """Clients reach for its members unasked."""
    one = update(entry(mint.certificate(), issuers=(b"none", bytes(MAX_DER + 1))))
    small, large = message(one, Kind.FULL)["data"]["chain"]
    assert {**small, **UNREAD} == small
    assert small["as_der"] == b64encode(b"none").decode()
    assert (large["as_der"], large["subject"]) == ("", UNREAD["subject"])


def test_domains_are_told_alone(mint) -> None:
    """Nothing is told of a certificate without names."""
    names = [mint.dns("a.example"), mint.dns("*.b.example")]
    assert message(update(entry(mint.certificate(names=names))), Kind.DOMAINS) == {
        "message_type": "dns_entries",
        "data": ["a.example", "*.b.example"],
    }
    assert update(entry(mint.certificate())).message(Kind.DOMAINS) == b""


@pytest.mark.parametrize("kind", [Kind.LITE, Kind.FULL])
def test_what_does_not_parse_is_told_with_its_flaw(kind) -> None:
    """All members are there, empty."""
    one = update(entry(Logged(1000, b"garbage")))
    data = message(one, kind)["data"]
    assert data["flaw"].startswith("not a readable certificate: ")
    assert {**data["leaf_cert"], **UNREAD} == data["leaf_cert"]
    assert data["leaf_cert"].get("as_der") == (None if kind is Kind.LITE else "Z2FyYmFnZQ==")


def test_flaws_of_the_framing_and_of_the_certificate_are_told(mint) -> None:
    """Either may be there, or both."""
    whole = mint.certificate(names=[mint.dns("a.example")])
    torn = replace(whole, der=whole.der.replace(b"\x82\x09a.example", b"\x82\x0ba.example"))
    flaw = "in the extra data: it breaks off"
    assert message(update(entry(whole, flaw=flaw)))["data"]["flaw"] == flaw
    both = message(update(entry(torn, flaw=flaw)))["data"]["flaw"]
    assert both.startswith(f"{flaw}; the extensions cannot be read: ")


def test_what_is_too_large_is_told_without_its_bytes() -> None:
    """A log may hold entries of 16 MB, which no client expects."""
    data = message(update(LogEntry(3, 1000, False, b"", bytes(MAX_DER + 1))), Kind.FULL)["data"]
    assert data["flaw"] == f"an entry of {MAX_DER + 1} bytes is not shown"
    assert data["leaf_cert"]["as_der"] == ""
    assert len(data["leaf_cert"]["sha256"]) == 95


def test_a_message_is_made_once(mint) -> None:
    """However many clients there are."""
    one = update(entry(mint.certificate(names=[mint.dns("a.example")])))
    for kind in Kind:
        assert one.message(kind) is one.message(kind)


def test_issuers_are_read_once(mint, monkeypatch) -> None:
    """The same few stand above nearly all."""
    module._remembered.cache_clear()
    read = []
    monkeypatch.setattr(module, "fields", lambda one: (read.append(one), (dict(UNREAD), ""))[1])
    above = mint.certificate().der
    for number in range(3):
        update(entry(mint.certificate(), number, issuers=(above,))).message(Kind.FULL)
    assert [one.der for one in read].count(above) == 1


def test_real_entries_have_no_flaw(real_log) -> None:
    """A thousand entries of a public log are told, in all kinds."""
    for block in real_log.blocks():
        for one in block.entries():
            found = update(one, TILES)
            assert "flaw" not in message(found)["data"]
            assert message(found, Kind.FULL)["data"]["leaf_cert"]["as_der"]
            names = message(found)["data"]["leaf_cert"]["all_domains"]
            assert message(found, Kind.DOMAINS)["data"] == names


def test_anything_can_be_told() -> None:
    """Alarms are told by the same form."""
    told = encode("alarm", {"id": "ct-fork"})
    assert told == b'{"message_type":"alarm","data":{"id":"ct-fork"}}'


@pytest.fixture(scope="module")
def certificate(mint) -> bytes:
    """Return a certificate, the same for each example."""
    names = [mint.dns("a.example"), mint.dns("b.example")]
    return mint.certificate(subject=[mint.text("www.example")], names=names).der


@given(st.data())
def test_no_bytes_stop_the_feed(certificate, data) -> None:
    """Whatever is logged, there is a message with what is known."""
    der = bytearray(certificate)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    one = update(entry(Logged(1000, bytes(der))))
    for kind in (Kind.LITE, Kind.FULL):
        assert message(one, kind)["data"]["cert_index"] == 7


@given(st.binary(max_size=300), st.binary(max_size=300), st.booleans())
@example(b"", b"", True)
def test_no_garbage_stops_the_feed(leaf, der, precertificate) -> None:
    """Nor do bytes that are nothing at all."""
    one = update(LogEntry(1, 1000, precertificate, leaf, der, issuers=(der,)))
    assert message(one, Kind.FULL)["data"]["flaw"]
