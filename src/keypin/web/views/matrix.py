"""The page Release matrix: releases by endpoints; who is refused, by which pin the others match."""

from dataclasses import dataclass
from typing import ClassVar

from keypin.web.views.form import Form
from keypin.web.views.parts import Action, ChainShown, Link, ReleaseVerdict, State
from keypin.web.views.table import Table


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A release: its application, itself, and the share of its users."""

    application: str
    release: Link
    share: float | None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An endpoint, and what each release says of it, in the order of the columns.

    Attributes:
        endpoint: `host:port`, and its page.
        state: how what it serves is.
        cells: one for each column.
    """

    endpoint: Link
    state: State
    cells: tuple[ReleaseVerdict, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A chain that is not deployed.

    Attributes:
        name: what it is called.
        chain: the chain.
        clear: how to leave it.
        actions: how to withdraw it.
        kept: whether it is kept as a plan; else no address leads to it.
    """

    name: str
    chain: ChainShown
    clear: str
    actions: tuple[Action, ...] = ()
    kept: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """The page.

    Attributes:
        releases: the columns; those of one application stand together.
        table: the rows; its one column that sorts is `endpoint`, and `refused` the other key.
        summary: what the page comes to, one sentence, application by application, as "2 releases of
            shop with 41% of its users are refused by what is served now."
        planned: the chain that the cells judge; None where they judge what is served now.
        plan: the form by which a chain is tried, with a field for PEM; None for who may not.
        plans: the chains that are planned, each leading to the matrix by it.
        turns: the links to other releases, where there are more than fit on a page.
        turn: the text of the one that is shown.
    """

    template: ClassVar[str] = "matrix.html"

    releases: tuple[MatrixColumn, ...]
    table: Table[MatrixRow]
    summary: State
    planned: Planned | None
    plan: Form | None
    plans: tuple[Link, ...] = ()
    turns: tuple[Link, ...] = ()
    turn: str = ""
