"""No statement of a scope reaches another organisation."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from keypin.watch.store import CrossingError
from keypin.watch.store.tables import applications, organisations, owners

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
PLAIN = select(owners)
EITHER = select(owners).where((owners.c.organisation == 1) | (owners.c.name == "it"))
JOINED = (
    select(applications.c.name)
    .join_from(applications, owners, owners.c.id == applications.c.owner)
    .where(applications.c.organisation == 1)
)
NESTED = select(organisations.c.id).where(organisations.c.id.in_(select(owners.c.organisation)))
REFUSED = {
    "a query of all": PLAIN,
    "a query of another's": select(owners).where(owners.c.organisation == 2),
    "a condition that may not hold": EITHER,
    "a join that does not compare organisations": JOINED,
    "a query within a query": NESTED,
    "a change of all": update(owners).values(name="it"),
    "a removal of all": owners.delete(),
    "a row that is handed over": update(owners)
    .where(owners.c.organisation == 1)
    .values(organisation=2),
    "a row of another": insert(owners).values(organisation=2, name="it"),
    "a row without one": insert(owners).values(name="it"),
    "rows that a query makes": insert(owners).from_select(["organisation", "name"], PLAIN),
    "SQL in text": text("SELECT 1"),
    "SQL in text as a condition": select(owners).where(text("organisation = 1")),
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_what_could_cross_is_refused_before_it_runs(database, statement) -> None:
    """It does not matter whether it would have found anything."""
    with pytest.raises(CrossingError), database.begin(1) as scope:
        scope.execute(statement)


def test_a_list_of_rows_is_looked_at_row_by_row(database) -> None:
    """One row of another organisation among many refuses them all."""
    rows = [{"organisation": 1, "name": "a"}, {"organisation": 2, "name": "b"}]
    with pytest.raises(CrossingError), database.begin(1) as scope:
        scope.connection.execute(insert(owners), rows)
    with database.read(1) as scope:
        assert scope.rows(scope.select(owners)) == []


def test_joins_by_equal_organisations_are_restricted_together(database) -> None:
    """One of the joined tables must name the organisation, and which does not matter."""
    query = (
        select(applications.c.name)
        .join_from(
            applications,
            owners,
            (owners.c.id == applications.c.owner)
            & (owners.c.organisation == applications.c.organisation),
        )
        .where(owners.c.organisation == 1)
    )
    with database.read(1) as scope:
        assert scope.rows(query) == []


def test_an_alias_is_restricted_like_its_table(database) -> None:
    """A table by another name is the same table."""
    boss = owners.alias("boss")
    with database.read(1) as scope:
        assert scope.rows(scope.select(boss)) == []
        with pytest.raises(CrossingError, match="boss"):
            scope.rows(scope.select(owners).join(boss, boss.c.name == owners.c.name))


def test_each_sees_its_own(any_database) -> None:
    """Two organisations may use the same names, and do not see each other's rows."""
    for organisation in (1, 2):
        with any_database.begin(organisation) as scope:
            scope.add(owners, name="it", title=str(organisation))
    for organisation in (1, 2):
        with any_database.read(organisation) as scope:
            assert [row.title for row in scope.execute(scope.select(owners))] == [str(organisation)]


def test_the_database_refuses_a_link_to_another_organisation(any_database) -> None:
    """Not even a number that was guessed leads across."""
    with any_database.begin(2) as scope:
        foreign = scope.add(owners, name="it")
    values = {"name": "shop", "title": "Shop", "tags": [], "report_key": "k", "created_at": NOON}
    with pytest.raises(IntegrityError), any_database.begin(1) as scope:
        scope.add(applications, owner=foreign, **values)
