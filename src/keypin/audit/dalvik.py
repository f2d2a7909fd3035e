"""A light walk of Dalvik bytecode: which texts and arrays does a method hand to which method?

Goes through a method once, from top to bottom, as if it had no branches: code that sets up pins is
a straight line in practice, and what is not is reported as not followed. Knows texts, numbers,
arrays and collections of texts, string builders, and what stands in fields; everything else is
unknown. No instruction is run.

Follows "Dalvik bytecode format" (source.android.com). Must not know what a pin is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from keypin.audit.dex import Dex
from keypin.audit.names import Code, Field, Method
from keypin.audit.values import MAX_ITEMS, Group, Value, new, result_of


@dataclass(frozen=True, slots=True)
class Call:
    """A method that is called, with what is known of its arguments, receiver included."""

    method: Method
    arguments: tuple[Value, ...]


class Memory(Protocol):
    """What is known beyond one method."""

    def field(self, known: Field) -> Value:
        """Return what stands in a field."""
        ...

    def set_field(self, index: int, known: Field, value: Value) -> None:
        """Note what a method puts into a field."""
        ...

    def returned(self, method: int) -> Value:
        """Return what a method returns."""
        ...


def _widths() -> tuple[int, ...]:
    """Return how many units each instruction has, by its opcode."""
    widths = [1] * 256
    for width, ranges in {
        2: ((0x02,), (0x05,), (0x08,), (0x13,), (0x15, 0x16), (0x19, 0x1A), (0x1C,), (0x1F, 0x20),
            (0x22, 0x23), (0x29,), (0x2D, 0x3D), (0x44, 0x6D), (0x90, 0xAF), (0xD0, 0xE2),
            (0xFE, 0xFF)),
        3: ((0x03,), (0x06,), (0x09,), (0x14,), (0x17,), (0x1B,), (0x24, 0x26), (0x2A, 0x2C),
            (0x6E, 0x72), (0x74, 0x78), (0xFC, 0xFD)),
        4: ((0xFA, 0xFB),),
        5: ((0x18,),),
    }.items():  # fmt: skip
        for bounds in ranges:
            for opcode in range(bounds[0], bounds[-1] + 1):
                widths[opcode] = width
    return tuple(widths)


_WIDTHS = _widths()

_ADD_LITERAL = 0xD8  # add-int/lit8

# Instructions whose first register is written to, and of them those where it has four bits.
_WRITERS = frozenset(
    [
        *(*range(0x01, 0x0E), *range(0x12, 0x1D), *range(0x20, 0x24), *range(0x2D, 0x32)),
        *(*range(0x44, 0x4B), *range(0x52, 0x59), *range(0x60, 0x67), *range(0x7B, 0xE3)),
        *(0xFE, 0xFF),
    ]
)
_NARROW = frozenset(
    [
        *(0x01, 0x04, 0x07, 0x12, 0x20, 0x21, 0x23),
        *(*range(0x52, 0x60), *range(0x7B, 0x90), *range(0xB0, 0xD8)),
    ]
)


_Handler = Callable[["Walk", int, int], None]


class Walk:
    """One walk of one method's code; `calls` yields what it calls, in order.

    Args:
        dex: the file that the code is in.
        code: the method's code.
        memory: what is known of fields and other methods; fields that the method sets are added.
    """

    def __init__(self, dex: Dex, code: Code, memory: Memory) -> None:
        self._dex = dex
        self._units = code.units
        self._memory = memory
        self._registers: dict[int, Value] = {}
        self._result: Value = None
        self._called: Call | None = None
        self._counters = frozenset(self._counted())
        self.texts: list[str] = []
        self.returned: Value = None

    def calls(self) -> Iterator[Call]:
        """Walk, and yield each call."""
        for position, opcode in self._instructions():
            self._step(opcode, position)
            if self._called is not None:
                yield self._called
                self._called = None

    def _instructions(self) -> Iterator[tuple[int, int]]:
        """Yield each instruction by its position and opcode; tables in code are none."""
        position = 0
        while position < len(self._units):
            opcode = self._units[position] & 0xFF
            width = self._width(position, opcode)
            if position + width > len(self._units):
                return
            yield position, opcode
            position += width

    def _counted(self) -> Iterator[int]:
        """Yield the registers that a number is added to in place, as to the counter of a loop."""
        for position, opcode in self._instructions():
            register = self._units[position] >> 8
            if opcode == _ADD_LITERAL and register == self._units[position + 1] & 0xFF:
                yield register

    def _width(self, position: int, opcode: int) -> int:
        unit = self._units[position]
        if unit in {0x0100, 0x0200, 0x0300} and position + 3 < len(self._units):
            size = self._units[position + 1]
            if unit == 0x0100:  # noqa: PLR2004 - a packed switch; then a sparse one, then an array
                return 4 + 2 * size
            if unit == 0x0200:  # noqa: PLR2004 - as said
                return 2 + 4 * size
            count = self._units[position + 2] | self._units[position + 3] << 16
            return 4 + (size * count + 1) // 2
        return _WIDTHS[opcode]

    def _step(self, opcode: int, position: int) -> None:
        unit = self._units[position]
        target = unit >> 8 & 0xF if opcode in _NARROW else unit >> 8
        if handler := self._HANDLERS.get(opcode):
            handler(self, target, position)
        elif opcode in _WRITERS:
            self._registers[target] = None

    def _at(self, position: int) -> int:
        return self._units[position]

    def _move(self, target: int, position: int) -> None:
        self._registers[target] = self._registers.get(self._at(position) >> 12)

    def _move_from(self, target: int, position: int) -> None:
        self._registers[target] = self._registers.get(self._at(position + 1))

    def _move_16(self, _: int, position: int) -> None:
        source = self._registers.get(self._at(position + 2))
        self._registers[self._at(position + 1)] = source

    def _move_result(self, target: int, _: int) -> None:
        self._registers[target], self._result = self._result, None

    def _return(self, target: int, _: int) -> None:
        if self.returned is None:
            self.returned = self._registers.get(target)

    def _const_4(self, target: int, position: int) -> None:
        self._registers[target] = self._at(position) >> 12

    def _const_16(self, target: int, position: int) -> None:
        self._registers[target] = self._at(position + 1)

    def _const_string(self, target: int, position: int) -> None:
        self._text(target, self._at(position + 1))

    def _const_jumbo(self, target: int, position: int) -> None:
        self._text(target, self._at(position + 1) | self._at(position + 2) << 16)

    def _text(self, target: int, index: int) -> None:
        text = self._dex.string(index)
        self._registers[target] = text
        self.texts.append(text)

    def _check_cast(self, _target: int, _position: int) -> None:
        """Leave the register as it is: a cast changes the type alone."""

    def _new_instance(self, target: int, position: int) -> None:
        self._registers[target] = new(self._dex.type(self._at(position + 1)))

    def _new_array(self, target: int, _: int) -> None:
        self._registers[target] = Group()

    def _filled_array(self, _: int, position: int) -> None:
        self._result = Group(dict(enumerate(self._few(position))))

    def _filled_range(self, _: int, position: int) -> None:
        self._result = Group(dict(enumerate(self._range(position))))

    def _aget(self, target: int, position: int) -> None:
        array, index = self._pair(position)
        counter = self._at(position + 1) >> 8 in self._counters
        if not isinstance(array, Group):
            self._registers[target] = None
        elif isinstance(index, int) and index in array.items and not counter:
            self._registers[target] = array.items[index]
        else:
            self._registers[target] = array  # in a loop, any of them

    def _aput(self, target: int, position: int) -> None:
        array, index = self._pair(position)
        if isinstance(array, Group):
            value = self._registers.get(target)
            if isinstance(index, int) and index < MAX_ITEMS:
                array.items[index] = value
            else:
                array.add(value)

    def _pair(self, position: int) -> tuple[Value, Value]:
        both = self._at(position + 1)
        return self._registers.get(both & 0xFF), self._registers.get(both >> 8)

    def _get(self, target: int, position: int) -> None:
        known = self._dex.field(self._at(position + 1))
        self._registers[target] = self._memory.field(known)

    def _put(self, target: int, position: int) -> None:
        value = self._registers.get(target)
        if value is not None:
            index = self._at(position + 1)
            self._memory.set_field(index, self._dex.field(index), value)

    def _invoke(self, _: int, position: int) -> None:
        self._call(self._at(position + 1), self._few(position))

    def _invoke_range(self, _: int, position: int) -> None:
        self._call(self._at(position + 1), self._range(position))

    def _few(self, position: int) -> tuple[Value, ...]:
        """Return the values of the up to five registers that an instruction names one by one."""
        head, names = self._at(position), self._at(position + 2)
        numbers = [names >> shift & 0xF for shift in (0, 4, 8, 12)] + [head >> 8 & 0xF]
        return tuple(self._registers.get(number) for number in numbers[: head >> 12])

    def _range(self, position: int) -> tuple[Value, ...]:
        count, first = self._at(position) >> 8, self._at(position + 2)
        return tuple(self._registers.get(first + index) for index in range(count))

    def _call(self, index: int, arguments: tuple[Value, ...]) -> None:
        method = self._dex.method(index)
        self._called = Call(method, arguments)
        self._result = result_of(method, arguments)
        if self._result is None:
            self._result = self._memory.returned(index)

    # The instructions by their opcodes; what is not here leaves its target unknown.
    _HANDLERS: ClassVar[dict[int, _Handler]] = {
        0x07: _move, 0x08: _move_from, 0x09: _move_16, 0x01: _move,
        0x02: _move_from, 0x0A: _move_result, 0x0C: _move_result, 0x11: _return,
        0x12: _const_4, 0x13: _const_16, 0x1A: _const_string, 0x1B: _const_jumbo,
        0x1F: _check_cast, 0x22: _new_instance, 0x23: _new_array,
        0x24: _filled_array, 0x25: _filled_range, 0x46: _aget, 0x4D: _aput,
        0x54: _get, 0x5B: _put, 0x62: _get, 0x69: _put,
        **dict.fromkeys(range(0x6E, 0x73), _invoke),
        **dict.fromkeys(range(0x74, 0x79), _invoke_range),
    }  # fmt: skip
