"""Probing: each endpoint on its schedule, what it shows kept as intervals, every change judged.

    claims        what is due, shared out among probers
    prober        one lane: claims, probes and writes, again and again
    observations  what was shown, from when until when
    judging       what releases in the field make of it, and what is to be told
    trying        the same for a chain that nobody deployed yet

The parts meet in the database alone, so that each may die at any moment. Must not know of pages,
reports or logs.
"""

from keypin.watch.probing.trying import Trial, Tried, try_chain

__all__ = ["Trial", "Tried", "try_chain"]
