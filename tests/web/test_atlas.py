"""Reports by country become a map: who sent most is strongest, and nobody is left out."""

import pytest
from playwright.sync_api import Browser

from keypin.web.atlas import SHADES, atlas
from keypin.web.views.reports import Share


def _shares(**reports: int) -> list[Share]:
    total = sum(reports.values())
    return [Share("country", name, number, number / total) for name, number in reports.items()]


def test_each_fainter_shade_is_half_as_many() -> None:
    """From most to one in a thousand."""
    drawn = atlas(_shares(DE=1000, FR=501, AT=500, PL=251, NL=250, TR=100, SG=1))
    assert drawn is not None
    shades = {one.code: one.shade for one in drawn.lands}
    assert shades == {"DE": 5, "FR": 5, "AT": 4, "PL": 4, "NL": 3, "TR": 2, "SG": 1}
    assert max(shades.values()) == SHADES


def test_the_map_says_in_words_where_most_come_from() -> None:
    """For those who cannot see it."""
    drawn = atlas(_shares(DE=60, FR=20, AT=15, PL=5))
    assert drawn is not None
    assert drawn.label == (
        "Map of the world: most reports come from Germany 60%, France 20%, Austria 15%"
    )


def test_what_is_not_drawn_is_counted() -> None:
    """An unknown country, and a code that is of none."""
    drawn = atlas(_shares(DE=60, unknown=20, QZ=5))
    assert drawn is not None
    assert ([one.code for one in drawn.lands], drawn.elsewhere) == (["DE"], 25)


@pytest.mark.parametrize("shares", [[], _shares(unknown=20)])
def test_there_is_no_map_where_no_country_is_known(shares: list[Share]) -> None:
    """A grey world says nothing."""
    assert atlas(shares) is None


def test_the_shapes_are_where_the_countries_are(shown: str, browser: Browser) -> None:
    """As a browser draws them: Germany is stronger than France, north of it and to the east."""
    page = browser.new_page()
    page.goto(f"{shown}/show/reports")
    germany, france = (page.locator(f'.kp-atlas use[href$="#{one}"]') for one in ("DE", "FR"))
    here, there = germany.bounding_box(), france.bounding_box()
    assert here is not None
    assert there is not None
    assert here["x"] > there["x"]
    assert here["y"] < there["y"]
    assert 3 < here["width"] < 60
    faint = [one.evaluate("it => getComputedStyle(it).fillOpacity") for one in (germany, france)]
    assert faint == ["1", "0.35"]
    page.close()
