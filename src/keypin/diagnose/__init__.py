"""Why a server's chain is what it is: judgements on what an endpoint showed, with the evidence.

Observations come in, findings go out; no network, no clock. `recognise` is the one door.
"""

from keypin.diagnose.recognise import RECOGNISERS, recognise

__all__ = ["RECOGNISERS", "recognise"]
