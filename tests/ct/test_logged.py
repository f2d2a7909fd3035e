from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Certificate
from keypin.ct.entry import LogEntry
from keypin.ct.logged import key_in, read
from keypin.lab.ct_entry import Logged

NAME = "a.example"


def entry(logged) -> LogEntry:
    """Return an entry as it is read from a log."""
    return LogEntry(0, 1000, logged.kind == 1, logged.leaf, logged.der)


def test_a_certificate_is_read(mint) -> None:
    """An entry with a certificate says what the certificate says."""
    logged = mint.certificate(names=[mint.dns(NAME)])
    found = read(entry(logged))
    assert found.certificate == Certificate.from_der(logged.der)
    assert (found.flaw, found.moment) == ("", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    assert read(replace(found.entry, leaf=b"")).moment is None


def test_of_a_precertificate_the_tree_speaks(mint) -> None:
    """What the log hands out beside the leaf is not believed."""
    logged = mint.precertificate(names=[mint.dns(NAME)])
    other = mint.precertificate(names=[mint.dns("other.example")])
    found = read(replace(entry(logged), der=other.der))
    assert found.certificate is not None
    assert found.certificate.dns_names == (NAME,)


def test_an_issuance_is_one_in_every_log(world) -> None:
    """A precertificate and the certificate that came of it are the same issuance."""
    certificate = world.certificate("google-a", "sectigo")
    logs = [world.logs[name] for name in ("google-a", "sectigo")]
    before = [read(entry(log.entries[-1])) for log in logs]
    after = read(entry(Logged(1000, certificate.der)))
    assert {one.issuance for one in (*before, after)} == {after.issuance}
    other = read(entry(world.logs["google-a"].entries[-1]))
    assert other.issuance == after.issuance
    again = world.certificate("google-a", "sectigo")
    assert read(entry(Logged(1000, again.der))).issuance != after.issuance


def test_a_certificate_without_scts_is_its_own_issuance(mint) -> None:
    """It has no precertificate."""
    one, two = mint.certificate(), mint.certificate()
    assert read(entry(one)).issuance == read(entry(one)).issuance
    assert read(entry(one)).issuance != read(entry(two)).issuance


@pytest.mark.parametrize("kind", ["certificate", "precertificate"])
def test_what_does_not_parse_is_kept(mint, kind) -> None:
    """It has a flaw, and an issuance of its own."""
    logged = getattr(mint, kind)()
    broken = (
        replace(logged, der=logged.der[:-1]) if kind == "certificate" else replace(logged, tbs=b"")
    )
    found = read(entry(broken))
    assert found.certificate is None
    assert found.flaw.startswith(("not a readable certificate: ", "no TBSCertificate"))
    assert found.issuance != read(entry(logged)).issuance
    assert read(replace(entry(logged), flaw="odd")).flaw == "odd"


def test_the_key_is_found_without_a_parser(mint, world) -> None:
    """In either kind of entry, and in what a CA of another kind made."""
    for logged in (mint.certificate(), mint.precertificate(), *world.logs["sectigo"].entries[-2:]):
        found = read(entry(logged))
        assert found.certificate is not None
        assert key_in(logged.leaf) == found.certificate.spki_sha256


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_have_a_key_or_none(data, precertificate) -> None:
    """Nothing that a log may hold stops the search or the reading."""
    size = len(data).to_bytes(3, "big")
    head = b"\x00" * 10 + (b"\x00\x01" + bytes(32) if precertificate else b"\x00\x00")
    leaf = head + size + data
    assert len(key_in(leaf)) in (0, 32)
    assert key_in(data) is not None
    assert len(read(LogEntry(0, 0, precertificate, leaf, data)).issuance) == 32
