"""A form is known by what only its writers say."""

import pytest

from keypin.reports.form import Form, Result, application, recognise_form, version
from keypin.reports.members import Members


@pytest.mark.parametrize(
    ("members", "form"),
    [
        (Members(app_bundle_id="a", app_platform="ANDROID"), Form.TRUSTKIT_ANDROID),
        (Members(app_bundle_id="a", app_platform="IOS"), Form.TRUSTKIT_IOS),
        (Members(app_bundle_id="a"), Form.TRUSTKIT_IOS),  # before TrustKit named platforms
        (Members(trustkit_version="3.0"), Form.TRUSTKIT_IOS),
        (Members(policy="a.example"), Form.KEYPIN),
        (Members(), Form.RFC7469),
    ],
    ids=lambda value: value.value if isinstance(value, Form) else "",
)
def test_forms(members, form) -> None:
    """The first row that is given away."""
    assert recognise_form(members).form is form


def test_who_sent_it() -> None:
    """TrustKit names the bundle, keypin what its user said."""
    assert application(Members(app_bundle_id="a", app="b")) == "a"
    assert (application(Members(app="b")), version(Members(version="1"))) == ("b", "1")
    assert version(Members(app_version="2")) == "2"


def test_results() -> None:
    """TrustKit's numbers, and no guess at others."""
    assert Result.of(2) is Result.CHAIN_NOT_TRUSTED
    assert Result.of(None) is None
    assert Result.of(-1) is None
