"""What is expected of Certificate Transparency is checked when it is written down."""

import pytest

from keypin.errors import InventoryError
from keypin.inventory import CtWatch


def test_nothing_is_expected_unless_it_is_said() -> None:
    """Pins alone tell, no resolver is asked, and no look-alike watched."""
    assert CtWatch() == CtWatch(expected_issuers=(), caa=False, look_alikes=False)


def test_an_issuer_that_no_ca_is_called_is_refused() -> None:
    """It would be expected in vain."""
    with pytest.raises(InventoryError, match=r"^expected_issuers: the issuer ' '; expected"):
        CtWatch(expected_issuers=("Let's Encrypt", " "))
