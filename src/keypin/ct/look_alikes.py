"""Names that look like a name, or are typed in its place.

Two ways, for there are two kinds. Spellings in ASCII are few enough to be listed (`spellings`):
letters that resemble others, and the slips of a typing hand. Names in other scripts are too many;
there it is asked what a name looks like (`likeness`), by the characters that Unicode calls
confusable (UTS #39).
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import pairwise
from typing import cast
from unicodedata import combining, normalize

import idna
from publicsuffixlist import PublicSuffixList

from keypin.pins.host import MAX_LABEL

# Letters, and what passes for them in the fonts of browsers and mail programs.
_PASSING = (
    ("l", "1"), ("l", "i"), ("i", "l"), ("i", "1"), ("i", "j"), ("1", "l"), ("o", "0"), ("0", "o"),
    ("m", "rn"), ("rn", "m"), ("m", "nn"), ("n", "m"), ("w", "vv"), ("vv", "w"), ("d", "cl"),
    ("cl", "d"), ("g", "q"), ("q", "g"), ("u", "v"), ("v", "u"), ("e", "3"), ("a", "4"),
    ("s", "5"), ("5", "s"), ("b", "8"), ("8", "b"), ("t", "7"), ("z", "2"),
)  # fmt: skip
_ALIKE = str.maketrans("i1j0", "lllo")
# Of a shorter label, slips are other people's names.
_SHORTEST = 4


def registered(name: str) -> str:
    """Return the part of a name that somebody registered; all of one that is a public suffix.

    Args:
        name: canonical, in A-labels; of a wildcard, what is right of it.
    """
    return _suffixes().privatesuffix(name) or name


def spellings(name: str) -> frozenset[str]:
    """Return the names in ASCII that look like a name, or like a slip for it.

    The label that was registered is spelled otherwise; what is below it is left out.

    Args:
        name: canonical, in A-labels.
    """
    label, dot, suffix = registered(name).partition(".")
    once = set(_passing(label))
    found = once | {other for one in once for other in _passing(one)}
    if len(label) >= _SHORTEST:
        found |= set(_slips(label))
    good = (one for one in found - {label} if _is_label(one))
    return frozenset(one + dot + suffix for one in good)


def likeness(name: str) -> str:
    """Return what names have in common that look alike: accents, scripts, and l like 1, are gone.

    Args:
        name: canonical, in A-labels.
    """
    return ".".join(_likeness(label) for label in name.split("."))


def _passing(label: str) -> Iterator[str]:
    for true, false in _PASSING:
        at = label.find(true)
        while at >= 0:
            yield label[:at] + false + label[at + len(true) :]
            at = label.find(true, at + 1)


def _slips(label: str) -> Iterator[str]:
    """Yield a letter left out, written twice, or swapped with the next; a hyphen too many."""
    for at, letter in enumerate(label):
        yield label[:at] + label[at + 1 :]
        yield label[:at] + letter + label[at:]
        yield f"{label[:at]}-{label[at:]}"
    for at, (one, other) in enumerate(pairwise(label)):
        yield label[:at] + other + one + label[at + 2 :]


def _is_label(text: str) -> bool:
    # Hyphens in the third and fourth place mean an A-label.
    edges = text[:1] != "-" != text[-1:]
    return 0 < len(text) <= MAX_LABEL and edges and text[2:4] != "--"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _confusable() -> dict[int, str]:
    """Return, by code point, the letter of a host name that Unicode calls confusable with it."""
    from confusable_homoglyphs.confusables import (  # type: ignore[import-untyped] # noqa: PLC0415 - a megabyte of JSON
        confusables_data,
    )

    rows = cast("dict[str, list[dict[str, str]]]", confusables_data)
    found = dict[int, str]()
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789-":
        for one in rows.get(letter, ()):
            if len(one["c"]) == 1 and not one["c"].isascii():
                found.setdefault(ord(one["c"]), letter)
    return found


def _likeness(label: str) -> str:
    text = label
    if label.startswith("xn--"):
        with suppress(idna.IDNAError, UnicodeError):
            text = idna.decode(label)
    plain = (one for one in normalize("NFKD", text) if not combining(one))
    return "".join(plain).translate(_confusable()).translate(_ALIKE)
