"""The laboratory: a test CA and TLS servers on loopback, good and hostile.

Each server is a named scenario that proves one thing about a client. keypin's own tests use it,
and `keypin lab test` runs anybody's client against it.
"""

from keypin.lab.lab import Lab, Running
from keypin.lab.scenario import Behaviour, Expect, Scenario
from keypin.lab.scenarios import SCENARIOS

__all__ = ["SCENARIOS", "Behaviour", "Expect", "Lab", "Running", "Scenario"]
