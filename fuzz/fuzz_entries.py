"""Fuzz the readers of entries: pages, data tiles, and the index in a leaf.

Run with `python fuzz/fuzz_entries.py CORPUS`; needs atheris. A finding is any exception but our
own, a hash that is not the leaf's, or a flaw that the block does not know.
"""

import sys
from base64 import b64encode
from contextlib import suppress

from keypin.ct.entry import Block, leaf_index, read_page, read_tile
from keypin.ct.merkle import leaf_hash
from keypin.errors import InputError


def one_input(data: bytes) -> None:
    """Read `data` in each form; its first byte is the width of the tile, and where a leaf ends."""
    number, rest = data[:1], data[1:]
    width = number[0] if number else 0
    with suppress(InputError):
        _opened(read_tile(rest, 0, width))
    with suppress(InputError):
        _opened(read_page(data, 0))
    with suppress(InputError):
        leaf_index(rest)
    row = b64encode(rest[:width]), b64encode(rest[width:])
    _opened(read_page(b'{"entries":[{"leaf_input":"%b","extra_data":"%b"}]}' % row, 0))


def _opened(block: Block) -> None:
    entries = list(block.entries())
    if block.hashes != [leaf_hash(entry.leaf) for entry in entries]:
        raise AssertionError("a hash that is not the leaf's")
    if block.flawed != tuple(entry.index for entry in entries if entry.flaw):
        raise AssertionError("a flaw that the block does not know")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
