"""Every scenario by name, the good ones first."""

from collections.abc import Mapping
from types import MappingProxyType

from keypin.lab.scenario import Scenario
from keypin.lab.scenarios_good import GOOD
from keypin.lab.scenarios_hostile import HOSTILE

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {scenario.name: scenario for scenario in GOOD + HOSTILE}
)
