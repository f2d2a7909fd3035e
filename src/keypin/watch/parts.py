"""The parts that a process can do, by the module that does each: a row is all that a part needs.

A part is a function that takes the `Core`, declares its jobs and schedules on `core.work`, and
returns the loops that it needs besides, if any. Modules are imported when their part is wanted, so
that a process which only probes loads no collector.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import cast

from keypin.watch.core import Core
from keypin.watch.settings import Part
from keypin.watch.supervisor import Loop

Declare = Callable[[Core], Iterable[Loop] | None]

# What answers requests has no row: it runs where the requests come in (`keypin.web.serve`).
PARTS: dict[Part, tuple[str, ...]] = {
    Part.COLLECTOR: ("keypin.watch.collecting.part:declare",),
    Part.ALERTS: ("keypin.watch.alerting.part:declare",),
    Part.PROBER: ("keypin.watch.probing.part:declare",),
    Part.LOGS: ("keypin.watch.transparency.part:declare",),
}

# What every process offers to do, and one of them does.
HOUSEKEEPING: tuple[str, ...] = ("keypin.watch.retention:declare",)


def declare(core: Core) -> list[Loop]:
    """Let each wanted part declare itself.

    Returns:
        The loops that must run for as long as the process does.
    """
    wanted = [name for part in Part if part in core.settings.parts for name in PARTS.get(part, ())]
    return [loop for name in (*HOUSEKEEPING, *wanted) for loop in _function(name)(core) or ()]


def _function(name: str) -> Declare:
    module, function = name.split(":")
    return cast("Declare", getattr(import_module(module), function))
