"""A small world of logs: their list, and certificates that bear their SCTs."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from keypin.certs import Certificate
from keypin.ct.log_list import LogList
from keypin.lab.authority import Issued, Key, Request, issue, new_key
from keypin.lab.ct_authority import precertify
from keypin.lab.ct_log import CtLog

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
