"""Work that is done again and again, or that must be done though a process dies."""

from keypin.watch.work.port import Job, Work

__all__ = ["Job", "Work"]
