"""Rotation: which keys and certificates may be deployed under the pins that are in the field.

Pure: releases, chains, anchors and the time are arguments. `judge` answers what a chain would do to
releases; `findings` turns the answer into what a pipeline acts on. `forecast_host` and `merge` say
who will break when, and `deadlines` what is next.
"""

from keypin.rotation.forecast import Event, Forecast, Kind, Plan, Row, deadlines, merge
from keypin.rotation.forecast_rows import forecast_host
from keypin.rotation.forecast_share import Hit, Share, UsedRelease, hits
from keypin.rotation.gate import Judgement, Outcome, State, judge
from keypin.rotation.gate_findings import findings
from keypin.rotation.release import Match, Path, Release

__all__ = [
    "Event",
    "Forecast",
    "Hit",
    "Judgement",
    "Kind",
    "Match",
    "Outcome",
    "Path",
    "Plan",
    "Release",
    "Row",
    "Share",
    "State",
    "UsedRelease",
    "deadlines",
    "findings",
    "forecast_host",
    "hits",
    "judge",
    "merge",
]
