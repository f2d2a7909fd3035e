"""A small world of logs: their list, and certificates that bear their SCTs.

Beside it a log that answers without a server, and what a real static log handed out.
"""

import gzip
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from keypin.certs import Certificate
from keypin.ct.entry import Block, read_tile
from keypin.ct.log_list import LogList
from keypin.ct.sct import LogKey
from keypin.lab.authority import Issued, Key, Request, issue, new_key
from keypin.lab.ct_api import Ask, CtApi
from keypin.lab.ct_authority import precertify
from keypin.lab.ct_entry import Logged
from keypin.lab.ct_key import Witness
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_view import Client

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SINCE = "2026-01-01T00:00:00Z"


@dataclass
class World:
    """A CA, and logs by name; `google-a` and `google-b` have one operator."""

    ca: Issued
    key: Key
    logs: dict[str, CtLog]
    states: dict[str, object] = field(default_factory=dict)

    def listed(self, *names: str, static: tuple[str, ...] = (), at: datetime = NOW, **rows: dict):
        """Return a list of logs, usable since January; `rows` change or add members of one."""
        operators: dict[str, dict] = {}
        for name in names or self.logs:
            log = self.logs[name]
            row = {
                "description": name,
                "log_id": b64encode(log.signer.log_id).decode(),
                "key": b64encode(log.signer.spki).decode(),
                "mmd": 60,
                "state": {"usable": {"timestamp": SINCE}},
                **rows.get(name.replace("-", "_"), {}),
            }
            address = f"https://{name}.example/"
            kind = "tiled_logs" if name in static else "logs"
            where = {"submission_url": address, "monitoring_url": address}
            row |= where if name in static else {"url": address}
            operator = name.partition("-")[0]
            found = operators.setdefault(operator, {"name": operator, "logs": [], "tiled_logs": []})
            found[kind].append(row)
        stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        value = {"version": "1", "log_list_timestamp": stamp, "operators": [*operators.values()]}
        return LogList.loads(json.dumps(value))

    def scts(self, precertificate, *names: str, at: datetime) -> list[bytes]:
        """Return SCTs of a precertificate by logs."""
        chain = [precertificate.issued.der, self.ca.der]
        return [self.logs[name].add(chain, at) for name in names]

    def certificate(
        self, *names: str, days: int = 90, at: datetime = NOW, now: datetime = NOW
    ) -> Certificate:
        """Return a certificate with embedded SCTs of logs, made at a time."""
        request = Request(
            name="a.example", key=self.key, hosts=("a.example",), issuer=self.ca, days=days
        )
        before = precertify(request, now)
        return Certificate.from_der(before.finish(self.scts(before, *names, at=at)).der)

    @property
    def issuer(self) -> Certificate:
        """The CA's certificate."""
        return Certificate.from_der(self.ca.der)

    def delivered(self, certificate: Certificate, *names: str, at: datetime = NOW) -> bytes:
        """Return the list of SCTs over a certificate as it is."""
        chain = [certificate.der, self.ca.der]
        scts = [self.logs[name].add(chain, at) for name in names]
        listed = b"".join(len(one).to_bytes(2, "big") + one for one in scts)
        return len(listed).to_bytes(2, "big") + listed


@pytest.fixture(scope="session")
def world() -> World:
    """Return a world with five logs of four operators."""
    ca = issue(
        Request(name="World CA", key=new_key("ecdsa"), ca=True, days=4000),
        NOW - timedelta(days=3500),
    )
    names = ("google-a", "google-b", "sectigo", "cloudflare", "encrypt")
    return World(ca, new_key("ecdsa"), {name: CtLog(name, roots=[ca.der]) for name in names})


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


@pytest.fixture(scope="session")
def stapled():
    """Return a function that makes an OCSP response with a list of SCTs in it."""

    def response(serial: int, listed: bytes | None) -> bytes:
        now = _der(0x18, b"20261123120000Z")
        sha1 = _der(0x30, bytes.fromhex("06052b0e03021a0500"))
        number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
        name = _der(0x30, sha1, _der(4, bytes(20)), _der(4, bytes(20)), _der(2, number))
        single = [name, bytes.fromhex("8000"), now]
        if listed is not None:
            oid = bytes.fromhex("060a2b06010401d679020405")
            single.append(_der(0xA1, _der(0x30, _der(0x30, oid, _der(4, _der(4, listed))))))
        data = _der(0x30, _der(0xA2, _der(4, bytes(20))), now, _der(0x30, _der(0x30, *single)))
        ecdsa = _der(0x30, bytes.fromhex("06082a8648ce3d040302"))
        basic = _der(0x30, data, ecdsa, _der(3, b"\x00sig"))
        whole = _der(0x30, bytes.fromhex("06092b0601050507300101"), _der(4, basic))
        return _der(0x30, bytes.fromhex("0a0100"), _der(0xA0, whole))

    return response


class Served(NamedTuple):
    """A log, and what it answers."""

    log: CtLog
    api: CtApi

    @property
    def key(self) -> LogKey:
        """The log's key, as a monitor knows it."""
        return LogKey(self.log.signer.spki)

    def get(self, path: str, **query: int) -> bytes:
        """Return the body of an answer."""
        ask = Ask(path, Client(1), {name: str(value) for name, value in query.items()})
        answer = self.api.answer(ask)
        assert answer.status == 200, answer
        return answer.body


@pytest.fixture(scope="session")
def served() -> Served:
    """Return a log of 700 entries, of which every seventh is a precertificate; two witnesses."""
    key = new_key("ecdsa")
    ca = issue(Request(name="Log CA", key=key, ca=True), NOW)
    log = CtLog(roots=[ca.der], witnesses=[Witness("w1.example"), Witness("w2.example")])
    one = issue(Request(name="a.example", key=key, hosts=("a.example",), issuer=ca), NOW).der
    for n in range(100):
        name = f"p{n}.example"
        log.certify(Request(name=name, key=key, hosts=(name,), issuer=ca), NOW)
        log.extend([(1000 * n, one, None, None)] * 6, [ca.der])
    log.publish(NOW)
    return Served(log, CtApi(log))


class RealLog(NamedTuple):
    """Entries 0 to 1,023 of a real static log, and what others computed of them."""

    expect: dict
    folder: Path

    def tile(self, path: str) -> bytes:
        """Return a tile, unpacked."""
        data = (self.folder / "tile" / path).read_bytes()
        return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data

    def blocks(self) -> list[Block]:
        """Return all entries."""
        return [read_tile(self.tile(f"data/{n:03}"), 256 * n, 256) for n in range(4)]

    @property
    def hashes(self) -> list[bytes]:
        """The hashes of all leaves."""
        return [one for block in self.blocks() for one in block.hashes]

    @property
    def roots(self) -> dict[int, bytes]:
        """The roots of trees, by their sizes."""
        return {int(size): b64decode(root) for size, root in self.expect["roots"].items()}


@pytest.fixture(scope="session")
def real_log(vectors) -> RealLog:
    """Return what is stored of Geomys' log Navigli2025h2."""
    folder = vectors / "ct/static_ct"
    expect = json.loads((folder / "navigli_expect.json").read_text(encoding="utf-8"))
    return RealLog(expect, folder / "navigli2025h2")


class Mint:
    """What makes entries whose certificates say anything at all."""

    types = _ASN1Type
    dns = staticmethod(x509.DNSName)

    def __init__(self) -> None:
        self.key = new_key("ecdsa")

    def text(self, text: str, oid=NameOID.COMMON_NAME, kind=_ASN1Type.UTF8String):
        """Return an attribute of a name, as a string of any type."""
        return x509.NameAttribute(oid, text, _type=kind, _validate=False)

    def organization(self, text: str, kind=_ASN1Type.UTF8String):
        """Return an organisation."""
        return self.text(text, NameOID.ORGANIZATION_NAME, kind)

    def _builder(self, subject=(), names=(), issuer=(), key=None):
        made = (
            x509.CertificateBuilder(serial_number=1)
            .subject_name(x509.Name(subject))
            .issuer_name(x509.Name(issuer or [self.text("Any CA")]))
            .public_key((key or self.key).public_key())
            .not_valid_before(NOW)
            .not_valid_after(NOW + timedelta(days=90))
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made

    def certificate(self, *args, **kwargs) -> Logged:
        """Return an entry with a certificate."""
        signed = self._builder(*args, **kwargs).sign(self.key, SHA256())
        return Logged(1000, signed.public_bytes(Encoding.DER))

    def precertificate(self, *args, **kwargs) -> Logged:
        """Return an entry with a precertificate."""
        made = self._builder(*args, **kwargs)
        poisoned = made.add_extension(x509.PrecertPoison(), critical=True)
        tbs = made.sign(self.key, SHA256()).tbs_certificate_bytes
        der = poisoned.sign(self.key, SHA256()).public_bytes(Encoding.DER)
        return Logged(1000, der, bytes(32), tbs)

    def block(self, *entries: Logged, first: int = 0) -> Block:
        """Return entries as a static log hands them out."""
        tile = [one.tile_leaf for one in entries]
        return read_tile(b"".join(tile), first, len(tile))


@pytest.fixture(scope="session")
def mint() -> Mint:
    """Return what makes entries of any content."""
    return Mint()
