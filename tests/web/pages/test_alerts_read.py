"""Whom an alert concerns, as its signal says it."""

import pytest

from keypin.alerts import Signal, Subject
from keypin.findings import Severity
from keypin.rotation.forecast_share import Hit, Share
from keypin.web.pages.alerts_read import affected


def _users(*hits: Hit) -> str:
    """Return whom a signal concerns that hits somebody."""
    signal = Signal(
        id="chain-refused",
        severity=Severity.ERROR,
        subject=Subject("endpoint", "a:443"),
        title="a breaks",
        next_step="Look.",
        facts=(("hits", "; ".join(map(str, hits))),) if hits else (),
    )
    return str(affected(signal))


@pytest.mark.parametrize(
    ("hits", "said"),
    [
        ((), ""),
        ((Hit(application="shop", share=Share(0.41, 0.02)),), "41% of shop"),
        (
            (
                Hit(application="shop-ios", share=Share(0.12)),
                Hit(application="shop-android", share=Share(0.23), unknown=("2.0",)),
            ),
            "at least 23% of shop-android, 12% of shop-ios",
        ),
        ((Hit(application="kiosk", share=None, unknown=("1.0", "1.1")),), "unknown of kiosk"),
        ((Hit(application="shop", share=Share(0.001)),), "under 1% of shop"),
    ],
    ids=["nobody", "a-margin", "two", "unknown", "few"],
)
def test_each_application_has_its_share(hits: tuple[Hit, ...], said: str) -> None:
    """As the words of a forecast tell it: what is not known is no share."""
    assert _users(*hits) == said
