"""Certificates that verify, and releases with pins of the laboratory's keys."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from keypin.certs import Certificate, Profile, TrustStore
from keypin.lab.authority import Issued, Request, issue
from keypin.lab.cast import Cast
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role
from keypin.rotation import Judgement, Release, judge

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOST = "api.shop.example"


@dataclass(frozen=True)
class Shop:
    """A shop's CA, its chains, and the pins of its apps."""

    cast: Cast

    def trust(self, *names: str) -> TrustStore:
        """Return a store of the laboratory's CAs."""
        anchors = [_certificate(self.cast.authority(name)) for name in names or ("root",)]
        return TrustStore(anchors, "the shop's clients", profile=Profile.RFC5280)

    def chain(
        self, key: str = "active", *hosts: str, issuer: str = "intermediate", **changes
    ) -> tuple[Certificate, ...]:
        """Return a chain as a server sends it."""
        above = self.cast.authority(issuer)
        request = Request(
            name=(hosts or (HOST,))[0],
            key=self.cast.key(key),
            hosts=hosts or (HOST,),
            issuer=above,
            **changes,
        )
        return _certificate(issue(request, NOW)), _certificate(above)

    def cross_signed(self, days: int = 3650) -> Certificate:
        """Return the new root's key and name, signed by the old root."""
        request = Request(
            name="keypin lab new root",
            organization="keypin lab",
            key=self.cast.key("new-root"),
            issuer=self.cast.authority("cross-root"),
            ca=True,
            days=days,
        )
        return _certificate(issue(request, NOW))

    def entry(self, key: str, role: str = "active", position: str = "any", **more) -> PolicyPin:
        """Return a pin of one of the laboratory's keys."""
        pin = Pin.parse(self.cast.pin(key), position=position)
        return PolicyPin(pin, Role(role), **more)

    def policy(self, *entries: PolicyPin, host: str = HOST, **changes) -> Policy:
        """Return a policy of pins, those of active and backup key where none are given."""
        pins = entries or (self.entry("active"), self.entry("backup", "backup"))
        return Policy(host=HostPattern.parse(host), pins=pins, **changes)

    def release(self, *policies: Policy, name: str = "3.2") -> Release:
        """Return a release."""
        return Release(name, PinSet(policies or (self.policy(),)))

    def judge(self, chain, *policies: Policy, trust: TrustStore | None = None, **more) -> Judgement:
        """Return the one judgement of a chain by a release of some policies."""
        found = judge(
            [self.release(*policies)],
            chain,
            trust=trust or self.trust(),
            **{"at": NOW, **more},
        )
        (judgement,) = found
        return judgement


def _certificate(issued: Issued) -> Certificate:
    return Certificate.from_pem(issued.pem)


@pytest.fixture(scope="session")
def shop() -> Shop:
    """Return the shop."""
    return Shop(Cast(NOW))


@pytest.fixture(scope="session")
def now() -> datetime:
    """Return the day of deployment."""
    return NOW


@pytest.fixture
def says(shop: Shop) -> Callable[..., list[str]]:
    """Return a function that gives the identifiers of what is found about one chain."""
    from keypin.rotation import findings  # noqa: PLC0415 - beside its one use

    def find(chain, *policies: Policy, **more) -> list[str]:
        return [one.id for one in findings([shop.judge(chain, *policies, **more)])]

    return find


@pytest.fixture
def used(shop: Shop) -> Callable[..., object]:
    """Return a function that makes a release with users."""
    from keypin.rotation import Share, UsedRelease  # noqa: PLC0415 - beside its one use

    def make(*policies: Policy, name: str = "3.2", share: float | None = 0.41, application=""):
        return UsedRelease(
            release=shop.release(*policies, name=name),
            share=None if share is None else Share(share),
            application=application,
        )

    return make


@pytest.fixture
def rows(shop: Shop) -> Callable[..., tuple]:
    """Return a function that forecasts the shop's host."""
    from keypin.rotation import forecast_host  # noqa: PLC0415 - as above

    def forecast(releases, *served, **more):
        return forecast_host(
            more.pop("host", HOST),
            releases,
            served=served,
            **{"trust": shop.trust(), "at": NOW, **more},
        )

    return forecast
