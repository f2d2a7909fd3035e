"""The page Silences: of what nobody is told, why, until when, and who wanted it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from keypin.web.views.form import Form
from keypin.web.views.parts import Action, State, Tab
from keypin.web.views.whole import Told, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRow:
    """One silence.

    Attributes:
        covers: its conditions, in a few words each.
        reason: why.
        by: who wanted it.
        since: when it began.
        ends: when it ends, or did.
        state: in force, or over, and by whom it was ended.
        actions: end it now.
    """

    covers: tuple[str, ...]
    reason: str
    by: str
    since: datetime
    ends: datetime
    state: State
    actions: tuple[Action, ...] = ()


SILENCES: Whole[SilenceRow] = Whole(
    key="silences",
    title="Silences",
    columns=(
        Told("Covers", lambda one: one.covers),
        Told("Why", lambda one: one.reason),
        Told("By", lambda one: one.by),
        Told("Since", lambda one: one.since),
        Told("Until", lambda one: one.ends),
        Told("State", lambda one: one.state),
        Told("Actions", None),
    ),
    default="-until",
    hint="what it covers, why, or by whom",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilencesView:
    """The list.

    Attributes:
        tabs: the states of alerts, and this page.
        table: those in force, and those that are over.
        form: the form that makes one; None for who may not.
        actions: end them all.
    """

    template: ClassVar[str] = "silences.html"

    tabs: tuple[Tab, ...]
    table: Whole[SilenceRow]
    form: Form | None
    actions: tuple[Action, ...] = ()
