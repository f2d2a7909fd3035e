"""How long the forecast of a host takes, for one release and for ten, with a pin that matches.

    python bench/bench_forecast.py [HOSTS]

Each host has a chain of its own below one CA, made here and parsed anew, and each release a policy
for each host. Where policies expire, each does on a day of its own. Counts processor time. Exit
code 1 where the target is missed: 100,000 hosts of ten releases within two minutes of one core.
"""

import sys
import time
from datetime import UTC, datetime, timedelta

from keypin.certs import Certificate, Profile, TrustStore
from keypin.lab.authority import Request, issue
from keypin.lab.cast import Cast
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role
from keypin.rotation import Release, Share, UsedRelease, forecast_host, merge

HOSTS = int(sys.argv[1]) if len(sys.argv) > 1 else 500
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TARGET = 1200  # microseconds for a host of ten releases

CAST = Cast(NOW)
CA = CAST.authority("intermediate")
TRUST = TrustStore([Certificate.from_pem(CAST.authority("root").pem)], profile=Profile.RFC5280)
PINS = (
    PolicyPin(Pin.parse(CAST.pin("active"))),
    PolicyPin(Pin.parse(CAST.pin("backup")), Role.BACKUP),
)

Chain = tuple[bytes, bytes]


def chains(hosts: list[str]) -> list[Chain]:
    """Return a chain for each host, as DER."""
    key = CAST.key("active")
    requests = (Request(name=host, key=key, hosts=(host,), issuer=CA) for host in hosts)
    return [(issue(request, NOW).der, CA.der) for request in requests]


def releases(hosts: list[str], count: int, *, expire: bool) -> list[UsedRelease]:
    """Return releases that pin every host."""
    return [
        UsedRelease(
            release=Release(
                f"3.{number}",
                PinSet(
                    Policy(
                        host=HostPattern.parse(host),
                        pins=PINS,
                        expires=NOW + timedelta(days=20 + number) if expire else None,
                    )
                    for host in hosts
                ),
            ),
            share=Share(1 / count),
        )
        for number in range(count)
    ]


def measure(hosts: list[str], served: list[Chain], count: int, *, expire: bool) -> float:
    """Print and return the microseconds of a host."""
    used = releases(hosts, count, expire=expire)
    parsed = [tuple(map(Certificate.from_der, chain)) for chain in served]
    begin = time.process_time()
    rows = [
        forecast_host(host, used, served=[chain], trust=TRUST, at=NOW)
        for host, chain in zip(hosts, parsed, strict=True)
    ]
    each = (time.process_time() - begin) / len(hosts) * 1e6
    begin = time.process_time()
    forecast = merge(NOW, rows)
    merged = (time.process_time() - begin) / len(forecast.rows) * 1e6
    print(
        f"{count:2} releases, {'policies expire' if expire else 'no expiry':15}: "
        f"{each:6.0f} us a host, {each / count:6.1f} us a host and release, "
        f"{merged:4.1f} us a row to merge"
    )
    return each


def main() -> None:
    """Measure the four cases."""
    hosts = [f"host{number}.shop.example" for number in range(HOSTS)]
    served = chains(hosts)
    worst = max(
        measure(hosts, served, count, expire=expire)
        for expire in (False, True)
        for count in (1, 10)
    )
    print(f"100,000 hosts of ten releases: {worst / 10:.0f} s of one core at worst")
    sys.exit(worst > TARGET)


if __name__ == "__main__":
    main()
