"""Fuzz what a watch list makes of entries: the search, the reading, and the decision."""

import sys

import atheris

with atheris.instrument_imports():
    from keypin.ct.entry import EntryFormatError, read_tile
    from keypin.ct.logged import read
    from keypin.ct.watch_list import WatchList

WATCHED = WatchList(
    domains=["a.test", "bücher.test"], names=["192.0.2.1"], keys=[bytes(32)], issuers=["any ca"]
)


def one_input(data: bytes) -> None:
    """Nothing but an unreadable tile is an error, and what matches was a candidate."""
    try:
        block = read_tile(data, 0, 1)
    except EntryFormatError:
        return
    found = read(block.entry(0))
    if WATCHED.matches(found) and not WATCHED.candidates(block):
        raise AssertionError(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
