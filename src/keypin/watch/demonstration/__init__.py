"""The demonstration: the laboratory plays a small shop, and the watch watches it for real.

Servers, logs and phones are played; handshakes, reports, probes and findings are not: all that a
page shows came in by the door by which it always comes.

    with Demonstration(settings) as demonstration:      servers and logs of the shop
        with Watch(demonstration.settings) as watch:
            watch.start()
            demonstration.begin(watch.core, address)    its inventory, and the play

Must not write results: no observation, report, finding or alert.
"""

from keypin.watch.demonstration.demonstration import Demonstration, fitting

__all__ = ["Demonstration", "fitting"]
