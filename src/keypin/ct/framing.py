"""Whether the lengths in an entry of a page are right, told without taking the entry apart.

RFC 6962 sections 3.4 and 4.6: `leaf_input` is a MerkleTreeLeaf, `extra_data` a chain, behind the
precertificate where the leaf is of one. `keypin.ct.entry.page_entry` takes an entry apart, and says
what is wrong with it; this must say the same of every entry that passes by, in half a microsecond.
"""

import struct
from struct import Struct

_PRECERT = 1
_TYPE = 11  # where the lower byte of the entry's type stands
# Version and type of a leaf, type of the entry, length of what is signed. A length of three bytes
# is read as a high one and two low ones.
_x509, _precert = Struct(">H8xHBH").unpack_from, Struct(">H8xH32xBH").unpack_from
_three, _two = Struct(">BH").unpack_from, Struct(">H").unpack_from


def framed(leaf: bytes, extra: bytes, chains: dict[int, bytes]) -> bool:
    """Tell whether the lengths in an entry of a page are right, as `page_entry` would find them.

    Args:
        leaf: its `leaf_input`.
        extra: its `extra_data`.
        chains: right ones, by their lengths: most entries of a page have one of a few, and to
            compare is quicker than to read.
    """
    try:
        precertificate = leaf[_TYPE] == _PRECERT
        head, size = (_precert, 47) if precertificate else (_x509, 15)
        version, kind, high, low = head(leaf)
        end = size + (high << 16 | low)
        if version or kind > _PRECERT or end + 2 + _two(leaf, end)[0] != len(leaf):
            return False
        at = 0
        if precertificate:
            high, low = _three(extra)
            at = 3 + (high << 16 | low)
        known = chains.get(len(extra) - at)
        if known is not None and extra.endswith(known):
            return True
        framed = _framed_chain(extra, at)
    except (IndexError, struct.error):
        return False
    if framed:
        chains[len(extra) - at] = extra[at:]
    return framed


def _framed_chain(extra: bytes, at: int) -> bool:
    high, low = _three(extra, at)
    at += 3
    if at + (high << 16 | low) != len(extra):
        return False
    while at < len(extra):
        high, low = _three(extra, at)
        at += 3 + (high << 16 | low)
    return at == len(extra)
