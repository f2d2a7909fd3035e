"""Organisations stay apart: a statement that does not name its organisation is refused.

Every statement of a scoped connection is looked at before it runs. Each table whose rows belong to
organisations must be restricted to the scope's own, by a condition that always holds (not one side
of an OR), or be joined to a table that is, by equal organisations. What cannot be judged, as SQL in
text, is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from sqlalchemy import Connection, Delete, Engine, Insert, Select, Update, event
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.expression import (
    Alias,
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    ColumnClause,
    FromClause,
    Join,
    TextClause,
)

from keypin.errors import KeypinError
from keypin.watch.store.scope import is_tenant

# The execution option that says whose a connection is.
SCOPE = "keypin_organisation"


class CrossingError(KeypinError):
    """A statement could reach rows of another organisation; a mistake of ours, and no answer."""


def watch(engine: Engine) -> None:
    """Look at every statement of an engine's scoped connections before it runs."""
    event.listen(engine, "before_execute", _judge)


def _judge(
    connection: Connection,
    statement: ClauseElement,
    many: list[Mapping[str, Any]],
    one: Mapping[str, Any],
    options: Mapping[str, Any],
) -> None:
    organisation = {**connection.get_execution_options(), **options}.get(SCOPE)
    if organisation is None:
        return
    for part in visitors.iterate(statement):
        match part:
            case Select():
                froms = part.get_final_froms()  # compiles the statement: once is enough
                conditions = _and(part.whereclause, *_on(froms))
                _restricted(_tables(froms), conditions, organisation)
            case Update() | Delete():
                _restricted(_tables([part.table]), _and(part.whereclause), organisation)
                _unmoved(part, many or [one])
            case Insert():
                _own(part, many or [one], organisation)
            case TextClause():
                raise CrossingError("SQL in text cannot be held to one organisation")
            case _:
                pass


def _tables(froms: Iterable[FromClause]) -> Iterator[FromClause]:
    """Yield the tables and aliases of joins, those alone that belong to organisations."""
    for one in froms:
        if isinstance(one, Join):
            yield from _tables([one.left, one.right])
        elif is_tenant(one):
            yield one


def _on(froms: Iterable[FromClause]) -> Iterator[ClauseElement]:
    """Yield what joins demand. What an outer join demands restricts its right side only."""
    for one in froms:
        if isinstance(one, Join):
            yield from _on([one.left, one.right])
            if one.onclause is not None:
                yield one.onclause


def _and(*clauses: ClauseElement | None) -> Iterator[ClauseElement]:
    """Yield the conditions that hold together."""
    for clause in clauses:
        if isinstance(clause, BooleanClauseList) and clause.operator is operators.and_:
            yield from _and(*clause.clauses)
        elif clause is not None:
            yield clause


def _restricted(
    tables: Iterable[FromClause], conditions: Iterable[ClauseElement], organisation: int
) -> None:
    free = {one: _name(one) for one in tables}
    equal: list[tuple[FromClause, FromClause]] = []
    for condition in conditions:
        match condition:
            case BinaryExpression(operator=operators.eq, left=left, right=right):
                ours, theirs = _whose(left), _whose(right)
                if ours is not None and theirs is not None:
                    equal.append((ours, theirs))
                elif ours is not None and _is(right, organisation):
                    free.pop(ours, None)
            case _:
                pass
    for _ in equal:  # a chain of joins is no longer than its links
        for one, other in equal:
            if (one in free) != (other in free):
                free.pop(one, None)
                free.pop(other, None)
    if free:
        names = ", ".join(sorted(free.values()))
        raise CrossingError(f"a statement does not name the organisation of: {names}")


def _whose(side: object) -> FromClause | None:
    """Return the table whose organisation a side of a comparison is."""
    if isinstance(side, ColumnClause) and side.name == "organisation":
        return side.table
    return None


def _is(side: object, organisation: int) -> bool:
    return isinstance(side, BindParameter) and bool(
        cast("BindParameter[object]", side).value == organisation
    )


def _name(one: FromClause) -> str:
    return str(one.name if isinstance(one, Alias) else one)


def _unmoved(statement: Update | Delete, rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse to hand a row to another organisation."""
    if isinstance(statement, Update):
        inline = statement.compile().params
        if any({**inline, **row}.get("organisation") is not None for row in rows):
            raise CrossingError(f"a row of {statement.table} keeps its organisation")


def _is_of(row: Mapping[str, Any], organisation: int) -> bool:
    return bool(row.get("organisation") == organisation)


def _own(statement: Insert, rows: Iterable[Mapping[str, Any]], organisation: int) -> None:
    """Refuse rows of other organisations, and rows that a query makes."""
    if is_tenant(statement.table):
        if statement.select is None and all(_is_of(row, organisation) for row in rows):
            return  # what a row says wins over the statement, which need not be compiled
        inline = statement.compile().params
        made = statement.select is not None
        if made or any(not _is_of({**inline, **row}, organisation) for row in rows):
            raise CrossingError(f"a row of {statement.table} is not of this organisation")
