"""Failures of verification, as fields and as a sentence."""

import pytest

from keypin.certs import Reason, VerificationError
from keypin.errors import KeypinError


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_cure(pki, reason) -> None:
    """The sentence names host, cause and next step."""
    error = VerificationError(reason, "it is so", host="shop.test", at=pki.now)
    assert isinstance(error, KeypinError)
    assert str(error) == f"shop.test: it is so; {error.next_step}"
    assert error.next_step[0].islower()
    assert not error.next_step.endswith(".")
    assert error.chain == ()
