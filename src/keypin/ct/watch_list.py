"""The watch list: what somebody wants to hear of, and which entries of a log are about it.

Entries are searched as raw bytes, for all names at once, and only candidates are parsed. That finds
all that a full parse of every entry would find: whatever an entry says stands in its leaf, letter
by letter, if nothing comes of case and of null bytes. So both are taken out of the leaf first
(which makes BMPString and UniversalString plain), and what is searched for is ASCII. Texts with
other characters have no one spelling in bytes: where they matter, every entry with such a text in
its common name or organisation is a candidate.

A name that is watched is found in a wildcard that covers it, too. In a certificate that cannot be
read the bytes alone decide.
"""

import re
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from itertools import chain

from ahocorasick_rs import BytesAhoCorasick, Implementation

from keypin.ct.entry import Block
from keypin.ct.logged import Logged, key_in
from keypin.ct.look_alikes import likeness, spellings
from keypin.ct.names import Spoken, plain, spoken
from keypin.errors import InputError
from keypin.pins.host import MAX_NAME, canonical_host

_FOLD = bytes(range(256)).lower()
# A table of states is half again as fast as a graph, and takes a kilobyte for each name.
_TABLE_BYTES = 1 << 18
# A common name or an organisation: type, length, and what of the length does not fit in one octet.
_TEXT = re.compile(rb"\x55\x04[\x03\x0a]([\x0c-\x1e])(?:([\x00-\x7f])|\x81(.)|\x82(..))", re.DOTALL)
_WIDE = frozenset(b"\x1c\x1e")  # UniversalString and BMPString: every one is looked at
_A_LABEL = b"xn--"
_WORD = re.compile("[a-z0-9]+")
_IP_ADDRESS = 0x87  # the tag of an iPAddress in a subject alternative name


class Kind(StrEnum):
    """What can be watched."""

    DOMAIN = "domain"
    """A name and all names below it."""
    NAME = "name"
    """A name alone, or an IP address."""
    LOOK_ALIKE = "look-alike"
    """A name, and all below it, that resembles another."""
    KEY = "key"
    """A key, by the SHA-256 of its SubjectPublicKeyInfo."""
    ISSUER = "issuer"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Hit:
    """Why an entry is of interest.

    Attributes:
        kind: what is watched.
        watched: which, as it was given; of a look-alike, the name that it resembles.
        seen: the name in the certificate; empty where the bytes alone speak.
    """

    kind: Kind
    watched: str
    seen: str = ""


class WatchListError(InputError):
    """A watch list that cannot be."""


class WatchList:
    """What is watched for; for many threads.

    Args:
        domains: names that are watched with all below them.
        names: names that are watched alone, and IP addresses.
        look_alikes: names of which those that resemble them are watched, with all below.
        keys: SHA-256 digests of SubjectPublicKeyInfo.
        issuers: texts in the common name or organisation of issuers.
        organizations: texts in the organisation of subjects.
        shared: whether several share the list: what one of them watches may look like a name of
            another, who is told of it all the same.

    Raises:
        WatchListError: nothing is watched, or an organisation has no letters.
        HostError: a domain or name is none.
    """

    def __init__(
        self,
        *,
        domains: Iterable[str] = (),
        names: Iterable[str] = (),
        look_alikes: Iterable[str] = (),
        keys: Iterable[bytes] = (),
        issuers: Iterable[str] = (),
        organizations: Iterable[str] = (),
        shared: bool = False,
    ) -> None:
        self._domains = {canonical_host(name): name for name in domains}
        self._names = {canonical_host(name): name for name in names}
        resembled = {canonical_host(name): name for name in look_alikes}
        self._likenesses = _grouped((likeness(name), of) for name, of in resembled.items())
        self._look_alikes = _grouped(
            (one, of) for name, of in resembled.items() for one in spellings(name)
        )
        self._shared = shared
        self._keys = frozenset(keys)
        self._issuers = {_asked(text): text for text in issuers}
        self._organizations = {_asked(text): text for text in organizations}
        # A wildcard in the place of the first label covers a name, whether it is a domain's or not.
        self._parents = {name.partition(".")[2] for name in (*self._domains, *self._names)}
        self._packed = _packed(self._names)
        self._foreign = self._is_foreign()
        self._needles = self._all_needles()
        if not len(self):
            raise WatchListError("an empty watch list", expected="a name, a key or an organisation")
        self._automaton = _automaton(self._needles)

    def _is_foreign(self) -> bool:
        """Tell whether texts with other characters than ASCII matter."""
        hosts = (*self._domains, *self._names, *self._look_alikes)
        texts = (*self._issuers, *self._organizations, *self._likenesses)
        return bool(texts) or any("xn--" in name for name in hosts)

    def _all_needles(self) -> list[bytes]:
        hosts = (*self._domains, *self._names, *self._look_alikes)
        found = {host.encode() for host in hosts}
        found |= {f"*.{parent}".encode() for parent in self._parents if parent}
        found |= self._packed.keys()
        found |= {_longest(text).encode() for text in (*self._issuers, *self._organizations)}
        found |= {_A_LABEL} if self._likenesses else set()
        return sorted(found - {b""})

    def __len__(self) -> int:
        names = len(self._domains) + len(self._names) + len(self._likenesses)
        return names + len(self._keys) + len(self._issuers) + len(self._organizations)

    # The search

    def candidates(self, block: Block) -> list[int]:
        """Return the positions of entries that may be of interest; all that are, are among them."""
        folded = block.data.translate(_FOLD, b"\0")
        found = set[int]()
        if self._automaton is not None:
            found.update(self._named(block, self._automaton.find_matches_as_indexes(folded)))
        if self._foreign:
            found.update(_foreign(block))
        if self._keys:
            found.update(n for n, leaf in enumerate(block.leaves()) if key_in(leaf) in self._keys)
        return sorted(found)

    def _named(self, block: Block, needles: Sequence[tuple[int, int, int]]) -> Iterator[int]:
        """Yield the entries that needles touch.

        Overlaps need not be told: a needle that another hides is in an entry that this one touches.
        """
        touched = ((begin, end - 1) for _, begin, end in needles)
        places = _places(block.data, chain.from_iterable(touched))
        for first, last in zip(places, places, strict=True):
            yield from range(
                bisect_right(block.offsets, first) - 1, bisect_right(block.offsets, last)
            )

    # The decision

    def matches(self, logged: Logged) -> tuple[Hit, ...]:
        """Return why an entry is of interest; nothing where it is not."""
        certificate = logged.certificate
        if certificate is None:
            return tuple(self._in_bytes(logged.entry.leaf))
        said = spoken(certificate)
        found = [*self._of_names(said), *self._of_texts(said)]
        if certificate.spki_sha256 in self._keys:
            digest = b64encode(certificate.spki_sha256).decode()
            found.append(Hit(Kind.KEY, f"sha256/{digest}"))
        if not said.whole:
            found += self._in_bytes(logged.entry.leaf)
        return tuple(dict.fromkeys(found))

    def _of_names(self, said: Spoken) -> Iterator[Hit]:
        for name in (*said.names, *said.addresses, *(said.foreign if self._foreign else ())):
            base = name.removeprefix("*.")
            if name in self._names:
                yield Hit(Kind.NAME, self._names[name], name)
            if base != name and base in self._parents:
                yield from self._covered(base, name)
            for above in _above(base):
                if above in self._domains:
                    yield Hit(Kind.DOMAIN, self._domains[above], name)
                yield from (Hit(Kind.LOOK_ALIKE, of, name) for of in self._resembled(above))

    def _resembled(self, name: str) -> tuple[str, ...]:
        """Return what a name is a look-alike of: nothing, if it is watched itself."""
        if not self._shared and (name in self._domains or name in self._names):
            return ()
        if name in self._look_alikes or "xn--" not in name:
            return self._look_alikes.get(name, ())
        return self._likenesses.get(likeness(name), ()) if self._likenesses else ()

    def _covered(self, parent: str, wildcard: str) -> Iterator[Hit]:
        """Yield what a wildcard covers. All are looked through: it happens once in a million."""
        for kind, watched in ((Kind.NAME, self._names), (Kind.DOMAIN, self._domains)):
            for name, given in watched.items():
                if name.partition(".")[2] == parent:
                    yield Hit(kind, given, wildcard)

    def _of_texts(self, said: Spoken) -> Iterator[Hit]:
        for text, given in self._issuers.items():
            yield from (Hit(Kind.ISSUER, given, one) for one in said.issuers if text in one)
        for text, given in self._organizations.items():
            found = (one for one in said.organizations if text in one)
            yield from (Hit(Kind.ORGANIZATION, given, one) for one in found)

    def _in_bytes(self, leaf: bytes) -> Iterator[Hit]:
        """Yield what stands in bytes that nobody can read."""
        if self._automaton is None:
            return
        folded = leaf.translate(_FOLD, b"\0")
        for which, _, _ in self._automaton.find_matches_as_indexes(folded, True):
            if self._needles[which] != _A_LABEL:
                found = self._needles[which]
                alike = self._resembled(found.decode("latin-1").removeprefix("*."))
                yield from (Hit(Kind.LOOK_ALIKE, of) for of in alike)
                if self._shared or not alike:
                    yield self._hit_of(found)

    def _hit_of(self, found: bytes) -> Hit:
        """Return what a needle is of; of a wildcard that covers several names, itself."""
        if found in self._packed:
            return Hit(Kind.NAME, self._names[self._packed[found]])
        needle = found.decode()
        name = needle.removeprefix("*.")
        if name in self._domains:
            return Hit(Kind.DOMAIN, self._domains[name])
        for kind, texts in ((Kind.ISSUER, self._issuers), (Kind.ORGANIZATION, self._organizations)):
            for text, given in texts.items():
                if _longest(text) == needle:
                    return Hit(kind, given)
        return Hit(Kind.NAME, self._names.get(name, needle))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return what several may have in common: all that goes with each first one of a pair."""
    found: dict[str, tuple[str, ...]] = {}
    for one, of in pairs:
        found[one] = (*found.get(one, ()), of)
    return found


def _automaton(needles: list[bytes]) -> BytesAhoCorasick | None:
    if not needles:
        return None
    few = sum(map(len, needles)) < _TABLE_BYTES
    kind = Implementation.DFA if few else Implementation.ContiguousNFA
    return BytesAhoCorasick(needles, implementation=kind)


def _places(data: bytes, folded: Iterable[int]) -> Iterator[int]:
    """Yield where bytes stand, by where they stand, in order, when the null bytes are left out."""
    counted = nulls = 0
    for place in folded:
        end = place + 1 + nulls
        while counted < end:
            nulls += data.count(0, counted, end)
            counted, end = end, place + 1 + nulls
        yield counted - 1


def _foreign(block: Block) -> Iterator[int]:
    """Yield the entries with a common name or an organisation that is not all ASCII."""
    for found in _TEXT.finditer(block.data):
        length = int.from_bytes(found[2] or found[3] or found[4], "big")
        value = block.data[found.end() : found.end() + length]
        if found[1][0] in _WIDE or not value.isascii():
            yield bisect_right(block.offsets, found.start()) - 1


def _above(name: str) -> Iterator[str]:
    """Yield a name and all names above it; of one that is too long for a name, those that are."""
    if len(name) > MAX_NAME:
        name = name[-MAX_NAME - 1 :].partition(".")[2]
    while name:
        yield name
        name = name.partition(".")[2]


def _packed(names: Iterable[str]) -> dict[bytes, str]:
    """Return the IP addresses among names by how they stand in a certificate, folded."""
    found = dict[bytes, str]()
    for name in names:
        if ":" in name or name[-1].isdigit():
            octets = ip_address(name).packed
            whole = bytes((_IP_ADDRESS, len(octets))) + octets
            found[whole.translate(_FOLD, b"\0")] = name
    return found


def _asked(text: str) -> str:
    """Return the text of an organisation as it is looked for."""
    found = plain(text)
    if not any(letter.isalnum() for letter in found):
        raise WatchListError(f"the organisation {text!r}", expected="a name with letters")
    return found


def _longest(text: str) -> str:
    """Return the longest word in ASCII; another spelling of blanks and marks does not hide it."""
    return max(_WORD.findall(text), key=len, default="")
