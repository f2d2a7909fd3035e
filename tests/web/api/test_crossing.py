"""Organisations stay apart in every operation: the rival tries each with what is acme's."""

from typing import Any

import pytest

from keypin.watch.store.tables import TENANT, audit_log, metadata, organisations
from keypin.web.api.endpoints_listed import Sort
from keypin.web.api.operations import OPERATIONS

pytestmark = pytest.mark.once

_IDS = [one.id for one in OPERATIONS]

# What goes first, so that what it is part of still stands.
_ORDER = ("revoke_token", "remove_release", "remove_application", "remove_owner")


def _rows(api: Any) -> dict[str, list[Any]]:
    """Return all that is stored of acme."""
    owned = [(one, one.c.organisation) for one in metadata.sorted_tables if one.info.get(TENANT)]
    owned += [(audit_log, audit_log.c.organisation), (organisations, organisations.c.id)]
    with api.database.read_across() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select().where(column == 1))))
            for table, column in owned
        }


@pytest.fixture(scope="module")
def rival(kept) -> Any:
    """Return a client with a token of the rival that may do everything."""
    return kept.api.of(kept.api.token("admin", organisation=2))


@pytest.mark.parametrize("operation", OPERATIONS, ids=_IDS)
def test_no_token_of_another_organisation_crosses(kept, rival, pem, mark, operation) -> None:
    """What is named in the path does not exist for it, and nothing of acme's is told or changed.

    An operation that lands later is tried without anybody adding it here; a parameter with a new
    name must be given a value of acme's in `fill`, or this fails.
    """
    before = _rows(kept.api)
    answer = kept.ask(operation, rival, pem())
    assert answer.status_code < 500
    if "{" in operation.path:
        assert answer.status_code == 404
    assert mark not in answer.text.lower()
    assert mark not in str(answer.headers)
    assert _rows(kept.api) == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=_IDS)
def test_without_a_token_nothing_is_told(kept, pem, operation) -> None:
    """401, with the scheme that is expected."""
    answer = kept.ask(operation, kept.api.of(), pem())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_its_own_token_finds_it(filled_any, pem) -> None:
    """The attempts above are such that work for acme itself: they would find what crosses."""
    filled = filled_any
    removals = [one for one in OPERATIONS if one.method == "DELETE"]
    removals.sort(key=lambda one: _ORDER.index(one.id) if one.id in _ORDER else -1)
    for operation in [*(one for one in OPERATIONS if one not in removals), *removals]:
        answer = filled.ask(operation, filled.api.client, pem())
        assert answer.status_code < 500
        assert answer.status_code not in {401, 403, 404}, (operation.id, answer.text)


def test_pages_follow_one_another_on_each_database(filled_any) -> None:
    """By each column, both ways; so do the lists that are sorted by the database."""
    api = filled_any.api
    for host in ("a.example", "b.example"):
        api.post("endpoints", {"host": host})
    ways = [f"sort={sort}&descending={way}" for sort in Sort for way in ("true", "false")]
    lists = [f"endpoints?{way}&limit=1" for way in ways]
    lists += [f"{path}?limit=1" for path in ("ct/findings", "report-groups", "audit-log")]
    for path in lists:
        found, url = [], f"/api/v1/{path}"
        while url:
            page = api.client.get(f"https://watch.example{url}").json()
            found += page["items"]
            url = page["next"]
        assert len({one["id"] for one in found}) == len(found) > 0
