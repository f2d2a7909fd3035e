"""Dalvik executables: tables by offset, code by method, and refusals of what is broken."""

import re
import struct

import pytest

from keypin.audit import dex as module
from keypin.audit.dex import MAX_DEX, Dex, dex_files
from keypin.audit.names import Field
from keypin.audit.unreadable import UnreadableError

NET = "Lcom/example/Net;"


@pytest.fixture
def made(dex) -> bytes:
    """An executable with a field, two methods and some strings."""
    dex.constants += [(NET, "N", 7), (NET, "A", "alpha")]
    dex.define(NET, "f", [*dex.const(0, "beta"), 0x0E])
    dex.define(NET, "<clinit>", [0x0E])
    dex.method("La;", "g", "I", "[Ljava/lang/String;", returns="Z")
    return dex.build()


def test_names(dex, made) -> None:
    """Methods and fields have the names that code knows them by."""
    file = Dex(made)
    method = file.method(dex.methods.index(("La;", "g", ("I", "[Ljava/lang/String;"), "Z")))
    assert (method.owner, method.parameters, method.returns) == (
        "La;", ("I", "[Ljava/lang/String;"), "Z",
    )  # fmt: skip
    assert str(method) == "a.g"
    assert str(file.field(0)) == "com.example.Net.N"
    assert len(file) == len(dex.strings)
    assert file.has_type("La;")
    assert not file.has_type("alpha")
    assert not file.has_type("Lb;")


def test_code(dex, made) -> None:
    """Code belongs to its method, and a byte of it is found to be in it."""
    file = Dex(made)
    offset = file.bodies[dex.methods.index((NET, "f", (), "V"))]
    code = file.code(offset)
    assert str(file.method(code.method)) == "com.example.Net.f"
    assert list(code.units) == [0x1A, dex.string("beta"), 0x0E]
    assert file.code_at(offset + 16) == offset
    assert file.code_at(0) is None
    assert file.code_at(len(made) + 100) is None
    assert list(file.initialisers) == [NET]


def test_constants(dex, made) -> None:
    """Static fields have the strings that they begin with."""
    assert Dex(made).constants == {Field(NET, "A"): dex.string("alpha")}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (b"\x02\x1e\x37\x05\x00", {"B": 5}),  # null, then a string
        (b"\x02\x3f\x17\x05", {"B": 5}),  # a boolean, whose value is in its head
        (b"\x02\x1c\x17\x05", {}),  # an array: none of what follows is read
        (b"\x02", {}),  # the end of the file
    ],
)
def test_initial_values(dex, values, expected) -> None:
    """Values of other kinds are passed over, those of no fixed size end the reading."""
    dex.constants += [(NET, "A", 1), (NET, "B", 2)]
    dex.string("x")
    data = dex.build()
    start = data.rindex(b"\x02\x64")  # the array of two integers
    data = data[:start] + values.ljust(11 if len(values) > 1 else 1, b"\0")
    if len(values) > 1:
        data += dex.build()[start + 11 :]
    file = Dex(data)
    try:
        found = {field.name: index for field, index in file.constants.items()}
    except UnreadableError:
        found = {}
    assert found == expected


def test_strings_are_searched_at_once(dex, made) -> None:
    """A match is told with its string's index; one that runs over its end is none."""
    file = Dex(made)
    found = {file.string(index) for index, _ in file.strings_matching(re.compile(rb"[ae]ta|alph"))}
    assert found == {"alpha", "beta"}
    assert list(file.strings_matching(re.compile(rb"alpha\0.{300}", re.DOTALL))) == []
    dex.strings.clear()
    assert list(Dex(type(dex)().build()).strings_matching(re.compile(b"a"))) == []


def test_what_is_not_there_is_empty(made) -> None:
    """Indices of nothing give empty names, as a hostile file may have them anywhere."""
    file = Dex(made)
    assert file.string(9999) == file.type(9999) == ""
    assert str(file.field(9999)) == str(file.method(9999)) == "."


def test_a_method_of_no_prototype(made) -> None:
    """A prototype that is not there gives no parameters."""
    at = struct.unpack_from("<I", made, 0x5C)[0]
    broken = made[: at + 2] + b"\xff\xff" + made[at + 4 :]
    assert Dex(broken).method(0).parameters == ()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda data: data[:50], "is no dex file; expected Dalvik code as d8 makes it"),
        (lambda data: b"PK" + data[2:], "is no dex file; expected Dalvik code as d8 makes it"),
        (
            lambda data: data[:0x28] + b"\x12\x34\x56\x78" + data[0x2C:],
            "a byte order of 0x78563412; expected little-endian",
        ),
        (lambda data: data[:0x3C] + b"\xff\xff\xff\0" + data[0x40:], "behind the end"),
        (lambda data: data[:0x64] + b"\xff\xff\xff\0" + data[0x68:], "behind the end"),
    ],
)
def test_broken_files(made, change, text) -> None:
    """A file that is none, or whose tables stand outside, is told so."""
    with pytest.raises(UnreadableError) as error:
        list(dex_files(change(made)))
    assert text in str(error.value)


def test_too_large_files() -> None:
    """A file has a largest size."""
    with pytest.raises(UnreadableError, match="expected at most"):
        Dex(bytes(MAX_DEX + 1))


def test_work_has_an_end(dex, made, monkeypatch) -> None:
    """Rows, members and texts are as many as a file of that kind can have."""
    broken = made[:0x60] + struct.pack("<I", 0x10001) + made[0x64:]
    with pytest.raises(UnreadableError, match="a table of 65537 rows; expected 65536 at most"):
        Dex(broken)
    monkeypatch.setattr(module, "MAX_MEMBERS", 1)
    with pytest.raises(UnreadableError, match="more than 1 members of classes"):
        Dex(made).code_offsets  # noqa: B018 - it is read when it is asked for
    monkeypatch.setattr(module, "MAX_TEXT", 5)
    with pytest.raises(UnreadableError, match="more than 5 bytes of strings, written out"):
        Dex(made).string(dex.string("Lcom/example/Net;"))


def test_code_behind_the_end(made) -> None:
    """A class may say that its code stands anywhere."""
    with pytest.raises(UnreadableError, match="code behind the end"):
        Dex(made).code(len(made))


def test_numbers_that_do_not_end(made) -> None:
    """A number of more than five bytes is none."""
    file = Dex(made + b"\xff" * 8)
    with pytest.raises(UnreadableError, match="a number that does not end at byte"):
        file._uleb(len(made))


def test_classes_without_members(dex) -> None:
    """An interface of nothing has no code and no fields."""
    dex.define(NET, "f", [0x0E])
    data = bytearray(dex.build())
    row = struct.unpack_from("<I", data, 0x64)[0]
    struct.pack_into("<II", data, row + 24, 0, 0)
    file = Dex(bytes(data))
    assert (file.code_offsets, file.constants) == ({}, {})


def test_methods_without_code(made) -> None:
    """An abstract method has no code."""
    one_method = bytes([0, 0, 1, 0, 0, 1, 0])
    assert list(Dex(made + one_method)._members(len(made))) == []


def test_several_executables_in_a_file(made) -> None:
    """From version 041 on a file holds one after the other."""
    first = made.replace(b"dex\n035", b"dex\n041")
    assert len(list(dex_files(first))) == 1
    size = struct.pack("<I", 0x70)
    empty = first[:0x20] + size + first[0x24:0x38] + bytes(0x70 - 0x38)
    assert len(list(dex_files(empty + empty))) == 2


def test_an_empty_file_has_none() -> None:
    """Nothing holds nothing."""
    assert list(dex_files(b"")) == []
