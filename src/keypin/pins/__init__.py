"""Pins: the vocabulary, and the verdict on a verified chain.

Pure: text, bytes, chains and the time are arguments. `decide` is the one decision that every face
of keypin asks; `keypin.pins.lint` and `keypin.pins.advice` judge pin sets and plans.
"""

from keypin.pins.decide import Matched, MismatchError, MismatchReason, NotPinned, decide
from keypin.pins.explain import Explanation, explain
from keypin.pins.host import HostPattern, canonical_host
from keypin.pins.pin import Digest, Of, Pin, PinPosition, Spelling
from keypin.pins.pin_set import PinSet
from keypin.pins.policy import Mode, OnExpiry, Policy, PolicyPin, Role

__all__ = [
    "Digest",
    "Explanation",
    "HostPattern",
    "Matched",
    "MismatchError",
    "MismatchReason",
    "Mode",
    "NotPinned",
    "Of",
    "OnExpiry",
    "Pin",
    "PinPosition",
    "PinSet",
    "Policy",
    "PolicyPin",
    "Role",
    "Spelling",
    "canonical_host",
    "decide",
    "explain",
]
