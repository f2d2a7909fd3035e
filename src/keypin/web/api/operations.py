"""All operations of the API, in the order of its reference. A new module is a row here."""

from keypin.web.api import applications, endpoints, releases, releases_push
from keypin.web.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *applications.OPERATIONS,
    *releases.OPERATIONS,
    *releases_push.OPERATIONS,
    *endpoints.OPERATIONS,
)
