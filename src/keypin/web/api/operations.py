"""All operations of the API, in the order of its reference. A new module is a row here."""

from keypin.web.api import (
    alert_routes,
    alerts,
    applications,
    deadlines,
    endpoints,
    export,
    gate,
    inventory,
    matrix,
    members,
    observations,
    organisation,
    owners,
    plans,
    releases,
    releases_push,
    reports,
    rules,
    signals,
    silences,
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
    signals,
    deadlines,
    transparency,
    reports,
    alerts,
    silences,
    alert_routes,
    rules,
    inventory,
    owners,
    tokens,
    members,
    organisation,
    export,
)

OPERATIONS: tuple[Operation, ...] = tuple(row for one in _MODULES for row in one.OPERATIONS)
