"""Which core does what: the one that is measured serves nobody."""

import os

CLIENT, SERVER = 0, 1


def stay_on(core: int) -> None:
    """Keep this process on a core, where the system can say so and has it."""
    if hasattr(os, "sched_setaffinity") and core in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {core})
