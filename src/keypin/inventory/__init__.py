"""What an organisation watches, as code: keypin.toml is read, and compared with what stands.

Text comes in, an inventory and its changes go out; no network, no clock, no storage. `loads` and
`dumps` read and write `keypin.toml`; `diff` says what must be done until it stands, and `text`
shows it.
"""

from keypin.inventory.change import Action, Change, FieldChange, Kind, text
from keypin.inventory.ct import CtWatch
from keypin.inventory.diff import diff
from keypin.inventory.entries import (
    Application,
    Owner,
    PinFile,
    Platform,
    ReleaseEntry,
    WatchedEndpoint,
)
from keypin.inventory.inventory import Inventory, resolved
from keypin.inventory.routes import Kept, Reference, RouteEntry, RuleEntry
from keypin.inventory.toml import loads
from keypin.inventory.toml_write import dumps

__all__ = [
    "Action",
    "Application",
    "Change",
    "CtWatch",
    "FieldChange",
    "Inventory",
    "Kept",
    "Kind",
    "Owner",
    "PinFile",
    "Platform",
    "Reference",
    "ReleaseEntry",
    "RouteEntry",
    "RuleEntry",
    "WatchedEndpoint",
    "diff",
    "dumps",
    "loads",
    "resolved",
    "text",
]
