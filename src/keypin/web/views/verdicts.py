"""What releases say of a chain, or a release of endpoints, as a table."""

from collections.abc import Iterable

from keypin.web.views.parts import ReleaseVerdict
from keypin.web.views.whole import Told, Whole

_USERS: Told[ReleaseVerdict] = Told("Users", lambda one: one.share, numeric=True)
_REST: tuple[Told[ReleaseVerdict], ...] = (
    Told("Verdict", lambda one: one.verdict.value),
    Told("Pin", lambda one: one.pin, shown=False),
    Told("Position", lambda one: one.position, shown=False),
    Told("Detail", lambda one: one.detail, shown=False),
)


def verdicts(
    said: Iterable[ReleaseVerdict], title: str = "Releases", first: str = "Release"
) -> Whole[ReleaseVerdict]:
    """Return a table of verdicts.

    Args:
        said: one for each row.
        title: of the table.
        first: what each row is about; of releases, their users are told where they are known.
    """
    rows = tuple(said)
    shares = first == "Release" and any(one.share is not None for one in rows)
    about: Told[ReleaseVerdict] = Told(first, lambda one: one.release)
    return Whole(
        key="verdicts",
        title=title,
        columns=(about, *((_USERS,) if shares else ()), *_REST),
        hint=f"{first.lower()} or verdict",
        rows=rows,
    )
