"""What a request dials for a route while somebody waits: few at a time, and not for long.

Whoever answers such a request has one of the few threads that answer all requests, and the other
end is somebody's: it takes as long as it is let. So the test of a route has a place among few, of
an organisation and in all, and a name is looked up for some seconds alone.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from ssl import SSLContext
from threading import Lock

import httpx2

from keypin.watch.alerting import outbox, routes
from keypin.watch.alerting.sending import Failure, Post
from keypin.watch.core import Core
from keypin.watch.guarding import Guard
from keypin.watch.guarding_sockets import guarded_sockets
from keypin.watch.people import audit
from keypin.watch.time_limit import TOTAL, TimeLimit
from keypin.web.identity import Identity
from keypin.web.problems import WrongError

# Tests that are sent at a time, of one organisation and in all.
OF_ONE, IN_ALL = 2, 6

# Seconds for the names of all addresses that one request brings.
LOOK_UP = 5.0


class Places:
    """Places for what takes time, a few for one organisation and a few in all.

    Args:
        of_one: how many one organisation may take.
        in_all: how many there are.
    """

    def __init__(self, of_one: int, in_all: int) -> None:
        self._of_one = of_one
        self._in_all = in_all
        self._taken: Counter[int] = Counter()
        self._lock = Lock()

    @contextmanager
    def one(self, organisation: int) -> Generator[None]:
        """Take a place for a while.

        Raises:
            WrongError: 429, there is none.
        """
        with self._lock:
            mine, all_ = self._taken[organisation], self._taken.total()
            if mine >= self._of_one or all_ >= self._in_all:
                whose = "your organisation's" if mine >= self._of_one else "all"
                count = mine if mine >= self._of_one else all_
                raise WrongError(
                    429,
                    f"{count} tests of routes are being sent, which are {whose} places; "
                    f"try again in {TOTAL:g} seconds",
                    retry_after=f"{TOTAL:g}",
                )
            self._taken[organisation] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[organisation] -= 1


_tests = Places(OF_ONE, IN_ALL)


def test(
    core: Core, identity: Identity, name: str, *, base: str, guard: Guard, at: datetime
) -> Failure | None:
    """Send a message to a route that says that it is a test; one that is taken wakes the others.

    Args:
        core: the installation.
        identity: who asks.
        name: of the route.
        base: where the pages of the organisation are.
        guard: judges what is dialled.
        at: now.

    Returns:
        Why it was not taken, or None: it was.

    Raises:
        UnknownError: there is no such route.
        WrongError: 429, too many are sent already.
    """
    with core.database.read(identity.organisation) as scope:
        address = routes.address_of(scope, core.sealer, name)
        number = routes.find(scope, name).id
    with _tests.one(identity.organisation):
        failure = routes.test(Post(guard, _roots()), name, address, base=base, at=at)
    with core.database.begin(identity.organisation) as scope:
        detail = {"taken": failure is None}
        audit.record(scope, identity.actor, "route.test", name, detail, at=at)
        if failure is None:
            outbox.takes_again(scope, number, core.clock())
    return failure


@contextmanager
def looking_up(seconds: float = LOOK_UP) -> Generator[None]:
    """Have the names that are looked up within the block answered in time, or not at all."""
    with TimeLimit(seconds) as limit, guarded_sockets(None, limit=limit):
        yield


@cache
def _roots() -> SSLContext:
    """Return what verifies certificates; to read the roots takes a quarter of a second."""
    return httpx2.create_ssl_context()
