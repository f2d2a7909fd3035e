"""Debian's certspotter and keypin read the laboratory's log: heads, pages, names in every shape.

Both must find the same entries of `watched_log`. What they report is written down in `SHAPES`, a
row a certificate.
"""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtensionOID, NameOID

from keypin.ct.sct import LogKey
from keypin.ct.watch_list import WatchList
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.lab.ct_api import RFC6962, CtApi
from keypin.lab.ct_entry import Logged
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer
from keypin.monitor.client import Client
from keypin.monitor.hits import Hits
from keypin.monitor.log import Log
from keypin.monitor.monitor import Monitor
from keypin.monitor.source import Pages
from keypin.monitor.store import Store

NOW = datetime.now(UTC)
WATCHED = (".watched.test", "exact.test")
UTF8, BMP, T61 = _ASN1Type.UTF8String, _ASN1Type.BMPString, _ASN1Type.T61String
SPAN = 8  # every eighth entry is a row of SHAPES, until they are all there


@dataclass(frozen=True)
class Shape:
    """A certificate that names, or does not name, what is watched.

    Attributes:
        says: what is particular about it.
        found: whether certspotter reports it.
        names: its DNS names, as raw bytes.
        subject: its common name, with the kind of string; None for none.
        how: logged as a certificate, as a precertificate, or both.
        more: whether keypin reports it nevertheless.
    """

    says: str
    found: bool
    names: Sequence[bytes] = ()
    subject: tuple[str, _ASN1Type] | None = ("a certificate", UTF8)
    how: str = "certificate"
    more: bool = False


SHAPES = (
    Shape("the name itself", True, [b"watched.test"]),
    Shape("a name below", True, [b"www.watched.test"]),
    Shape("a name far below", True, [b"a.b.c.d.watched.test"]),
    Shape("among others", True, [b"a.test", b"b.test", b"c.watched.test", b"d.test"]),
    Shape("upper case", True, [b"WWW.WATCHED.TEST"]),
    Shape("mixed case", True, [b"wWw.wAtChEd.tEsT"]),
    Shape("a wildcard", True, [b"*.watched.test"]),
    Shape("a wildcard below", True, [b"*.deep.watched.test"]),
    Shape("a wildcard in upper case", True, [b"*.WATCHED.TEST"]),
    Shape("a dot at the end", True, [b"www.watched.test."]),
    Shape("behind a scheme", True, [b"https://www.watched.test"]),
    Shape("before a path", True, [b"www.watched.test/path"]),
    Shape("before a null byte", True, [b"www.watched.test\0.evil.test"]),
    Shape("behind a null byte", True, [b"evil\0.watched.test"]),
    Shape("white space around it", True, [b" www.watched.test "]),
    Shape("an international label below", True, [b"xn--bcher-kva.watched.test"]),
    Shape("the exact name", True, [b"exact.test"]),
    Shape("the exact name in upper case", True, [b"EXACT.TEST"]),
    Shape("the subject alone, UTF-8", True, [], ("www.watched.test", UTF8)),
    Shape("the subject alone, BMP", True, [], ("www.watched.test", BMP)),
    Shape("the subject alone, T61", True, [], ("www.watched.test", T61)),
    Shape("the subject in upper case", True, [], ("WWW.WATCHED.TEST", UTF8)),
    Shape("the subject beside other names", True, [b"a.test"], ("www.watched.test", UTF8)),
    Shape("a precertificate", True, [b"pre.watched.test"], how="precertificate"),
    Shape("a precertificate, upper case", True, [b"PRE.WATCHED.TEST"], how="precertificate"),
    Shape("a precertificate's subject", True, [], ("p.watched.test", UTF8), "precertificate"),
    Shape("a precertificate's subject, BMP", True, [], ("p.watched.test", BMP), "precertificate"),
    Shape("a precertificate's wildcard", True, [b"*.watched.test"], how="precertificate"),
    Shape("a name that ends alike", False, [b"unwatched.test"]),
    Shape("a name that begins alike", False, [b"watched.test.evil.test"]),
    Shape("a name with a hyphen", False, [b"www-watched.test"]),
    Shape("below the exact name", False, [b"www.exact.test"]),
    Shape("a wildcard below the exact name", False, [b"*.exact.test"]),
    # certspotter takes a wildcard for every name that it may stand for.
    Shape("a wildcard above the watched name", True, [b"*.test"]),
    # keypin takes each word of a text for a name.
    Shape("a subject with a space", False, [], ("is watched.test", UTF8), more=True),
)


@dataclass
class WatchedLog:
    """A log with a row of `SHAPES` in every eighth place, and more that is not watched.

    Attributes:
        log: the log, published.
        shapes: the row at each index.
        malformed: the entries that cannot be read.
        last: the index of the last entry, a certificate for the watched name.
    """

    log: CtLog
    shapes: dict[int, Shape] = field(default_factory=dict[int, Shape])
    malformed: set[int] = field(default_factory=set[int])
    last: int = 0

    @property
    def truth(self) -> set[int]:
        """The indexes of the entries that must be found."""
        return {self.last} | {index for index, shape in self.shapes.items() if shape.found}


@pytest.fixture(scope="module")
def watched_log() -> WatchedLog:
    """Return a log of 300 entries."""
    key = new_key("ecdsa")
    ca = issue(Request(name="Log CA", key=key, ca=True), NOW)
    whole = WatchedLog(CtLog(static=False, roots=[ca.der]))
    rows = iter(SHAPES)
    for index in range(297):
        shape = next(rows, None) if index % SPAN == 0 else None
        if shape is not None:
            whole.shapes[index] = shape
        whole.log.log([_certificate(shape or _filler(index), ca), ca.der], NOW)
    assert next(rows, None) is None
    stamp = round(NOW.timestamp() * 1000)
    whole.malformed = {
        whole.log.append(Logged(stamp, b"no certificate")),
        whole.log.append(Logged(stamp, b"", raw=b"\x00\x00" + b"\xff" * 40)),
    }
    last = Shape("the last", True, [b"last.watched.test"])
    whole.last = whole.log.log([_certificate(last, ca), ca.der], NOW)
    whole.log.publish(NOW)
    return whole


def _filler(index: int) -> Shape:
    return Shape("", False, [f"host{index}.other.test".encode()], how="certificate")


def _certificate(shape: Shape, ca: Issued) -> bytes:
    """Return a certificate of a shape, byte for byte as the row says."""
    attributes = []
    if shape.subject is not None:
        text, kind = shape.subject
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, text, kind)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(ca.certificate.subject)
        .public_key(ca.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ca.certificate.not_valid_before_utc)
        .not_valid_after(ca.certificate.not_valid_after_utc)
    )
    if shape.names:
        names = b"".join(_element(0x82, name) for name in shape.names)
        raw = x509.UnrecognizedExtension(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME, _element(0x30, names)
        )
        builder = builder.add_extension(raw, critical=False)
    if shape.how == "precertificate":
        builder = builder.add_extension(x509.PrecertPoison(), critical=True)
    signed = builder.sign(ca.key, ca.certificate.signature_hash_algorithm)
    return Issued(signed, ca.key).der


def _element(tag: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes((tag, len(content))) + content


@dataclass
class Reported:
    """What certspotter reported: the indexes of hits, and of entries that it could not read."""

    hits: list[int] = field(default_factory=list[int])
    malformed: list[int] = field(default_factory=list[int])


@pytest.fixture
def certspotter(program, tmp_path: Path) -> Callable[..., Reported]:
    """Return a function that runs certspotter on a log until it reports an entry.

    The entry must be the last one of the log, and watched: certspotter has no option to stop when
    it is level with a log.
    """

    def run(server: CtServer, last: int, watched: Sequence[str] = WATCHED) -> Reported:
        (tmp_path / "watchlist").write_text("".join(f"{name}\n" for name in watched))
        (tmp_path / "logs.json").write_text(json.dumps(log_list([server], NOW)))
        hook = tmp_path / "hook"
        hook.write_text(f'#!/bin/sh\necho "$EVENT $ENTRY_INDEX" >> {tmp_path}/events\n')
        hook.chmod(0o700)
        command = [
            program("certspotter"), "-logs", tmp_path / "logs.json", "-script", hook,
            "-watchlist", tmp_path / "watchlist", "-state_dir", tmp_path / "state",
        ]  # fmt: skip
        reported = Reported()
        with _events(tmp_path / "events") as events, _started(command, tmp_path):
            for line in events:
                event, index = line.split(" ")
                assert event in {"discovered_cert", "malformed_cert"}, line
                found = reported.hits if event == "discovered_cert" else reported.malformed
                found.append(int(index))
                if found is reported.hits and int(index) == last:
                    return reported
        pytest.fail("certspotter reported nothing for 30 seconds")

    return run


@contextmanager
def _started(command: list[object], home: Path) -> Iterator[None]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    with (home / "output").open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], env=environment, stdout=output, stderr=output
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def _events(path: Path) -> Iterator[Iterator[str]]:
    """Give the lines that are written to a pipe, until none has come for half a minute."""
    os.mkfifo(path)
    # Open for writing, too, so that there is no end of it between two writers.
    pipe = os.open(path, os.O_RDWR)

    def lines() -> Iterator[str]:
        rest, deadline = b"", time.monotonic() + 30
        while select.select([pipe], [], [], max(0, deadline - time.monotonic()))[0]:
            *whole, rest = (rest + os.read(pipe, 4096)).split(b"\n")
            yield from (line.decode() for line in whole)
            deadline = time.monotonic() + 30

    try:
        yield lines()
    finally:
        os.close(pipe)


@pytest.mark.slow
def test_what_certspotter_finds(certspotter, watched_log: WatchedLog) -> None:
    """It reports each watched entry once, in order, and those that it cannot read.

    Pages are shorter than it asks for, and the log's key is one that it has never seen.
    """
    with CtServer(CtApi(watched_log.log, RFC6962, page_limit=64)) as server:
        reported = certspotter(server, watched_log.last)
    expected = {index: shape.says for index, shape in watched_log.shapes.items() if shape.found}
    found = {index: watched_log.shapes[index].says for index in reported.hits[:-1]}
    assert found == expected
    assert set(reported.hits) == watched_log.truth
    assert reported.hits == sorted(reported.hits)
    assert set(reported.malformed) == watched_log.malformed


@pytest.fixture
def keypin(tmp_path: Path) -> Callable[[CtServer], Reported]:
    """Return a function that runs keypin's monitor over all of a log."""

    def run(server: CtServer) -> Reported:
        domains = [one.removeprefix(".") for one in WATCHED if one.startswith(".")]
        names = [one for one in WATCHED if not one.startswith(".")]
        hits = Hits(WatchList(domains=domains, names=names))
        store = Store(tmp_path / "keypin")
        with closing(store), httpx2.Client(trust_env=False) as http:
            monitor = Monitor(store, hits, begin=datetime.fromtimestamp(0, UTC), once=True)
            key = LogKey(server.api.log.signer.spki)
            source = Pages(Client(server.url, http, monitor.pause), key)
            monitor.start([Log(key.log_id, "watched", timedelta(days=1), source)])
            while monitor.running():
                monitor.wait(0.01)
            monitor.stop()
            assert monitor.progress[0].level
            news = [json.loads(one.body) for one in store.take()]
        return Reported(
            [one["index"] for one in news if one["type"] == "certificate"],
            [int(one["index"]) for one in news if one["type"] == "alarm"],
        )

    return run


def test_keypin_finds_what_certspotter_finds(keypin, watched_log: WatchedLog) -> None:
    """It reports the same entries, in order, and one whose subject holds more than the name.

    Of those that cannot be read it tells the one whose framing is wrong: it does not parse a
    certificate in which no watched name stands.
    """
    with CtServer(CtApi(watched_log.log, RFC6962, page_limit=64)) as server:
        reported = keypin(server)
    more = {index for index, shape in watched_log.shapes.items() if shape.more}
    assert set(reported.hits) == watched_log.truth | more
    assert reported.hits == sorted(reported.hits)
    assert reported.malformed == [max(watched_log.malformed)]
