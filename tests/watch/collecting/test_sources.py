"""What is kept of an address, and for how long it means anything."""

from datetime import date, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from keypin.watch.collecting.sources import DIGEST, DayKey, Sources
from keypin.watch.settings import Addresses
from keypin.watch.store import Sealer
from keypin.watch.store.tables import installation

TODAY = date(2026, 11, 29)
TOMORROW = TODAY + timedelta(days=1)


def _renew(core, day: date) -> DayKey:
    with core.database.begin_across() as connection:
        return DayKey.renew(connection, core.sealer, day)


def test_all_machines_have_the_same_key_for_a_day(any_core) -> None:
    """Whoever comes second takes the first one's."""
    first = _renew(any_core, TODAY)
    assert _renew(any_core, TODAY) == first
    with any_core.database.read_across() as connection:
        assert DayKey.read(connection, any_core.sealer) == first


def test_the_next_day_replaces_it(any_core) -> None:
    """Nothing of the old one is left; and a machine whose clock is late takes the new one."""
    old = _renew(any_core, TODAY)
    new = _renew(any_core, TOMORROW)
    assert new.key != old.key
    assert _renew(any_core, TODAY) == new
    with any_core.database.read_across() as connection:
        assert len(connection.execute(select(installation)).all()) == 1


def test_a_key_is_sealed(any_core) -> None:
    """Without the installation's own key it cannot be read, and another takes its place."""
    made = _renew(any_core, TODAY)
    with any_core.database.read_across() as connection:
        value = connection.execute(select(installation.c.value)).scalar()
        assert made.key.hex() not in repr(value)
        other = Sealer([Fernet.generate_key().decode()])
        assert DayKey.read(connection, other) is None
    with any_core.database.begin_across() as connection:
        assert DayKey.renew(connection, other, TODAY).key != made.key


def test_there_is_none_before_the_first(core) -> None:
    """As on a new installation."""
    with core.database.read_across() as connection:
        assert DayKey.read(connection, core.sealer) is None


@pytest.mark.parametrize(
    ("addresses", "site", "length"),
    [
        (Addresses.CUT, "192.0.2.1", DIGEST),
        (Addresses.DIGEST, "2001:db8::/64", DIGEST),
        (Addresses.NOTHING, "192.0.2.1", None),
        (Addresses.CUT, "", None),
    ],
)
def test_a_digest_says_nothing_but_same_or_another(addresses, site, length) -> None:
    """Under another key it is another one."""
    digest = Sources(DayKey(TODAY, bytes(32)), addresses).digest(site)
    other = Sources(DayKey(TODAY, bytes([1] * 32)), addresses).digest(site)
    assert (digest and len(digest)) == length
    assert digest is None or digest != other
