"""What phones of the demonstration write is what the collector knows the writers by."""

import json
from datetime import UTC, datetime

import pytest

from keypin.lab import Lab
from keypin.pins import HostPattern, Pin, Policy, PolicyPin, Role
from keypin.reports import Form, read_report
from keypin.tls.report import PinFailure
from keypin.watch.demonstration.forms import FORMS

_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def failure(lab: Lab) -> PinFailure:
    """Return a pin failure with real certificates."""
    cast = lab.cast
    pins = (
        PolicyPin(Pin.parse(cast.pin("backup"))),
        PolicyPin(Pin.parse(cast.pin("renewed")), Role.BACKUP),
    )
    chain = cast.leaf().der, cast.authority("intermediate").der
    return PinFailure(
        host="localhost",
        port=443,
        policy=Policy(host=HostPattern("localhost"), pins=pins),
        at=_AT,
        served=chain,
        validated=(*chain, cast.authority("root").der),
    )


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_read_as_what_it_is(name: str, failure: PinFailure) -> None:
    """With the application's version, where the form has a place for it."""
    body = json.dumps(FORMS[name](failure, "shop-ios", "3.2")).encode()
    report = read_report(body)
    assert report.form is Form(name)
    assert report.host == "localhost"
    assert report.version == (None if report.form is Form.RFC7469 else "3.2")
