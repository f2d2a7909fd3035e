"""Why a server's chain is what it is: judgements on what an endpoint showed, with the evidence.

Observations come in, findings go out; no network, no clock. `recognise` judges what an endpoint
showed, `diagnose_mismatch` why a chain missed its pins.
"""

from keypin.diagnose.diagnosis import Diagnosis
from keypin.diagnose.mismatch import diagnose_mismatch
from keypin.diagnose.recognise import RECOGNISERS, recognise

__all__ = ["RECOGNISERS", "Diagnosis", "diagnose_mismatch", "recognise"]
