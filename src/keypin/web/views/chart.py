"""Numbers over time, for a chart and for the table that says the same without eyes."""

import json
from dataclasses import dataclass
from datetime import datetime

from keypin.web.views.parts import Tone
from keypin.web.views.whole import Told, Whole

# A moment, and a number of each series.
Numbers = tuple[datetime, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one kind of bar: its label, its tone, and a number (or None) for each moment."""

    label: str
    tone: Tone
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart.

    Attributes:
        key: an identifier in the page.
        title: what it shows, as "Reports an hour".
        summary: what a person should see in it, one sentence.
        unit: of the numbers, as "reports".
        bars: whether it shows counts of spans, as bars that stand on each other, or values of
            moments, as lines.
        at: the moments, or the beginnings of the spans, ascending.
        series: each with as many values as there are moments.
    """

    key: str
    title: str
    summary: str
    unit: str
    bars: bool
    at: tuple[datetime, ...]
    series: tuple[Series, ...]

    @property
    def data(self) -> str:
        """What the script that draws it reads, as JSON."""
        return json.dumps(
            {
                "bars": self.bars,
                "unit": self.unit,
                "at": [int(moment.timestamp()) for moment in self.at],
                "series": [
                    {"label": one.label, "tone": one.tone, "values": one.values}
                    for one in self.series
                ],
            }
        )

    @property
    def table(self) -> Whole[Numbers]:
        """What the chart shows, as a table."""
        values = tuple(zip(*(one.values for one in self.series), strict=True))
        table: Whole[Numbers] = Whole(
            key=f"{self.key}-table",
            title=f"{self.title}, as a table",
            columns=(
                Told("Time", lambda row: row[0]),
                *(_number(index, one) for index, one in enumerate(self.series)),
            ),
            default="time",
            hint="time or number",
        )
        return table.of(zip(self.at, values, strict=True) if values else ())


def _number(index: int, one: Series) -> Told[Numbers]:
    return Told(one.label, lambda row: row[1][index], numeric=True)
