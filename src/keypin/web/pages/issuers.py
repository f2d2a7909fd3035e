"""Who may issue, in forms: a CA a line, for the names of CAs have commas in them."""

from collections.abc import Sequence

from keypin.web.pages.desk import Somebody
from keypin.web.views.form import Field

FIELD = "expected_issuers"


def issuers_of(visit: Somebody) -> tuple[str, ...]:
    """Return the CAs that a form names, each once."""
    lines = (one.strip() for one in visit.text(FIELD).splitlines())
    return tuple(dict.fromkeys(one for one in lines if one))


def issuers_field(visit: Somebody, issuers: Sequence[str], *, sent: bool, nobody: str) -> Field:
    """Return the field.

    Args:
        visit: the request.
        issuers: who is named now.
        sent: whether the form comes back with what was wrong in it.
        nobody: who may issue where nobody is named here.
    """
    return Field(
        name=FIELD,
        label="Who may issue",
        kind="area",
        value=visit.text(FIELD) if sent else "\n".join(issuers),
        hint=f"a CA a line, as Let's Encrypt, or its name in CAA records; nobody named: {nobody}",
    )
