"""The page that says what went wrong, where, and what to do next."""

from dataclasses import dataclass
from typing import ClassVar

from keypin.web.views.parts import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """One error.

    Attributes:
        status: of HTTP.
        title: a few words, as "There is no such endpoint".
        message: what was seen and what was expected, one or two sentences.
        links: what to do next.
        request: the identifier under which the service's own log has it; may be empty.
    """

    template: ClassVar[str] = "error.html"

    status: int
    title: str
    message: str
    links: tuple[Link, ...] = ()
    request: str = ""
