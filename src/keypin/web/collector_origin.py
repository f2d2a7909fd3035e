"""Where a report comes from, and whether one more is admitted from there.

Limits are for each site (an IPv4 address, the /64 of an IPv6 one) and for each application, so that
neither one client in a loop nor one application's storm keeps others out. Addresses are in memory
alone, and bounded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from starlette.types import Scope

from keypin.watch.settings import Settings
from keypin.web import security_source
from keypin.web.collector_answers import later
from keypin.web.security_throttle import Throttle

_MINUTE = timedelta(minutes=1)

# Addresses that were seen lately; one is looked at for 10 microseconds when it is not known.
_REMEMBERED = 50_000

# A longer list of hops is read each time: it would fill the memory.
_SHORT = 100

# ISO 3166-1 alpha-2; proxies say XX and T1 (Tor) where they do not know.
_COUNTRY = 2
_UNKNOWN = {"XX", "T1"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from.

    Attributes:
        site: what limits count by.
        network: as much of the address as is kept, or None.
        country: as a proxy says, or None.
    """

    site: str
    network: str | None
    country: str | None


class Origins:
    """Looks where requests come from, and admits them.

    Args:
        settings: proxies, what is kept, and the limits.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._header = settings.country_header.lower().encode()
        self._sites = Throttle(settings.reports_per_source, _MINUTE)
        self._applications = Throttle(settings.reports_per_application, _MINUTE)
        self._place = lru_cache(_REMEMBERED)(self._look)

    def admitted(self, scope: Scope, application: int, at: datetime) -> Origin:
        """Return where a request comes from.

        Raises:
            Refusal: too many came from there, or for this application.
        """
        peer = str((scope.get("client") or ("",))[0])
        hops = b",".join(v for name, v in scope["headers"] if name == b"x-forwarded-for")
        look = self._place if len(hops) <= _SHORT else self._look
        site, network, trusted = look(peer, hops)
        wait = self._sites.wait(site, at)
        if wait is not None:
            raise later(429, "too many reports come from this address", wait.total_seconds())
        wait = self._applications.wait(str(application), at)
        if wait is not None:
            raise later(429, "too many reports come for this application", wait.total_seconds())
        return Origin(site, network, self._country(scope) if trusted else None)

    def _look(self, peer: str, hops: bytes) -> tuple[str, str | None, bool]:
        """Return site, network, and whether the peer is a proxy that is believed."""
        behind = self._settings.behind
        scope = {"client": (peer, 0), "headers": [(b"x-forwarded-for", hops)]}
        address = security_source.client_address(scope, behind)
        network = security_source.network(address, self._settings.addresses)
        return security_source.site(address), network or None, security_source.within(peer, behind)

    def _country(self, scope: Scope) -> str | None:
        said = next((value for name, value in scope["headers"] if name == self._header), b"")
        country = said.decode("latin-1").upper()
        known = len(country) == _COUNTRY and country.isascii() and country.isalpha()
        return country if known and country not in _UNKNOWN else None
