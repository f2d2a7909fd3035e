"""What an organisation watches: owners, applications, releases with their pins, endpoints, plans.

    with database.begin(organisation) as scope:
        edit = releases.add(scope, "shop-ios", "3.2", upload, at=now)

Functions over a `Scope`. What changes something checks it by the entries of `keypin.inventory`,
and returns an `Edit`, which the audit log takes as it is. Must not know of requests, probes or
alerts.
"""

from keypin.watch.inventory.edit import Edit, TakenError, UnknownError
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.inventory.uploads import Upload, read_upload

__all__ = [
    "Edit",
    "Field",
    "Fielded",
    "Shelf",
    "TakenError",
    "UnknownError",
    "Upload",
    "read_upload",
]
