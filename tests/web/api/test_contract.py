"""The OpenAPI document is held to: what it says is taken is taken, and answers are as it says."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from keypin.web.api.operations import OPERATIONS

pytestmark = pytest.mark.once

# What the document cannot say, as which texts are hosts; and what test_crossing.py tries better.
_LEFT_OUT = [positive_data_acceptance, ignored_auth]


@pytest.fixture(scope="module")
def schema(kept: Any) -> Any:
    """Return the document, as schemathesis reads it from the service."""
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", kept.api.app)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda one: one.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_an_operation_does_as_the_document_says(kept, schema, operation, mode) -> None:
    """Odd data is refused with a reason, good data gets an answer of the shape that is written.

    Nothing ever fails in us.
    """
    described = schema[operation.path][operation.method]
    headers = dict(kept.api.client.headers)

    @given(case=described.as_strategy(generation_mode=mode))
    @settings(
        max_examples=6,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def hold(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=_LEFT_OUT)

    hold()
