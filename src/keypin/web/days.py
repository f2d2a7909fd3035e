"""Days that people choose in forms."""

from datetime import UTC, datetime, timedelta

from keypin.errors import InputError, Place


def end_of(text: str, key: str) -> datetime | None:
    """Return the end of a day, in UTC, or None where none was chosen.

    Args:
        text: as the browser sends it.
        key: of the field, for the error.

    Raises:
        InputError: it is no day.
    """
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{text[:50]!r} is no day",
            expected="year, month and day, as 2027-01-31",
            place=Place(key=key),
        ) from error
