"""Every form with 10,000 hosts: CPU seconds to write, to read, and MiB at the peak.

    python bench/bench_formats.py [HOSTS]

Asked: under a second each way in any form. The peer is Python's own reader of JSON, in the same
run, on keypin's JSON of the same pins: what it takes to look at such a text at all. Each host has
two pins; a form that compares certificates or the leaf alone gets such pins.
"""

import json
import sys
import time
import tracemalloc
from collections.abc import Callable

from keypin.formats import FORMS, Form, form
from keypin.formats.abilities import Positions
from keypin.pins import Digest, HostPattern, Of, Pin, PinSet, Policy, PolicyPin, Role

ASKED = 1.0


def pin_set(one: Form, hosts: int) -> PinSet:
    """Return a pin set that a form can say."""
    can = one.can
    of = max(can.of) if can.of else Of.SPKI
    position = {Positions.LEAF: "leaf", Positions.LEAF_OR_CA: "leaf"}.get(can.positions, "any")
    backup = Role.BACKUP if can.roles else Role.ACTIVE

    def pin(number: int) -> Pin:
        return Pin(number.to_bytes(32, "big"), Digest.SHA256, of, position)

    return PinSet(
        Policy(
            host=HostPattern(f"h{number}.example.com"),
            pins=(PolicyPin(pin(2 * number)), PolicyPin(pin(2 * number + 1), backup)),
        )
        for number in range(hosts)
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the least CPU time of three runs."""
    taken: list[float] = []
    for _ in range(3):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def peak(work: Callable[[], object]) -> float:
    """Return the megabytes that were in use at once."""
    tracemalloc.start()
    work()
    megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return megabytes


def main() -> None:
    """Measure all forms."""
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    own = form("keypin-json")
    text = own.dumps(pin_set(own, hosts))
    peer = seconds(lambda: json.loads(text))
    print(f"{hosts} hosts, two pins each; json.loads of keypin's JSON: {peer:.3f} s")
    print(f"{'form':38}{'MB text':>8}{'write':>8}{'read':>8}{'ratio':>7}{'MiB':>6}")
    slow: list[str] = []
    for one in FORMS:
        pins = pin_set(one, hosts)
        if any(loss.refused for loss in one.losses(pins)):
            print(f"{one.id:38}  cannot say it: {one.losses(pins)[0].message}")
            continue
        written = one.dumps(pins)
        write = seconds(lambda one=one, pins=pins: one.dumps(pins))
        read = seconds(lambda one=one, written=written: one.loads(written))
        high = peak(lambda one=one, written=written: one.loads(written))
        size = len(written) / 1e6
        print(f"{one.id:38}{size:8.1f}{write:8.3f}{read:8.3f}{read / peer:7.1f}{high:6.0f}")
        slow += [one.id] * (max(write, read) > ASKED)
    print(f"over {ASKED} s: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
