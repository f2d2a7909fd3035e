"""A walk of bytecode, instruction by instruction, as the format's document has them."""

import pytest

from keypin.audit.dalvik import Call, Walk
from keypin.audit.dex import Dex
from keypin.audit.names import Field
from keypin.audit.values import MAX_ITEMS, Group, Value

OWNER = "La;"


class Nothing:
    """A memory that remembers fields, and knows of no other method."""

    def __init__(self) -> None:
        self.fields: dict[Field, Value] = {}

    def field(self, known: Field) -> Value:
        """Return what was put."""
        return self.fields.get(known)

    def set_field(self, index: int, known: Field, value: Value) -> None:  # noqa: ARG002 - the port's
        """Remember."""
        self.fields[known] = value

    def returned(self, method: int) -> Value:  # noqa: ARG002 - the port's
        """Know nothing."""
        return None


@pytest.fixture
def walk(dex):
    """Return a function that walks units, and gives the calls and the walk."""
    dex.method(OWNER, "f", "Ljava/lang/String;")

    def run(*units: int) -> tuple[list[Call], Walk]:
        dex.define(OWNER, "g", list(units))
        file = Dex(dex.build())
        (offset,) = file.code_offsets
        walked = Walk(file, file.code(offset), Nothing())
        return list(walked.calls()), walked

    return run


def argument(dex, register: int) -> list[int]:
    """Return a call that shows what a register holds."""
    return dex.invoke(dex.methods.index((OWNER, "f", ("Ljava/lang/String;",), "V")), register)


def shown(calls: list[Call]) -> list[Value]:
    """Return the arguments of calls of one."""
    return [call.arguments[0] for call in calls]


def test_texts_and_moves(dex, walk) -> None:
    """A text goes from register to register by each of the moves."""
    code = [*dex.const(1, "a"), 0x1207, 0x0308, 0x0002, 0x0009, 4, 3, 0x3501]
    calls, walked = walk(*code, *argument(dex, 2), *argument(dex, 3), *argument(dex, 4))
    assert shown(calls) == ["a", "a", "a"]
    assert walked.texts == ["a"]


def test_numbers(dex, walk) -> None:
    """Small constants are known; what is computed is not."""
    code = [0x3112, 0x0213, 300, 0x0390, 0x0201]
    calls, _ = walk(*code, *argument(dex, 1), *argument(dex, 2), *argument(dex, 3))
    assert shown(calls) == [3, 300, None]


def test_arrays(dex, walk) -> None:
    """Elements are put and read by index; by an unknown one, it is any of them."""
    code = [*dex.array(1, "a", "b"), 0x0412, 0x0546, 0x0401, 0x0646, 0x0701]
    calls, _ = walk(*code, *argument(dex, 1), *argument(dex, 5), *argument(dex, 6))
    group, first, any_of = shown(calls)
    assert isinstance(group, Group)
    assert list(group.texts()) == ["a", "b"]
    assert first == "a"
    assert any_of is group


def test_elements_in_a_loop(dex, walk) -> None:
    """An index that is counted up stands for every element, though its first value is known."""
    code = [*dex.array(1, "a", "b"), 0x0412, 0x0546, 0x0401, 0x04D8, 0x0104, 0x06D8, 0x0107]
    calls, _ = walk(*code, *argument(dex, 5))
    assert isinstance(calls[0].arguments[0], Group)
    assert list(calls[0].arguments[0].texts()) == ["a", "b"]


def test_elements_of_no_array(dex, walk) -> None:
    """What is put into or read from something unknown is unknown."""
    code = [*dex.const(1, "a"), 0x014D, 0x0302, 0x0546, 0x0302]
    calls, _ = walk(*code, *argument(dex, 5))
    assert shown(calls) == [None]


def test_elements_at_an_unknown_index(dex, walk) -> None:
    """They are in the array all the same."""
    code = [0x3123, dex.type("[Ljava/lang/String;"), *dex.const(2, "a"), 0x024D, 0x0901]
    code += [0x0413, MAX_ITEMS, 0x024D, 0x0401]
    calls, _ = walk(*code, *argument(dex, 1))
    assert isinstance(calls[0].arguments[0], Group)
    assert list(calls[0].arguments[0].texts()) == ["a", "a"]


@pytest.mark.parametrize("head", [[0x2024, 0, 0x0021], [0x0225, 0, 1]])
def test_arrays_that_are_filled_at_once(dex, walk, head) -> None:
    """Of registers one by one, or of a range."""
    code = [*dex.const(1, "a"), *dex.const(2, "b"), *head, 0x030C]
    calls, _ = walk(*code, *argument(dex, 3))
    assert isinstance(calls[0].arguments[0], Group)
    assert sorted(calls[0].arguments[0].texts()) == ["a", "b"]


def test_fields(dex, walk) -> None:
    """A field holds what was put into it; the unknown is not put."""
    field, unset = dex.field(OWNER, "x"), dex.field(OWNER, "y")
    code = [*dex.const(1, "a"), 0x0169, field, 0x0969, unset, 0x0262, field, 0x0362, unset]
    calls, _ = walk(*code, *argument(dex, 2), *argument(dex, 3))
    assert shown(calls) == ["a", None]


def test_casts_and_new_objects(dex, walk) -> None:
    """A cast changes nothing; a new collection is an empty one."""
    code = [*dex.const(1, "a"), 0x011F, dex.type(OWNER), 0x0222, dex.type("Ljava/util/HashSet;")]
    calls, _ = walk(*code, *argument(dex, 1), *argument(dex, 2))
    assert shown(calls) == ["a", Group()]


def test_calls_of_a_range(dex, walk) -> None:
    """Calls with registers in a row have their arguments too."""
    method = dex.method(OWNER, "h", "I", "I")
    calls, _ = walk(*dex.const(1, "a"), *dex.const(2, "b"), 0x0277, method, 1)
    assert [call.arguments for call in calls] == [("a", "b")]


def test_what_is_returned(dex, walk) -> None:
    """The first known value that is returned counts."""
    _, walked = walk(0x0511, *dex.const(1, "a"), 0x0111, *dex.const(2, "b"), 0x0211)
    assert walked.returned == "a"


@pytest.mark.parametrize(
    "payload",
    [
        [0x0100, 2, 0, 0, 9, 9, 9, 9],  # of a packed switch
        [0x0200, 1, 9, 9, 9, 9],  # of a sparse one
        [0x0300, 1, 3, 0, 9, 9],  # of an array
    ],
)
def test_tables_in_code_are_passed_over(dex, walk, payload) -> None:
    """The data of switches and arrays is no code."""
    calls, _ = walk(*payload, *dex.const(1, "a"), *argument(dex, 1))
    assert shown(calls) == ["a"]


def test_code_that_ends_in_an_instruction(dex, walk) -> None:
    """What is cut off is not run; the beginning of a table at the end is no table."""
    calls, _ = walk(*dex.const(1, "a"), *argument(dex, 1), 0x0100, 0x6E)
    assert shown(calls) == ["a"]
