"""The shop's DNS tells CAA records to who asks as a CA does."""

import socket

import pytest

from keypin.ct.caa import Record, RecordSet
from keypin.watch.demonstration.zone import Zone
from keypin.watch.transparency.asking import Asking

RECORDS = {"api.shop.test": ('0 issue ";"', '0 iodef "mailto:ca@shop.test"')}


@pytest.mark.parametrize("name", ["api.shop.test", "v2.api.shop.test"])
def test_the_records_of_a_name_count_for_all_below_it(name: str) -> None:
    """All of them."""
    with Zone(RECORDS) as zone:
        found = Asking(resolver=zone.where)([name])[name]
    assert isinstance(found, RecordSet)
    assert found.owner == "api.shop.test"
    assert set(found.records) == {
        Record(0, "issue", ";"),
        Record(0, "iodef", "mailto:ca@shop.test"),
    }


def test_other_names_have_none() -> None:
    """Which is an answer; what is no question gets none, and stops nothing."""
    with Zone(RECORDS) as zone:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"nonsense", zone.where)
        assert Asking(resolver=zone.where)(["shop.test"]) == {"shop.test": RecordSet()}
