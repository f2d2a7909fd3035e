"""A prober: claims what is due, probes it, and writes what it showed, again and again.

Several run beside each other in one process, for one that waits for slow servers does little else.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from time import monotonic

from keypin.certs import Endpoint, Observation
from keypin.probe import Options, probe_stream
from keypin.watch.probing.apart import apart
from keypin.watch.probing.claims import Claimed, Claims
from keypin.watch.probing.observations import Probed, record
from keypin.watch.probing.pace import Pace
from keypin.watch.store import Database

# Endpoints that one prober has under way; all of them begin at once, within their lease.
MOST = 150

# Endpoints of one host at once: a courtesy to servers.
PER_HOST = 4

# What was seen is written after so many endpoints, or so many seconds.
BATCH, SECONDS = 50, 1.0

# How long a prober rests that found nothing due.
REST = 0.5


class Prober:
    """One prober.

    Args:
        database: where endpoints and observations stand.
        vantage: the name of the place that it probes from.
        options: how it probes.
        pace: how fast; shared by those of one process.
        clock: tells the time.
    """

    def __init__(
        self,
        database: Database,
        vantage: str,
        options: Options,
        pace: Pace,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._vantage = vantage
        self._options = options
        self._pace = pace
        self._clock = clock
        self._claims = Claims(database, vantage)
        self._left: Sequence[Claimed] = ()

    def run(self, stop: threading.Event) -> None:
        """Probe until told to stop."""
        while not stop.is_set():
            if not self.turn(stop):
                stop.wait(REST)

    def turn(self, stop: threading.Event) -> int:
        """Probe what is due, once, and return how many endpoints that were."""
        allowed = self._pace.take(MOST)
        if not allowed:
            return 0
        if self._left:  # the turn before ended in its middle, as without a database
            self._claims.give_back(self._left, self._clock())
        self._left = claimed = self._claims.claim(self._clock(), allowed)
        self._pace.give_back(allowed - len(claimed))
        if claimed:
            self._probe(claimed, stop)
        self._left = ()
        return len(claimed)

    def _probe(self, claimed: Sequence[Claimed], stop: threading.Event) -> None:
        ours: dict[Endpoint, list[Claimed]] = {}
        for one in claimed:
            ours.setdefault(one.endpoint, []).append(one)
        seen: list[Probed] = []
        written = monotonic()
        with closing(self._stream(tuple(ours))) as stream:
            for observation in stream:
                shown = replace(observation, at=self._clock())
                # Two organisations may have the same endpoint; it is probed once.
                seen += (Probed(one, shown) for one in ours[observation.endpoint])
                if len(seen) >= BATCH or monotonic() - written >= SECONDS:
                    self.write(seen)
                    seen, written = [], monotonic()
                if stop.is_set():
                    break
        self.write(seen)

    def _stream(self, endpoints: Sequence[Endpoint]) -> Generator[Observation]:
        return probe_stream(endpoints, self._options, concurrency=MOST, per_host=PER_HOST)

    def write(self, seen: Sequence[Probed]) -> None:
        """Write what endpoints showed; one that was removed meanwhile is left out."""
        if seen:
            apart(seen, self._record)

    def _record(self, seen: Sequence[Probed]) -> None:
        with self._database.begin_across() as connection:
            record(connection, self._vantage, seen)
