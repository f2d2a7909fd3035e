"""Fuzz what a watch list makes of an entry: the search, the reading, and the decision.

Run with `python fuzz/fuzz_logged.py CORPUS`; needs atheris. A finding is any exception but our own,
or an entry that matches and was no candidate.
"""

import sys

from keypin.ct.entry import EntryFormatError, read_tile
from keypin.ct.logged import read
from keypin.ct.watch_list import WatchList

_WATCHED = WatchList(
    domains=["a.test", "bücher.test"], names=["192.0.2.1"], keys=[bytes(32)], issuers=["any ca"]
)


def one_input(data: bytes) -> None:
    """Read `data` as a tile of one entry."""
    try:
        block = read_tile(data, 0, 1)
    except EntryFormatError:
        return
    if _WATCHED.matches(read(block.entry(0))) and not _WATCHED.candidates(block):
        raise AssertionError("an entry that the search does not find")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
