"""Which endpoint a certificate is for, and which become known by one."""

import pytest

from keypin.watch.store.tables import endpoints
from keypin.watch.transparency import places

HOST = "api.example.com"


def _hosts(watching) -> dict[str, str]:
    with watching.database.read(1) as scope:
        rows = scope.rows(scope.select(endpoints.c.host, endpoints.c.origin))
        return {row["host"]: row["origin"] for row in rows}


@pytest.mark.parametrize(
    ("names", "which"),
    [
        ((HOST,), 1),
        (("*.example.com",), 1),
        (("other.example", HOST), 1),
        (("b.a.example.com",), None),
        (("*.com", "*.a.example.com"), None),
    ],
)
def test_a_certificate_is_for_the_endpoint_that_it_names(watching, names, which) -> None:
    """Of several ports that of browsers; a wildcard is for one label more."""
    other = watching.endpoint(HOST, port=8443)
    number = watching.endpoint(HOST)
    with watching.database.read(1) as scope:
        found = places.find(scope, names)
    assert (found and found.number) == (number if which else None)
    with watching.database.read(2) as scope:
        assert places.find(scope, names) is None
    assert number != other


def test_a_name_below_a_pinned_pattern_becomes_an_endpoint(watching, tailing, monkeypatch) -> None:
    """So that it is probed; not what no pin covers, no wildcard, and not without an end."""
    monkeypatch.setattr(places, "MOST", 2)
    watching.pin("1.0", "old", "backup", host="*.example.com")
    watching.level(tailing)
    watching.issue("one.example.com", "too.deep.example.com", "*.example.com")
    watching.until(watching.found, tailing)
    assert _hosts(watching) == {"one.example.com": "logs"}
    [row] = watching.found()
    assert row["endpoint"] == 1
    watching.issue("two.example.com", "three.example.com")
    watching.until(lambda: len(watching.found()) == 2, tailing)
    assert set(_hosts(watching)) == {"one.example.com", "two.example.com"}
