"""What the page of a finding says of its being acknowledged, and the form that does that."""

from sqlalchemy import RowMapping

from keypin.watch.transparency import acknowledging
from keypin.web.pages.desk import Somebody
from keypin.web.pages.faults import Faults, shown
from keypin.web.pages.links import Links
from keypin.web.views.form import Field, Form
from keypin.web.views.frame import Notice
from keypin.web.views.parts import Action, Tone
from keypin.web.words import day


def notices(row: RowMapping) -> tuple[Notice, ...]:
    """Return what is said above the page of a finding that somebody acknowledged."""
    known = acknowledging.of_row(row)
    if known is None:
        return ()
    whose = f"{known.by} on {day(known.at)}: {known.note}"
    text = f"Acknowledged: nobody is told of it, unless it gets worse. By {whose}"
    return (Notice(Tone.NOTE, text),)


def actions(row: RowMapping, links: Links) -> tuple[Action, ...]:
    """Return what takes an acknowledgement back."""
    if acknowledging.of_row(row) is None:
        return ()
    return (Action("Take it back", links.to(f"/ct/found/{row['id']}/take-back"), "bell"),)


def form(visit: Somebody, row: RowMapping, links: Links, wrong: Faults) -> Form | None:
    """Return the form that acknowledges a finding; None where somebody did."""
    if acknowledging.of_row(row) is not None and not wrong:
        return None
    made = Form(
        key="acknowledge",
        action=links.to(f"/ct/found/{row['id']}/acknowledge"),
        title="Acknowledge it",
        intro="Its alert is closed, and it leaves the list. It is told again if it gets worse than "
        "it is now.",
        submit="Acknowledge",
        fields=(
            Field(
                name="note",
                label="Why",
                value=visit.text("note"),
                hint="as Ordered for the move to another CA",
                required=True,
            ),
        ),
    )
    return shown(made, wrong)
