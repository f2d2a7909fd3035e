"""Rotation: which keys and certificates may be deployed under the pins that are in the field.

Pure: releases, chains, anchors and the time are arguments. `judge` answers what a chain would do to
releases; `findings` turns the answer into what a pipeline acts on.
"""

from keypin.rotation.gate import Judgement, Outcome, State, judge
from keypin.rotation.gate_findings import findings
from keypin.rotation.release import Match, Path, Release

__all__ = ["Judgement", "Match", "Outcome", "Path", "Release", "State", "findings", "judge"]
