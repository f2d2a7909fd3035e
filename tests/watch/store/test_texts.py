"""What no database keeps is replaced, whoever sent it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from keypin.watch.store.tables import organisations, settings
from keypin.watch.store.texts import to_json

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\0b", '"a\ufffdb"'),
        ("a\\u0000b", '"a\\\\u0000b"'),
        ("\\\0", '"\\\\\ufffd"'),
        ("\ud800", '"?"'),
        ({"k\0": ["ü"]}, '{"k\ufffd": ["ü"]}'),
    ],
    ids=["nul", "backslash-u", "backslash-and-nul", "surrogate", "nested"],
)
def test_json_holds_nothing_that_a_database_refuses(value, kept) -> None:
    """And what only looks like it stays."""
    assert to_json(value) == kept


def test_a_nul_is_kept_as_a_replacement(any_database) -> None:
    """In documents; PostgreSQL refuses it in texts, too."""
    with any_database.begin(1) as scope:
        scope.add(settings, name="x", value={"a": "b\0c"}, changed_at=NOON)
        query = scope.select(settings.c.value).where(settings.c.name == "x")
        assert scope.value(query) == {"a": "b\ufffdc"}


def test_whoever_asks_for_a_name_with_a_nul_finds_nothing(any_database) -> None:
    """It is no error of the database's."""
    with any_database.read_across() as connection:
        query = select(organisations).where(organisations.c.name == "acme\0")
        assert connection.execute(query).all() == []
