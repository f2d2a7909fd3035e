"""`keypin.toml` on the page Inventory: taken, and shown as a plan."""

from collections.abc import Sequence

from keypin.errors import InputError
from keypin.inventory import Action as Does
from keypin.inventory import Change as Wanted
from keypin.inventory import Inventory as Written
from keypin.web.as_code import Missing, digest
from keypin.web.pages.desk import Somebody
from keypin.web.pages.links import Links
from keypin.web.views.form import Field, Form
from keypin.web.views.inventory import Change, Plan

# A keypin.toml that the page carries from the plan to its application.
_CARRIED = 500_000

_SIGNS = {Does.ADD: "+", Does.REMOVE: "-", Does.CHANGE: "~"}


def upload_form(visit: Somebody, links: Links, error: str) -> Form:
    """Return the form that takes a file, or its text."""
    return Form(
        key="upload",
        action=links.to("/inventory/plan"),
        title="Apply a keypin.toml",
        intro="First you see what would change. Nothing is changed by looking.",
        submit="Show what would change",
        error=error,
        fields=(
            Field(name="file", label="File", kind="file"),
            Field(name="toml", label="Or its text", kind="area", value=visit.text("toml")),
        ),
    )


def text_of(data: bytes) -> str:
    """Return a file as text.

    Raises:
        InputError: it is none, or too large to be carried by a page.
    """
    if len(data) > _CARRIED:
        raise InputError(
            f"a keypin.toml of {len(data):,} bytes",
            expected=f"{_CARRIED:,} at most",
            next_step="apply it with keypin inventory apply",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("a keypin.toml that is not UTF-8", expected="text in UTF-8") from error


def check(wanted: Written, changed: Sequence[Wanted], planned: str) -> None:
    """Check that what is applied is what somebody looked at.

    Raises:
        InputError: it is another.
    """
    if digest(wanted, changed) != planned:
        raise InputError(
            "the inventory is another than when the file was looked at",
            next_step="look at what would change now, and apply that",
        )


def plan_of(
    visit: Somebody,
    text: str,
    wanted: Written,
    changed: Sequence[Wanted],
    missing: Sequence[Missing],
) -> Plan:
    """Return what a file would change, with the form that does it unless addresses are missing."""
    return Plan(
        changes=tuple(_shown(one) for one in changed),
        missing=tuple(map(str, missing)),
        apply=Form(
            key="apply",
            action=Links.of(visit).to("/inventory/apply"),
            submit="Apply it",
            danger=any(one.danger for one in changed),
            hidden=(("toml", text), ("digest", digest(wanted, changed))),
            fields=(),
        ),
    )


def _shown(one: Wanted) -> Change:
    fields = (
        f"{field.name}: {field.before or 'nothing'} → {field.after or 'nothing'}"
        for field in one.fields
    )
    told = "; ".join((*([one.danger] if one.danger else []), *fields))
    return Change(sign=_SIGNS[one.action], what=f"{one.kind.value} {one.subject}", detail=told)
