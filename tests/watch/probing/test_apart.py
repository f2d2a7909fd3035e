"""One endpoint keeps no others from being written or judged."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from keypin.probe import KeyType, Options, probe_stream
from keypin.watch.inventory import endpoints
from keypin.watch.probing.apart import apart
from keypin.watch.probing.claims import Claims
from keypin.watch.probing.observations import Probed
from keypin.watch.store.tables import certificates, chains, observations


def test_an_endpoint_that_goes_while_it_is_probed_takes_nothing_with_it(
    any_watched, server, chain
) -> None:
    """What the others showed is written."""
    running = server(*chain())
    numbers = [any_watched.endpoint(running, host) for host in ("127.0.0.1", "localhost")]
    claimed = Claims(any_watched.database, "here").claim(any_watched.now, 9)
    options = Options(trust=any_watched.trust, key_types=(KeyType.DEFAULT,))
    shown = {
        one.endpoint: one for one in probe_stream([each.endpoint for each in claimed], options)
    }
    with any_watched.database.begin(1) as scope:
        endpoints.remove(scope, numbers[0])
    any_watched.prober().write([Probed(one, shown[one.endpoint]) for one in claimed])
    assert [row["endpoint"] for row in any_watched.rows()] == [numbers[1]]


def test_a_chain_that_cannot_be_read_leaves_the_others_judged(watched, server, chain) -> None:
    """It is tried again in an hour."""
    first, second = (watched.endpoint(server(*chain())) for _ in range(2))
    watched.probe()
    with watched.database.begin_across() as connection:
        shown = select(observations.c.chain).where(observations.c.endpoint == first)
        leaf = select(chains.c.leaf).where(chains.c.digest.in_(shown)).scalar_subquery()
        broken = update(certificates).where(certificates.c.digest == leaf)
        connection.execute(broken.values(der=b"broken"))
    watched.judge().turn(watched.now)
    assert watched.standing(second)["state"] == "fine"
    assert watched.standing(first)["judge_at"] == watched.now + timedelta(hours=1)


def test_a_database_that_is_not_there_is_nobodys_fault() -> None:
    """The whole is tried again, once it is."""

    def fail(_: object) -> None:
        raise OperationalError("", {}, OSError())

    with pytest.raises(OperationalError):
        apart([1, 2], fail)
