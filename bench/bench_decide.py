"""How long pins take to load and to decide, whatever their number.

    python bench/bench_decide.py

- loading: a mapping of hosts to two pins each;
- warm: what a handshake does with a chain that its host has shown before;
- cold: from three certificates in DER to the verdict, beside what `cryptography` alone takes to
  read them (the named peer: no decision can be had without that).

Exit code 1 where a target is missed.
"""

import os
import ssl
import sys
import timeit
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from tempfile import NamedTemporaryFile

from cryptography import x509

from keypin import Certificate, PinSet, VerifiedChain, create_default_context, decide
from keypin.lab.cast import Cast
from keypin.tls.verified import peer_of

FEW, MANY = 10, 100_000
LOAD, WARM, COLD = 1.0, 2.0, 50.0  # seconds, microseconds, microseconds
HOST = "www.shop.example.com"


def microseconds(call: Callable[[], object], number: int) -> float:
    """Return the least of several averages."""
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6


def mapping(cast: Cast, count: int) -> dict[str, list[str]]:
    """Return pins of a number of hosts, one of which is the lab's."""
    hosts = {
        f"host{index}.example{index % 1000}.com": [
            f"sha256/{b64encode(os.urandom(32)).decode()}" for _ in range(2)
        ]
        for index in range(count - 1)
    }
    return {**hosts, HOST: [cast.pin("active"), cast.pin("backup")]}


def warm(cast: Cast, pin_set: PinSet) -> float:
    """Return what the judge of a context takes for a chain that it knows, by a real connection."""
    leaf = cast.leaf(hosts=(HOST,))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile(suffix=".pem") as file:
        file.write(leaf.key_pem + leaf.pem + cast.authority("intermediate").pem)
        file.flush()
        server.load_cert_chain(file.name)
    context = create_default_context(pin_set, cadata=cast.trusted_pem().decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname=HOST)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for one in (client, other, client):
        try:
            one.do_handshake()
        except ssl.SSLWantReadError:
            continue
    peer = peer_of(client)
    return microseconds(lambda: context.keypin_judge.judge(client, peer), 20_000)


def main() -> None:
    """Measure, print, and fail where a target is missed."""
    cast = Cast(datetime.now(UTC))
    at = datetime.now(UTC)
    issued = (cast.leaf(), cast.authority("intermediate"), cast.authority("root"))
    ders = [ssl.PEM_cert_to_DER_cert(one.pem.decode()) for one in issued]
    figures = {}
    for count in (FEW, MANY):
        given = mapping(cast, count)
        load = min(timeit.repeat(lambda given=given: PinSet.from_mapping(given), number=1))
        pin_set = PinSet.from_mapping(given)

        def from_der(pin_set: PinSet = pin_set) -> object:
            chain = VerifiedChain.from_verifier(map(Certificate.from_der, ders))
            return decide(pin_set, HOST, chain, at)

        figures[count] = load, warm(cast, pin_set), microseconds(from_der, 1000)
    peer = microseconds(lambda: [x509.load_der_x509_certificate(der) for der in ders], 1000)
    print(f"Python {sys.version.split()[0]}")
    for count, (load, hot, cold) in figures.items():
        print(
            f"{count:>7} policies: loaded in {load:.3f} s, a warm decision {hot:.2f} us, "
            f"a cold one {cold:.1f} us ({cold / peer:.1f} times reading the certificates)"
        )
    load, hot, cold = figures[MANY]
    met = load < LOAD and hot <= WARM and cold <= COLD
    print(f"targets: under {LOAD} s, {WARM} us, {COLD} us: {'met' if met else 'MISSED'}")
    sys.exit(not met)


if __name__ == "__main__":
    main()
