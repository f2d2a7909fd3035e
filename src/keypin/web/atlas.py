"""How strong each country of the map is: counts become shades. Knows nothing of HTML.

The shapes are one file that browsers keep (`static/vendor/world.svg`), so a page names countries by
their code of ISO 3166-1 alone. Which codes there are, and what they are called, is read from it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from keypin.web.statics import FOLDER
from keypin.web.views.reports import Share
from keypin.web.words import percent

SHADES = 5

# Countries that are named to who cannot see the map.
_NAMED = 3

_SHAPE = re.compile(r'<(?:path|circle) id="([A-Z]{2})".*?<desc>(.*?)</desc>')
_BOX = re.compile(r'viewBox="([\d ]+)"')


@dataclass(frozen=True, slots=True)
class Land:
    """A country that reports came from: its code, its name, how many, of all, and its shade."""

    code: str
    name: str
    reports: int
    share: float
    shade: int


@dataclass(frozen=True, slots=True)
class Atlas:
    """The map.

    Attributes:
        box: what is seen of the plane of the shapes, as SVG writes it.
        lands: the countries that reports came from, most first.
        elsewhere: reports from where no country is known, or none that is drawn.
    """

    box: str
    lands: tuple[Land, ...]
    elsewhere: int

    @property
    def label(self) -> str:
        """What the map says first, in words."""
        first = (f"{one.name} {percent(one.share)}" for one in self.lands[:_NAMED])
        return f"Map of the world: most reports come from {', '.join(first)}"


def atlas(shares: Iterable[Share]) -> Atlas | None:
    """Return the map of reports divided by country; None where no country is known.

    The strongest shade is of the most reports, and each step is half as many.
    """
    box, names = _world()
    given = tuple(shares)
    known = [one for one in given if one.name in names]
    if not known:
        return None
    most = max(one.reports for one in known)
    lands = tuple(
        Land(one.name, names[one.name], one.reports, one.share, _shade(one.reports, most))
        for one in known
    )
    return Atlas(box, lands, sum(one.reports for one in given if one.name not in names))


def _shade(reports: int, most: int) -> int:
    return max(1, SHADES + 1 - (most // max(reports, 1)).bit_length())


@cache
def _world() -> tuple[str, Mapping[str, str]]:
    """Return what the shapes lie in, and the names of countries by their codes."""
    text = (FOLDER / "vendor" / "world.svg").read_text(encoding="utf-8")
    (box,) = _BOX.findall(text)
    return box, dict(_SHAPE.findall(text))
