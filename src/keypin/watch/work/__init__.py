"""Work that is done again and again, or that must be done though a process dies."""

from keypin.watch.work.inline import Inline
from keypin.watch.work.port import Argument, Job, Work

__all__ = ["Argument", "Inline", "Job", "Work"]
