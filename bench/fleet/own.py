"""keypin's own run, in a process of its own so that its CPU and its peak memory are its own.

    python bench/fleet/own.py CA-FILE PORT COUNT KIND

KIND is `same` (one name, as the rivals ask), `names` (each host its own name: every chain is
verified anew) or `broken` (every twentieth endpoint refuses). Prints one line of JSON.
"""

import json
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator

from keypin.certs import Endpoint
from keypin.probe import Dial, KeyType, Options, probe_stream
from keypin.trust import trust_from_file

WARM_UP = 20


def _endpoints(kind: str, port: int, closed: int, count: int) -> Iterator[Endpoint]:
    for number in range(count):
        broken = kind == "broken" and number % 20 == 0
        host = "bench.example" if kind == "same" else f"h{number}.bench.example"
        yield Endpoint(host, closed if broken else port)


def main() -> None:
    """Probe, count and print."""
    ca_file, port, count, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    options = Options(
        trust=trust_from_file(ca_file), key_types=(KeyType.DEFAULT,), connect=(Dial("127.0.0.1"),)
    )
    endpoints = _endpoints(kind, port, closed, count)
    # The exporter is a service that runs already; a first few endpoints pay keypin's late imports.
    for _ in probe_stream(_endpoints(kind, port, closed, WARM_UP), options):
        pass
    cpu, wall = time.process_time(), time.monotonic()
    verified, causes = 0, Counter[str]()
    for seen in probe_stream(endpoints, options, concurrency=64, per_host=64):
        verified += bool(seen.chains)
        causes.update(failure.cause for failure in seen.failures)
    result = {
        "endpoints": verified,
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - wall,
        "causes": causes,
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(result))


main()
