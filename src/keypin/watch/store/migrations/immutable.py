"""Tables in which a row, once written, stays as it is."""

from sqlalchemy import Connection

_SQLITE = """
CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} cannot be changed'); END
"""

_FUNCTION = """
CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} cannot be changed'; END $$
"""

_TRIGGER = """
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()
"""


def forbid_changes(connection: Connection, table: str) -> None:
    """Refuse every change and removal of a table's rows, in the database itself."""
    if connection.dialect.name == "sqlite":
        statements = [_SQLITE.format(table=table, what=what) for what in ("UPDATE", "DELETE")]
    else:
        statements = [_FUNCTION.format(table=table), _TRIGGER.format(table=table)]
    for statement in statements:
        connection.exec_driver_sql(statement)
