"""What models of the API are made of: two bases, and the kinds of values with their limits.

Given is what comes in: strict, so that `"1"` is no number, and nothing unknown is passed over. Told
is what goes out. Texts hold no control characters, and no number is larger than databases keep.
"""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

# What cannot be shown, C0 and C1, and the two signs that end lines besides.
_SHOWN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_VERSION = r"^[A-Za-z0-9]([A-Za-z0-9._+() -]{0,62}[A-Za-z0-9)])?$"

# RFC 3339 section 5.6, with seconds left out or not.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)

# Years that plans and releases are about; databases and calendars hold them all.
_YEARS = range(1970, 2200)


class Given(BaseModel):
    """What comes in."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Told(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


def _written(value: object) -> object:
    """Take a moment as text alone: a number would be seconds for one client, and days for another.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise ValueError("expected a moment as 2027-03-15T08:00:00Z")


def _in_range(value: datetime) -> datetime:
    if value.year not in _YEARS:
        raise ValueError(f"expected a year from {_YEARS.start} to {_YEARS.stop - 1}")
    return value.astimezone(UTC)


Line = Annotated[str, StringConstraints(max_length=500, pattern=_SHOWN)]
"""One line of text."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_SHOWN)]
"""What people call something."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_NAME)]
"""What something is called in addresses and files: lower case words joined by hyphens."""

Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=_SHOWN)]
"""The name or address of a server."""

TagName = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._:/=-]*$")
]
"""A tag, for filters and alerts."""

Tags = Annotated[list[TagName], Field(max_length=50)]
"""Tags, each once."""

Issuer = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_SHOWN)]
"""A CA: its common name, organisation or operator, or its name in CAA records."""

Issuers = Annotated[list[Issuer], Field(max_length=50)]
"""CAs, each once."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of the users, from 0 to 1."""

Moment = Annotated[
    AwareDatetime,
    Field(strict=False, json_schema_extra={"example": "2027-03-15T08:00:00Z"}),
    BeforeValidator(_written),
    AfterValidator(_in_range),
]
"""A moment with its zone, as RFC 3339 writes it."""

_LARGEST = 2**63 - 1

Number = Annotated[int, Path(ge=1, le=_LARGEST, description="The number that lists show as `id`.")]
"""What something without a name is called."""

NameInPath = Annotated[str, Path(min_length=1, max_length=64, pattern=_NAME)]
"""A name, in a path."""

VersionInPath = Annotated[
    str, Path(max_length=64, pattern=_VERSION, description="What its users call it, as `3.2`.")
]
"""A release's version, in a path."""
