"""All operations of the API, in the order of its reference. A new module is a row here."""

from keypin.web.api import (
    applications,
    endpoints,
    gate,
    matrix,
    members,
    observations,
    organisation,
    owners,
    plans,
    releases,
    releases_push,
    reports,
    tokens,
    transparency,
)
from keypin.web.api.operation import Operation

_MODULES = (
    applications,
    releases,
    releases_push,
    matrix,
    endpoints,
    observations,
    plans,
    gate,
    transparency,
    reports,
    owners,
    tokens,
    members,
    organisation,
)

OPERATIONS: tuple[Operation, ...] = tuple(row for one in _MODULES for row in one.OPERATIONS)
