"""Lengths of time as people write them: `90s`, `5m`, `4h`, `1d`, or several as `1h30m`."""

import re
from datetime import timedelta

from keypin.errors import InputError

_PARTS = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def parse(text: str) -> timedelta:
    """Read a length of time.

    Raises:
        InputError: it is none.
    """
    match = _PARTS.fullmatch(text)
    if not text or match is None:
        raise InputError(f"{text[:40]!r}", expected="a time as 90s, 5m, 4h, 1d or 1h30m")
    counts = (int(count or 0) for count in match.groups())
    return timedelta(
        seconds=sum(count * size for count, (_, size) in zip(counts, _UNITS, strict=True))
    )


def spelled(length: timedelta) -> str:
    """Return a length of time of whole seconds as `parse` reads it."""
    seconds, text = int(length.total_seconds()), ""
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
