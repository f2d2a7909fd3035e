"""What a rule, a route or a silence is about, in a few words for a table, and as a form says it."""

from keypin.alerts import Match
from keypin.findings import Severity


def about(match: Match) -> tuple[str, ...]:
    """Return each condition in a few words; one word where there is none."""
    worse = () if match.severity is Severity.NOTE else (f"{match.severity.value} or worse",)
    whose = (f"of {name}" for name in (*match.owners, *match.applications))
    return (*match.ids, *worse, *match.subjects, *whose, *match.tags) or ("everything",)


def listed(text: str) -> list[str]:
    """Return the values of a field that takes several, with commas between them, each once."""
    return list(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
