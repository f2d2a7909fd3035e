"""The command line: one verb a file, and the only place that wires the rooms together.

Each verb's module imports the rooms inside its function, so that `keypin --help` and
`keypin pin FILE` start without the prober, the laboratory or a table renderer.
"""

from keypin.cli.app import main

__all__ = ["main"]
