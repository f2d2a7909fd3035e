"""Lengths of a page's entry: right, or wrong wherever one is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.entry import page_entry
from keypin.ct.framing import framed
from keypin.lab.ct_entry import Logged

CHAIN = (b"issuer", b"root")
ENTRIES = [
    Logged(1000, b"certificate", chain=CHAIN),
    Logged(2000, b"poisoned", b"k" * 32, b"tbs", CHAIN),
]
EITHER = pytest.mark.parametrize("entry", ENTRIES, ids=["certificate", "precertificate"])


def parts(entry: Logged) -> tuple[bytes, bytes]:
    """Return what a page has of an entry."""
    return entry.leaf, entry.extra_data({one: one for one in CHAIN})


@EITHER
def test_a_right_one_teaches_its_chain(entry: Logged) -> None:
    """Its chain is kept by its length, for those that follow."""
    chains = dict[int, bytes]()
    leaf, extra = parts(entry)
    assert framed(leaf, extra, chains)
    ((length, chain),) = chains.items()
    assert (length, extra[-length:]) == (len(chain), chain)
    assert framed(leaf, extra, chains)


@EITHER
def test_each_cut_is_found(entry: Logged) -> None:
    """No byte can be missing, nor be too much, with a chain that is known or not."""
    leaf, extra = parts(entry)
    known = dict[int, bytes]()
    framed(leaf, extra, known)
    for chains in (known, {}):
        assert not any(framed(leaf[:end], extra, dict(chains)) for end in range(len(leaf)))
        assert not any(framed(leaf, extra[:end], dict(chains)) for end in range(len(extra)))
        assert not framed(leaf + b"x", extra, dict(chains))
        assert not framed(leaf, extra + b"x", dict(chains))


@EITHER
@given(at=st.integers(0), to=st.integers(0, 255), which=st.sampled_from([0, 1]))
def test_it_says_what_the_whole_entry_says(entry: Logged, at: int, to: int, which: int) -> None:
    """Whichever byte is changed, an entry is framed if `page_entry` finds no flaw in it."""
    changed = [bytearray(part) for part in parts(entry)]
    changed[which][at % len(changed[which])] = to
    leaf, extra = map(bytes, changed)
    assert framed(leaf, extra, {}) is not bool(page_entry(0, leaf, extra).flaw)
