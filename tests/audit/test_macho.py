"""Mach-O: signatures, and code that is encrypted."""

import struct

import pytest

from keypin.audit.macho import Program, is_macho, read_macho

THIN, THIN_32 = b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"


def thin(*commands: bytes, magic: bytes = THIN) -> bytes:
    """Return a program of load commands."""
    size = 12 + (16 if magic == THIN else 12)
    return (
        magic + bytes(12) + struct.pack("<I", len(commands)) + bytes(size - 16) + b"".join(commands)
    )


def signature(offset: int, size: int) -> bytes:
    """Return the command that says where the signature is."""
    return struct.pack("<IIII", 0x1D, 16, offset, size)


def encryption(how: int) -> bytes:
    """Return the command that says how the code is encrypted."""
    return struct.pack("<IIIIII", 0x2C, 24, 0, 0, how, 0)


@pytest.mark.parametrize("magic", [THIN, THIN_32])
def test_signatures(magic) -> None:
    """Of a program of 64 or 32 bits."""
    program = read_macho(thin(struct.pack("<II", 0x19, 8), signature(100, 50), magic=magic))
    assert program == Program(((100, 150),), encrypted=False)
    assert program.covers(100)
    assert not program.covers(150)


def test_encryption() -> None:
    """Zero says that the code is as it was built."""
    assert read_macho(thin(encryption(1))).encrypted
    assert not read_macho(thin(encryption(0))).encrypted


@pytest.mark.parametrize(("magic", "form"), [(0xCAFEBABE, ">8xI8x"), (0xCAFEBABF, ">8xQ16x")])
def test_universal_programs(magic, form) -> None:
    """Each part has its own signature, counted from where it begins."""
    row = struct.pack(form, 200)
    data = (struct.pack(">II", magic, 2) + row).ljust(200, b"\0") + thin(signature(10, 5))
    assert is_macho(data)
    assert read_macho(data).signatures == ((210, 215),)
    assert read_macho(struct.pack(">II", magic, 2)) == Program()


def test_what_is_none() -> None:
    """A class of Java begins in the same way, with a version in the place of a small number."""
    assert not is_macho(b"\xca\xfe\xba\xbe\0\0\0\x34")
    assert not is_macho(b"text")
    assert read_macho(b"text") == Program()
    assert read_macho(b"") == Program()


def test_programs_that_are_cut_off() -> None:
    """What is not there says nothing."""
    assert read_macho(THIN) == Program()
    assert read_macho(thin(signature(1, 2))[:-10]) == Program()
    assert read_macho(thin(encryption(1))[:-10]) == Program()
    assert read_macho(thin(signature(1, 2))[:34]) == Program()
