"""What endpoints serve now is found by the endpoint, however many ever served the same."""

from typing import Any

import pytest
from sqlalchemy import event

from keypin.watch.store.tables import observations


@pytest.mark.parametrize(
    "path",
    ["/", "/endpoints", "/matrix", "/inventory", "/inventory/applications/1"],
)
def test_no_page_reads_who_ever_showed_a_chain(new_shop, path: str) -> None:
    """SQLite has no statistics here: of indexes that are as good it takes the one made last."""
    shop = new_shop()
    (last,) = (one for one in observations.indexes if one.name == "ix_observations_chain")
    with shop.database.begin_across() as connection:
        last.drop(connection)
        last.create(connection)
    browser, asked = shop.browser(), list[tuple[str, Any]]()

    def note(_connection, _cursor, statement: str, parameters: Any, *_: object) -> None:
        if "FROM observations" in statement:
            asked.append((statement, parameters))

    event.listen(shop.database.engine, "before_cursor_execute", note)
    assert browser.get(path).status_code == 200
    event.remove(shop.database.engine, "before_cursor_execute", note)
    assert asked
    for statement, parameters in asked:
        with shop.database.read_across() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        steps = [row[-1] for row in plan if " observations" in row[-1]]
        assert steps
        assert all("(organisation=? AND endpoint=?" in one for one in steps), steps
