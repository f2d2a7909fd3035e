"""Pins in Dalvik code: which host does a method hand together with which pins?

The strings of a file are searched for pins; only methods that refer to one are walked, then those
that read a field or call a method which carries one. OkHttp's `CertificatePinner.Builder.add` is
known by its name; where R8 has renamed it, by its shape: a host, then pins. A pin that no such call
takes is still reported, with the method it stands in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keypin.audit.dalvik import Call, Walk
from keypin.audit.dex import Dex
from keypin.audit.names import Field
from keypin.audit.patterns import (
    BARE,
    BARE_LENGTH,
    PREFIXED,
    is_evident_host,
    is_known,
    looks_like_host,
    pins_in,
)
from keypin.audit.values import Group, Value

# Code that handles pins is a few hundred units in a few methods; what is beyond these numbers is
# not followed, and its pins are reported without hosts.
MAX_WALKS = 5_000
MAX_UNITS = 200_000
MAX_UNITS_WALKED = 5_000_000
MAX_STRINGS_WITH_PINS = 10_000
_DEEPEST = 3

_OKHTTP = re.compile(r"L(?:okhttp3|com/squareup/okhttp)/CertificatePinner\$")
_BUILDER = b"/CertificatePinner$Builder;"
_BUILDERS = frozenset(
    ["Lokhttp3/CertificatePinner$Builder;", "Lcom/squareup/okhttp/CertificatePinner$Builder;"]
)
_READ, _INVOKE = rb"[\x54\x62]", rb"[\x6e-\x72\x74-\x78]"
_CRONET = "Lorg/chromium/net/CronetEngine$Builder;"
# Plumbing takes pins and hosts too, and says nothing of which belongs to which.
_PLUMBING = ("Ljava/", "Lkotlin/", "Landroid/", "Landroidx/", "Lokio/")
_PAIRS = {"put", "putIfAbsent", "to"}


@dataclass(frozen=True, slots=True)
class CodePin:
    """A pin in code.

    Attributes:
        text: as it is spelled.
        host: the pattern it is handed over with; None where that could not be followed.
        method: the method or field that it stands in; None where no code refers to it.
        taker: the method that takes host and pin; None where there is none.
        nearby: hosts in the same method, as evidence.
    """

    text: str
    host: str | None
    method: str | None
    taker: str | None = None
    nearby: tuple[str, ...] = ()

    @property
    def known_taker(self) -> bool:
        """Whether the taker is a library's own, by name."""
        return self.taker is not None and self.taker.startswith(
            ("okhttp3.", "com.squareup.okhttp.", "org.chromium.net.")
        )


def pins_in_code(dex: Dex) -> tuple[CodePin, ...]:
    """Return the pins in an executable's code.

    Raises:
        UnreadableError: its tables are broken.
    """
    pins = dict(_pin_strings(dex))
    return _Follower(dex, pins).follow() if pins else ()


def calls_okhttp(dex: Dex) -> bool:
    """Tell whether code outside of OkHttp hands pins to it, whatever they are."""
    for index in dex.methods_named("add", _BUILDERS) if _BUILDER in dex.data else ():
        for offset in dex.code_with(_naming(_INVOKE, index)):
            if _OKHTTP.match(dex.method(dex.code_offsets[offset]).owner) is None:
                return True
    return False


def _naming(opcodes: bytes, index: int) -> re.Pattern[bytes]:
    """Return an expression for instructions that name a field or method by its index."""
    number = re.escape(index.to_bytes(4, "little")[:2])
    return re.compile(opcodes + rb"." + number, re.DOTALL)


def _pin_strings(dex: Dex) -> Iterator[tuple[int, tuple[str, ...]]]:
    found = [index for index, _ in dex.strings_matching(PREFIXED)]
    found += [index for index, _ in dex.strings_matching(BARE)]
    for index in dict.fromkeys(found[:MAX_STRINGS_WITH_PINS]):
        if pins := pins_in(dex.string(index)):
            yield index, pins


class _Follower:
    """Walks the methods that have to do with pins, and remembers what they leave in fields."""

    def __init__(self, dex: Dex, pins: dict[int, tuple[str, ...]]) -> None:
        self._dex = dex
        self._pins = pins
        self._fields: dict[Field, Value] = {}
        self._left = MAX_UNITS_WALKED
        self._returned: dict[int, Value] = {}
        self._depth = 0
        self._walks = 0
        self._waiting: dict[int, None] = {}
        self._found: dict[int, list[CodePin]] = {}
        self._carriers: set[tuple[str, int]] = set()
        self._initialised: set[int] = set()

    def follow(self) -> tuple[CodePin, ...]:
        self._wait(self._referring())
        while self._waiting:
            offset = next(iter(self._waiting))
            del self._waiting[offset]
            if self._can_walk(offset):
                self._found[offset] = list(self._pins_of(offset))
        return tuple(dict.fromkeys(self._resolved()))

    # What a walk asks (`keypin.audit.dalvik.Memory`).

    def field(self, known: Field) -> Value:
        """Return what stands in a field, walking its class's initialiser if it was not yet."""
        constant = self._dex.constants.get(known)
        if constant is not None:
            return self._dex.string(constant)
        offset = self._dex.initialisers.get(known.owner, -1)
        if known not in self._fields and offset not in self._initialised:
            self._initialised.add(offset)
            self._run(offset)
        return self._fields.get(known)

    def set_field(self, index: int, known: Field, value: Value) -> None:
        """Note what stands in a field, and wait for its readers if it carries pins."""
        self._fields[known] = value
        if _pins_of(value):
            self._carry("field", index)

    def returned(self, method: int) -> Value:
        """Return what a method of this file returns, walking it if it was not yet."""
        if method not in self._returned and self._depth < _DEEPEST:
            self._returned[method] = None  # while it is walked: it may call itself
            self._returned[method] = self._run(self._dex.bodies.get(method, -1))
        return self._returned.get(method)

    def _run(self, offset: int) -> Value:
        """Walk code for what it leaves in fields, and return what it returns."""
        if not self._can_walk(offset):
            return None
        walk = self._walk(offset)
        for _ in walk.calls():
            pass
        self._depth -= 1
        return walk.returned

    def _walk(self, offset: int) -> Walk:
        code = self._dex.code(offset)
        self._walks += 1
        self._depth += 1
        self._left -= len(code.units)
        return Walk(self._dex, code, self)

    def _can_walk(self, offset: int) -> bool:
        """Tell whether there is code, of a size that compilers make, and walks are left."""
        if offset < 0 or self._walks >= MAX_WALKS:
            return False
        return len(self._dex.code(offset).units) <= min(MAX_UNITS, self._left)

    def _pins_of(self, offset: int) -> Iterator[CodePin]:
        """Walk a method, and yield its pins: those that calls take, and those that none does."""
        method = self._dex.code_offsets[offset]
        name = str(self._dex.method(method))
        walk = self._walk(offset)
        for call in walk.calls():
            yield from _taken(call, name)
        self._depth -= 1
        nearby = tuple(dict.fromkeys(filter(is_evident_host, walk.texts)))
        for text in walk.texts:
            for pin in pins_in(text):
                yield CodePin(pin, None, name, None, nearby)
        if _pins_of(walk.returned):
            self._returned[method] = walk.returned
            self._carry("method", method)

    def _carry(self, kind: str, index: int) -> None:
        """Wait for the methods that read a field, or call a method, which carries pins."""
        if (kind, index) not in self._carriers:
            self._carriers.add((kind, index))
            opcodes = _READ if kind == "field" else _INVOKE
            self._wait(self._dex.code_with(_naming(opcodes, index)))

    def _wait(self, offsets: Iterable[int]) -> None:
        self._waiting |= dict.fromkeys(offsets)

    def _referring(self) -> Iterator[int]:
        """Yield the code that loads one of the pins as a constant."""
        for length, opcode in ((2, rb"\x1a."), (4, rb"\x1b.")):
            short = (index for index in self._pins if index < 1 << 8 * length)
            numbers = [index.to_bytes(length, "little") for index in short]
            one = b"|".join(map(re.escape, numbers)) or rb"(?!)"
            yield from self._dex.code_with(re.compile(opcode + rb"(?:" + one + rb")", re.DOTALL))

    def _resolved(self) -> Iterator[CodePin]:
        """Yield what was found, a pin without a host only where it has none elsewhere."""
        found = [pin for pins in self._found.values() for pin in pins]
        yield from (pin for pin in found if pin.taker is not None)
        placed = {pin.text for pin in found if pin.taker is not None}
        placed |= {text[-BARE_LENGTH:] for text in placed}  # its parts, put together in code
        loose = [pin for pin in found if pin.text not in placed and _is_pin(pin)]
        yield from loose
        named = placed | {pin.text for pin in loose}
        holders = {index: str(field) for field, index in self._dex.constants.items()}
        for index, pins in self._pins.items():
            for text in pins:
                pin = CodePin(text, None, holders.get(index))
                if text not in named and _is_pin(pin):
                    yield pin


def _is_pin(pin: CodePin) -> bool:
    """Tell whether a text without a taker is a pin: bare base64 may be any key or digest."""
    return len(pin.text) != BARE_LENGTH or is_known(pin.text)


def _pins_of(value: Value) -> list[str]:
    texts = [value] if isinstance(value, str) else []
    if isinstance(value, Group):
        texts = list(value.texts())
    return [pin for text in texts for pin in pins_in(text)]


def _taken(call: Call, name: str) -> Iterator[CodePin]:
    """Yield the pins that a call takes, with the host that stands before them."""
    method = call.method
    known = _OKHTTP.match(method.owner) is not None or method.owner == _CRONET
    pair = method.name in _PAIRS or method.owner == "Lkotlin/Pair;"
    if method.owner.startswith(_PLUMBING) and not pair:
        return
    host: str | None = None
    for value in call.arguments:
        pins = _pins_of(value)
        if pins and (host is not None or known):
            yield from (CodePin(pin, host, name, str(method)) for pin in pins)
        elif not pins and isinstance(value, str) and (known or looks_like_host(value)):
            host = value
