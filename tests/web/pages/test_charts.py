"""Reports over time: spans that are over are read once, and bars beside each other differ."""

from datetime import UTC, datetime, timedelta

from keypin.watch.store.tables import report_counts
from keypin.web.pages import charts
from keypin.web.pages.charts import STRETCHES, Counted, Sums
from keypin.web.views.parts import State, Tone

NOON = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
DAY = STRETCHES[0]


def test_a_span_that_is_over_is_read_once_and_the_last_is_read_anew(new_shop) -> None:
    """What was counted since is there; what nobody can add to is not asked for again."""
    shop = new_shop()
    sums = Sums()
    with shop.database.read(1) as scope:
        first = sums.counted(scope, DAY, shop.now)
    with shop.database.begin_across() as connection:
        connection.execute(report_counts.delete())
    with shop.database.read(1) as scope:
        later = sums.counted(scope, DAY, shop.now)
    assert sum(one.count for one in first) == 40
    over = shop.now - timedelta(minutes=15)
    kept = [one for one in first if one.at + DAY.bar <= over]
    assert sorted(later, key=lambda one: one.at) == sorted(kept, key=lambda one: one.at)


def test_causes_as_bad_as_each_other_are_drawn_apart() -> None:
    """And what has few reports is drawn together."""
    named = {number: State(Tone.WARNING, f"cause {number}") for number in range(6)}
    rows = [Counted(NOON.replace(minute=0), number, 10 - number) for number in range(6)]
    drawn = charts.chart("c", "Reports", rows, named, DAY, at=NOON)
    tones = [one.tone for one in drawn.series]
    assert [one.label for one in drawn.series][-1] == "other"
    assert len(set(tones)) == len(tones)
    assert "45 reports" in drawn.summary


def test_a_cause_is_drawn_once_however_bad_it_is() -> None:
    """In the tone of the worst: a note for one application is a warning for another."""
    word = "own rotation"
    named = {1: State(Tone.NOTE, word), 2: State(Tone.BAD, word), 3: State(Tone.WARNING, word)}
    rows = [Counted(NOON.replace(minute=0), number, 10) for number in named]
    (series,) = charts.chart("c", "Reports", rows, named, DAY, at=NOON).series
    assert (series.label, series.tone, sum(series.values)) == (word, Tone.BAD, 30)


def test_nothing_is_said_of_nothing() -> None:
    """A chart without reports says so."""
    assert charts.chart("c", "Reports", [], {}, DAY, at=NOON).summary.startswith("No report")
