"""Chains made by the laboratory's authority, and reports on them in the words of each form."""

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keypin.certs import Certificate, Profile, TrustStore, VerifiedChain
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin
from keypin.reports import Arrival, Facts, Group, GroupKey, Report, read_report
from keypin.rotation import Release

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOST = "api.example.com"
APP = "com.example.shop"


@dataclass(frozen=True)
class Authority:
    """A root with an intermediate, which certifies servers."""

    root: Issued
    middle: Issued

    @classmethod
    def named(cls, name: str, organization: str | None = None) -> "Authority":
        """Return a new authority."""
        key = new_key("ecdsa")
        ca = {"ca": True, "organization": organization, "start": -3000, "days": 9000}
        root = issue(Request(name=name, key=key, **ca), NOW)
        below = Request(name=f"{name} 1", key=new_key("ecdsa"), issuer=root, **ca)
        return cls(root, issue(below, NOW))

    def chain(self, *hosts: str, **rest: Any) -> tuple[bytes, ...]:
        """Return a new server's chain, its own certificate first, the root last."""
        given = {"hosts": hosts or (HOST,), "key": new_key("ecdsa"), "start": -10, **rest}
        leaf = issue(Request(name="a server", issuer=self.middle, **given), NOW)
        return (leaf.der, self.middle.der, self.root.der)

    @property
    def store(self) -> TrustStore:
        """The root as the public web's."""
        found = Certificate.from_der(self.root.der)
        return TrustStore([found], "the public roots", profile=Profile.RFC5280)


def pem(der: bytes) -> str:
    """Return a certificate as reports hold it."""
    return ssl.DER_cert_to_PEM_cert(der)


def pin_of(der: bytes) -> Pin:
    """Return the pin of a certificate's key."""
    return Pin.of_key(Certificate.from_der(der))


def rfc7469(chain: tuple[bytes, ...], *pins: Pin) -> dict[str, Any]:
    """Return a report as RFC 7469 section 3 has it."""
    return {
        "date-time": "2026-11-23T11:59:50Z",
        "hostname": HOST,
        "port": 443,
        "effective-expiration-date": "2027-05-01T12:40:50Z",
        "include-subdomains": False,
        "noted-hostname": HOST,
        "served-certificate-chain": [pem(der) for der in chain[:-1]],
        "validated-certificate-chain": [pem(der) for der in chain],
        "known-pins": [f'pin-sha256="{str(pin).removeprefix("sha256/")}"' for pin in pins],
    }


def trustkit_ios(chain: tuple[bytes, ...], *pins: Pin) -> dict[str, Any]:
    """Return a report as TrustKit writes it on iOS, the name of the device in it."""
    report = rfc7469(chain, *pins)
    for name in ("served-certificate-chain", "effective-expiration-date"):
        del report[name]
    return report | {
        "port": 0,
        "app-bundle-id": APP,
        "app-version": "3.2",
        "app-platform": "IOS",
        "app-platform-version": "26.1",
        "app-vendor-id": "599F9C00-92DC-4B5C-9464-7971F01F8370",
        "trustkit-version": "3.0.7",
        "enforce-pinning": True,
        "validation-result": 1,
        "known-pins-expiration-date": "2027-05-01",
    }


def trustkit_android(chain: tuple[bytes, ...], *pins: Pin) -> dict[str, Any]:
    """Return a report as TrustKit writes it on Android."""
    report = trustkit_ios(chain, *pins)
    del report["known-pins-expiration-date"], report["app-platform-version"]
    served = [pem(der) for der in chain[:-1]]
    return report | {"app-platform": "ANDROID", "served-certificate-chain": served}


def keypin(chain: tuple[bytes, ...], *pins: Pin) -> dict[str, Any]:
    """Return a report as `keypin.Reporter` writes it."""
    return rfc7469(chain, *pins) | {"app": APP, "version": "3.2", "policy": HOST}


def expect_ct(chain: tuple[bytes, ...], *_: Pin) -> dict[str, Any]:
    """Return a report as RFC 9163 section 3.1 has it."""
    report = rfc7469(chain)
    for name in ("include-subdomains", "noted-hostname", "known-pins"):
        del report[name]
    return {"expect-ct-report": report | {"scts": []}}


WRITERS: dict[str, Callable[..., dict[str, Any]]] = {
    "rfc7469": rfc7469,
    "trustkit-ios": trustkit_ios,
    "trustkit-android": trustkit_android,
    "expect-ct": expect_ct,
    "keypin": keypin,
}


@dataclass(frozen=True)
class World:
    """A public web of two CAs, our server, and our release."""

    ours: Authority
    other: Authority
    shown: tuple[bytes, ...]
    backup: Pin

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The pins that were shipped: our server's key, and one kept offline."""
        return (pin_of(self.shown[0]), self.backup)

    @property
    def release(self) -> Release:
        """The release that was shipped with them."""
        policy = Policy(host=HostPattern(HOST), pins=tuple(map(PolicyPin, self.pins)))
        return Release("3.2", PinSet((policy,)))

    @property
    def roots(self) -> TrustStore:
        """The roots of this public web."""
        found = map(Certificate.from_der, (self.ours.root.der, self.other.root.der))
        return TrustStore(found, "the public roots", profile=Profile.RFC5280)

    def body(self, form: str, chain: tuple[bytes, ...] | None = None, **changes: Any) -> bytes:
        """Return a report as bytes; `None` takes a member out."""
        report = WRITERS[form](chain or self.shown, *self.pins)
        inner = report.get("expect-ct-report", report)
        inner.update({name.replace("_", "-"): value for name, value in changes.items()})
        return json.dumps(report).encode()

    def report(self, chain: tuple[bytes, ...] | None = None, **changes: Any) -> Report:
        """Return a report of TrustKit on Android, read."""
        return read_report(self.body("trustkit-android", chain, **changes))

    def group(self, report: Report, *, sources: int = 12, networks: int = 6, **rest: Any) -> Group:
        """Return the group of one report sent by many."""
        key = rest.pop("key", None) or GroupKey.of(report)
        arrivals = [
            Arrival(
                report=report,
                at=NOW + timedelta(seconds=index),
                source=(index % sources).to_bytes(16, "big") if sources else None,
                network=f"AS{64496 + index % networks}" if networks else None,
                **{"country": ("DE", "FR", "SE")[index % 3], **rest},
            )
            for index in range(max(sources, 24))
        ]
        return Group.of(key, arrivals)

    def facts(self, **changes: Any) -> Facts:
        """Return what is known besides."""
        known = {"at": NOW, "public_roots": self.roots, "releases": (self.release,)}
        return Facts(**known | changes)


@pytest.fixture(scope="session")
def world() -> World:
    """The small world, made once."""
    ours = Authority.named("Our CA", "Our CA Limited")
    shown = ours.chain()
    backup = pin_of(ours.chain()[0])
    return World(ours, Authority.named("Other CA", "Other CA Limited"), shown, backup)


@pytest.fixture(scope="session")
def authority() -> type[Authority]:
    """Makes further authorities."""
    return Authority


@pytest.fixture(scope="session")
def verified() -> Callable[[tuple[bytes, ...]], VerifiedChain]:
    """Makes a verified chain of bytes."""
    return lambda chain: VerifiedChain.from_verifier(map(Certificate.from_der, chain))


@pytest.fixture(scope="session")
def now() -> datetime:
    """The time of every test."""
    return NOW
