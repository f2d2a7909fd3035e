"""What the page of a group says of its being known, and the form that marks it."""

from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from keypin.findings import Severity
from keypin.watch.collecting import knowing
from keypin.watch.collecting.filing import UNJUDGED
from keypin.watch.collecting.knowing import Mark
from keypin.web.pages.charts import cause_of
from keypin.web.pages.desk import Somebody
from keypin.web.pages.faults import Faults, shown
from keypin.web.pages.links import Links
from keypin.web.views.form import Field, Form
from keypin.web.views.frame import Notice
from keypin.web.views.parts import Action, Tone
from keypin.web.words import day


def notices(row: RowMapping, at: datetime) -> tuple[Notice, ...]:
    """Return what is said of a group's mark above its page."""
    mark = knowing.mark_of(row)
    if mark is None:
        return ()
    whose = f"{mark.by} on {day(mark.since)}: {mark.note}"
    if mark.holds(at):
        end = f", until {_last(mark)}" if mark.until else ""
        text = f"Known{end}: nobody is told of it, unless it gets worse. Marked by {whose}"
        return (Notice(Tone.NOTE, text),)
    if mark.outgrown:
        was, now = _word(mark.of.classification), _word(mark.outgrown)
        text = f"It was known as {was}, until it became {now}. Marked by {whose}"
        return (Notice(Tone.WARNING, text),)
    return (Notice(Tone.NOTE, f"It was known until {_last(mark)}. Marked by {whose}"),)


def actions(row: RowMapping, links: Links, at: datetime) -> tuple[Action, ...]:
    """Return what takes a mark off that silences."""
    mark = knowing.mark_of(row)
    if mark is None or not mark.holds(at):
        return ()
    return (Action("Unmark it", links.to(f"/reports/{row['id']}/unmark"), "bell"),)


def form(visit: Somebody, row: RowMapping, links: Links, wrong: Faults) -> Form | None:
    """Return the form that marks a group, with what was wrong in it; None where it has no use."""
    mark = knowing.mark_of(row)
    known = mark is not None and mark.holds(visit.at)
    if row["classification"] == UNJUDGED or (known and not wrong):
        return None
    must_end = knowing.of_row(row).must_end
    made = Form(
        key="mark",
        action=links.to(f"/reports/{row['id']}/mark"),
        title="Mark as known",
        intro="It raises no alert and leaves the list, until it gets worse than it is now. It is "
        "counted and kept as before.",
        submit="Mark as known",
        hidden=(("classification", row["classification"]), ("severity", row["severity"])),
        fields=(
            Field(
                name="note",
                label="Note",
                value=visit.text("note"),
                hint="why nobody needs to hear of it, for those who wonder later",
                required=True,
            ),
            Field(
                name="until",
                label="Last day",
                kind="date",
                value=visit.text("until"),
                hint="within 30 days, for it may be an attack" if must_end else "",
                required=must_end,
            ),
        ),
    )
    return shown(made, wrong)


def _word(classification: str) -> str:
    return cause_of(classification, Severity.NOTE).word


def _last(mark: Mark) -> str:
    """Return the last day on which a mark holds."""
    return day(mark.until - timedelta(microseconds=1)) if mark.until else ""
