"""How one installation is set up: what the command line and the environment may say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Self

from keypin.errors import InputError, Place

# Every address of the machine; nobody can be sent to it.
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - told apart, not listened at

# Where a resolver listens.
_DNS = 53


class Part(StrEnum):
    """What a process of the watch can do; a small installation does all in one."""

    WEB = "web"
    """Answers the API and the pages."""
    COLLECTOR = "collector"
    """Takes reports, and sorts them."""
    PROBER = "prober"
    """Probes endpoints, and judges what they show."""
    LOGS = "logs"
    """Reads Certificate Transparency logs."""
    ALERTS = "alerts"
    """Makes alerts of what was found, and delivers them."""


class Addresses(StrEnum):
    """What is kept of the address that a report came from."""

    CUT = "cut"
    """Its network: 24 bits of IPv4, 48 of IPv6."""
    DIGEST = "digest"
    """A keyed digest alone, which tells sources apart and names none."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of an installation, or of one process of it.

    Each can be given as `KEYPIN_` and its name in capitals, as `KEYPIN_PUBLIC_URL`.

    Attributes:
        data: the folder for the database, the keys, and what was read of logs.
        database: the database's address; SQLite in the folder unless given.
        keys: the file with the keys that seal secrets; in the folder unless given.
        public_url: where people and clients reach the service, for links; made of host and port
            unless given.
        host: the address that is listened at.
        port: the port that is listened at.
        behind: proxies whose `X-Forwarded-For` is believed.
        parts: what this process does.
        vantage: the name of the place that it probes from.
        check: whether the check page answers those who have not signed in.
        internal: networks that may be probed and told though they are internal.
        addresses: what is kept of the addresses that reports come from.
        country_header: the header in which a proxy that is believed says the country that a report
            comes from, as `CF-IPCountry`; empty: none does.
        reports_per_source: how many reports an address may send in a minute.
        reports_per_application: how many are taken for an application in a minute.
        keep_reports: how long single reports are kept, and until they are judged; groups stay.
        keep_observations: how long an observation is kept after it ended.
        keep_findings: how long what logs hold is kept after the certificate expired.
        log_list: the list of CT logs; a file, or the public list unless given.
        resolver: the DNS resolver that CAA records are asked of, as `10.0.0.53` or
            `10.0.0.53:5353`; those of the system unless given.
        oidc_issuer: the OpenID provider, or empty: local accounts alone.
        oidc_client: the name of the service there.
        oidc_secret: its secret there.
        trust: a file of roots besides the platform's, for endpoints with a CA of their own.
        demonstration: whether the laboratory plays what is watched, where nothing else is.
        metrics_token: what whoever reads `/metrics` shows; empty: this machine alone reads them.
    """

    data: Path = Path("keypin-data")
    database: str = ""
    keys: Path | None = None
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8443
    behind: tuple[IPv4Network | IPv6Network, ...] = ()
    parts: frozenset[Part] = frozenset(Part)
    vantage: str = "here"
    check: bool = False
    internal: tuple[IPv4Network | IPv6Network, ...] = ()
    addresses: Addresses = Addresses.CUT
    country_header: str = ""
    reports_per_source: int = 600
    reports_per_application: int = 600_000
    keep_reports: timedelta = timedelta(days=90)
    keep_observations: timedelta = timedelta(days=730)
    keep_findings: timedelta = timedelta(days=730)
    log_list: str = ""
    resolver: tuple[str, int] | None = None
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""
    trust: Path | None = None
    demonstration: bool = False
    metrics_token: str = ""

    @property
    def database_url(self) -> str:
        """The database's address."""
        return self.database or f"sqlite:///{(self.data / 'keypin.db').absolute()}"

    @property
    def key_file(self) -> Path:
        """The file with the keys that seal secrets."""
        return self.keys or self.data / "keys"

    @property
    def stage(self) -> Path:
        """The folder of what a demonstration alone needs; it is there where one was played."""
        return self.data / "demonstration"

    @property
    def base_url(self) -> str:
        """Where the service is reached, without a slash at the end."""
        host = "localhost" if self.host in _EVERYWHERE else self.host
        host = f"[{host}]" if ":" in host else host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @classmethod
    def read(cls, environment: Mapping[str, str], **given: Any) -> Self:  # noqa: ANN401 - any option
        """Read the settings.

        Args:
            environment: the variables; those that begin with `KEYPIN_` and name a setting count.
            given: settings that the command line says, None where it does not; they win.

        Raises:
            InputError: a value cannot be used.
        """
        values = {name: value for name, value in given.items() if value is not None}
        for name in {field.name for field in fields(cls)} - values.keys():
            text = environment.get(f"KEYPIN_{name.upper()}")
            if text is not None:
                values[name] = _parse(name, text)
        return cls(**values)


def _parse(name: str, text: str) -> object:
    kind = _KINDS.get(name, str)
    try:
        return kind(text)
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{text!r}",
            expected=_EXPECTED[name],
            next_step="correct the variable",
            place=Place(key=f"KEYPIN_{name.upper()}"),
        ) from error


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part) for part in text.replace(",", " ").split())


def _parts(text: str) -> frozenset[Part]:
    chosen = frozenset(Part(part) for part in text.replace(",", " ").split())
    if not chosen:
        raise ValueError(text)
    return chosen


def _days(text: str) -> timedelta:
    days = int(text)
    if days < 1:
        raise ValueError(text)
    return timedelta(days=days)


def _several(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 1 << 16:
        raise ValueError(text)
    return port


def _resolver(text: str) -> tuple[str, int]:
    try:
        return str(ip_address(text)), _DNS
    except ValueError:
        address, _, port = text.rpartition(":")
        return str(ip_address(address.strip("[]"))), _port(port)


def _truth(text: str) -> bool:
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[
        text.lower()
    ]


_KINDS: dict[str, Callable[[str], object]] = {
    "data": Path,
    "keys": Path,
    "trust": Path,
    "port": _port,
    "behind": _networks,
    "internal": _networks,
    "resolver": _resolver,
    "parts": _parts,
    "check": _truth,
    "demonstration": _truth,
    "addresses": Addresses,
    "reports_per_source": _several,
    "reports_per_application": _several,
    "keep_reports": _days,
    "keep_observations": _days,
    "keep_findings": _days,
}

_EXPECTED = {
    "port": "a port, from 0 to 65535",
    "behind": "networks, as 10.0.0.0/8, with spaces between",
    "internal": "networks, as 10.0.0.0/8, with spaces between",
    "resolver": "an address, as 10.0.0.53 or 10.0.0.53:5353",
    "parts": f"some of {', '.join(Part)}, with spaces between",
    "check": "yes or no",
    "demonstration": "yes or no",
    "addresses": f"one of {', '.join(Addresses)}",
    "reports_per_source": "a number, 1 or more",
    "reports_per_application": "a number, 1 or more",
    "keep_reports": "a number of days",
    "keep_observations": "a number of days",
    "keep_findings": "a number of days",
}
