"""Pins in Dalvik code: by a library's name, by shape, through fields, and those of no host."""

import pytest

from keypin.audit import callsites as module
from keypin.audit.callsites import CodePin, calls_okhttp, pins_in_code
from keypin.audit.dex import dex_files

TEXT = "Ljava/lang/String;"
TEXTS = "[Ljava/lang/String;"
BUILDER = "Lokhttp3/CertificatePinner$Builder;"
NET = "Lcom/example/Net;"
RETURN = [0x0E]
KNOWN = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # ISRG Root X1


@pytest.fixture
def found(dex):
    """Return a function that gives the pins of what was made."""

    def read() -> list[CodePin]:
        (one,) = dex_files(dex.build())
        return list(pins_in_code(one))

    return read


def test_code_without_pins_is_not_walked(dex, found) -> None:
    """Where no string is a pin, nothing is found."""
    dex.define(NET, "f", [*dex.const(0, "hello"), *RETURN])
    assert found() == []


def test_a_call_of_okhttp(dex, pins, found) -> None:
    """`CertificatePinner.Builder.add` takes a host and its pins."""
    add = dex.method(BUILDER, "add", TEXT, TEXTS, returns=BUILDER)
    code = [*dex.array(1, *pins), *dex.const(4, "*.example.com"), *dex.invoke(add, 0, 4, 1)]
    dex.define(NET, "pinner", code + RETURN)
    taker = "okhttp3.CertificatePinner$Builder.add"
    assert found() == [
        CodePin(pin, "*.example.com", "com.example.Net.pinner", taker) for pin in pins
    ]
    assert all(pin.known_taker for pin in found())


def test_a_host_of_okhttp_that_is_computed(dex, pins, found) -> None:
    """A host that is not known is none, even if another text stands in the method."""
    add = dex.method(BUILDER, "add", TEXT, TEXTS, returns=BUILDER)
    host = dex.method("Lcom/example/Remote;", "host", returns=TEXT)
    code = [*dex.array(1, *pins), *dex.invoke(host, opcode=0x71), 0x040C]
    dex.define(NET, "pinner", [*code, *dex.invoke(add, 0, 4, 1), *RETURN])
    assert [(pin.host, pin.taker is None) for pin in found()] == [(None, False)] * 2


def test_a_call_of_the_same_shape(dex, pins, found) -> None:
    """Where names are lost, a host before its pins tells; what is no host does not."""
    renamed = dex.method("La/b;", "a", TEXT, TEXTS)
    code = [*dex.array(1, pins[0]), *dex.const(4, "api.example.com")]
    code += [*dex.invoke(renamed, 0, 4, 1), *dex.const(4, "no host"), *dex.const(5, pins[1])]
    dex.define(NET, "pinner", [*code, *dex.invoke(renamed, 0, 4, 5), *RETURN])
    first, second = found()
    assert (first.text, first.host, first.taker, first.known_taker) == (
        pins[0], "api.example.com", "a.b.a", False,
    )  # fmt: skip
    assert second == CodePin(pins[1], None, "com.example.Net.pinner", None, ("api.example.com",))


@pytest.mark.parametrize(
    ("owner", "name", "host"),
    [
        ("Ljava/util/HashMap;", "put", "api.example.com"),
        ("Lkotlin/Pair;", "<init>", "api.example.com"),
        ("Lorg/chromium/net/CronetEngine$Builder;", "addPublicKeyPins", "api.example.com"),
        ("Ljava/util/Objects;", "equals", None),
    ],
)
def test_pairs_are_calls_and_plumbing_is_not(dex, pins, found, owner, name, host) -> None:
    """A map's entry says whose a pin is; what merely passes both says nothing."""
    taker = dex.method(owner, name, TEXT, TEXT)
    code = [*dex.const(1, "api.example.com"), *dex.const(2, pins[0]), *dex.invoke(taker, 0, 1, 2)]
    dex.define(NET, "f", code + RETURN)
    assert [pin.host for pin in found()] == [host]


def test_pins_in_a_static_field(dex, pins, found) -> None:
    """An array that the class initialiser stores is followed to the method that reads it."""
    field = dex.field(NET, "PINS")
    add = dex.method(BUILDER, "add", TEXT, TEXTS, returns=BUILDER)
    dex.define(NET, "<clinit>", [*dex.array(1, *pins), 0x0169, field, *RETURN])
    code = [0x0162, field, *dex.const(2, "api.example.com"), *dex.invoke(add, 0, 2, 1)]
    dex.define(NET, "pinner", code + RETURN)
    assert [pin.host for pin in found()] == ["api.example.com"] * 2


def test_a_host_in_a_static_field(dex, pins, found) -> None:
    """A host that another class holds is found by walking its initialiser, once."""
    other = "Lcom/example/Config;"
    field, unset = dex.field(other, "HOST"), dex.field(other, "UNSET")
    add = dex.method(BUILDER, "add", TEXT, TEXTS, returns=BUILDER)
    dex.define(other, "<clinit>", [*dex.const(1, "api.example.com"), 0x0169, field, *RETURN])
    code = [*dex.array(1, pins[0]), 0x0462, unset, 0x0462, field, *dex.invoke(add, 0, 4, 1)]
    dex.define(NET, "pinner", code + RETURN)
    assert [pin.host for pin in found()] == ["api.example.com"]


def test_hosts_and_pins_that_methods_return(dex, pins, found) -> None:
    """A getter of a constant is as good as the constant, and callers of one with pins are found."""
    add = dex.method(BUILDER, "add", TEXT, TEXTS, returns=BUILDER)
    host = dex.define(NET, "host", [*dex.const(1, "api.example.com"), 0x0111], returns=TEXT)
    held = dex.define(NET, "pins", [*dex.array(1, *pins), 0x0111], returns=TEXTS)
    code = [*dex.invoke(host, opcode=0x71), 0x040C, *dex.invoke(held, opcode=0x71), 0x010C]
    dex.define(NET, "pinner", [*code, *dex.invoke(add, 0, 4, 1), *RETURN])
    assert [pin.host for pin in found()] == ["api.example.com"] * 2


def test_a_method_that_calls_itself(dex, pins, found) -> None:
    """A circle of calls comes to an end, and gives nothing."""
    method = dex.method(NET, "f", returns=TEXT)
    dex.define(NET, "f", [*dex.invoke(method, opcode=0x71), 0x010C, 0x0111], returns=TEXT)
    code = [*dex.const(1, pins[0]), *dex.invoke(method, opcode=0x71), 0x020C, *RETURN]
    dex.define(NET, "g", code)
    assert [pin.text for pin in found()] == [pins[0]]


def test_a_deep_way_of_calls_is_not_followed_to_its_end(dex, pins, found) -> None:
    """Getters of getters are followed a few deep."""
    add = dex.method(BUILDER, "add", TEXT, TEXTS, returns=BUILDER)
    last = dex.define(NET, "f0", [*dex.const(1, "api.example.com"), 0x0111], returns=TEXT)
    for number in range(1, 6):
        code = [*dex.invoke(last, opcode=0x71), 0x010C, 0x0111]
        last = dex.define(NET, f"f{number}", code, returns=TEXT)
    code = [*dex.array(1, pins[0]), *dex.invoke(last, opcode=0x71), 0x040C]
    dex.define(NET, "pinner", [*code, *dex.invoke(add, 0, 4, 1), *RETURN])
    assert [pin.host for pin in found()] == [None]


def test_a_pin_put_together(dex, pins, found) -> None:
    """A text that is put together is a pin, and its parts are no others."""
    new, append = (
        dex.method("Ljava/lang/StringBuilder;", name, *of)
        for name, of in (("<init>", ()), ("append", (TEXT,)))
    )
    shown = dex.method("Ljava/lang/StringBuilder;", "toString", returns=TEXT)
    taker = dex.method("La/b;", "a", TEXT, TEXT)
    code = [0x0122, dex.type("Ljava/lang/StringBuilder;"), *dex.invoke(new, 1)]
    for part in ("sha256/", pins[0].removeprefix("sha256/")):
        code += [*dex.const(2, part), *dex.invoke(append, 1, 2)]
    code += [*dex.invoke(shown, 1), 0x020C, *dex.const(3, "api.example.com")]
    dex.define(NET, "f", [*code, *dex.invoke(taker, 0, 3, 2), *RETURN])
    assert [(pin.text, pin.host) for pin in found()] == [(pins[0], "api.example.com")]


def test_constants_of_fields(dex, pins, found) -> None:
    """A constant that no code loads is told with its field; a text of nobody's with nothing."""
    dex.constants += [(NET, "NUMBER", 7), (NET, "PIN", pins[0])]
    dex.string(pins[1])
    expected = {CodePin(pins[0], None, "com.example.Net.PIN"), CodePin(pins[1], None, None)}
    assert set(found()) == expected


def test_bare_base64_is_a_pin_if_it_is_known(dex, found) -> None:
    """32 bytes in base64 may be any key: a CA's is told, another's is not."""
    dex.string("key: " + "B" * 42 + "A=")
    dex.define(NET, "f", [*dex.const(0, KNOWN), *dex.const(0, "B" * 42 + "A="), *RETURN])
    assert [pin.text for pin in found()] == [KNOWN]


def test_long_indices(dex, pins, found) -> None:
    """`const-string/jumbo` loads a string too."""
    dex.define(NET, "f", [*dex.jumbo(0, pins[0]), *RETURN])
    assert [pin.method for pin in found()] == ["com.example.Net.f"]


def test_bytes_that_look_like_an_instruction(dex, pins, found) -> None:
    """What stands in no code is no instruction."""
    dex.string("\x1aa\x01")  # `const-string` of string 1, with the end of the string
    dex.string(pins[0])
    assert found() == [CodePin(pins[0], None, None)]


def test_a_method_of_a_size_that_no_compiler_makes(dex, pins, found) -> None:
    """Code that would take for ever is not walked: its pins are told without a place."""
    dex.define(NET, "f", [*dex.const(0, pins[0]), *([0] * 200_001)])
    assert found() == [CodePin(pins[0], None, None)]


def test_walks_have_an_end(dex, pins, found, monkeypatch) -> None:
    """What is left when all walks are done is told without a place."""
    monkeypatch.setattr(module, "MAX_WALKS", 1)
    dex.define(NET, "f", [*dex.const(0, pins[0]), *RETURN])
    dex.define(NET, "g", [*dex.const(0, pins[1]), *RETURN])
    assert {pin.method for pin in found()} == {"com.example.Net.f", None}


def test_constants_in_calls(dex, pins, found) -> None:
    """A host that stands in a field from the start is known."""
    dex.constants.append((NET, "HOST", "api.example.com"))
    add = dex.method(BUILDER, "add", TEXT, TEXTS, returns=BUILDER)
    code = [*dex.array(1, pins[0]), 0x0462, dex.field(NET, "HOST"), *dex.invoke(add, 0, 4, 1)]
    dex.define(NET, "pinner", code + RETURN)
    assert [pin.host for pin in found()] == ["api.example.com"]


@pytest.mark.parametrize(
    ("caller", "builder", "expected"),
    [
        (NET, BUILDER, True),
        ("Lokhttp3/CertificatePinner$Companion;", BUILDER, False),
        (NET, "Lcom/example/CertificatePinner$Builder;", False),
        (NET, "La/b;", False),
    ],
)
def test_okhttp_is_handed_pins(dex, caller, builder, expected) -> None:
    """Its own code calls its builder too; that says nothing of an app."""
    add = dex.method(builder, "add", TEXT, TEXTS)
    dex.define(caller, "f", [*dex.invoke(add, 0, 1, 2), *RETURN])
    (one,) = dex_files(dex.build())
    assert calls_okhttp(one) is expected


def test_two_walks_say_a_thing_once(dex, pins, found) -> None:
    """A field that carries pins makes its readers be looked at again, not told twice."""
    field = dex.field(NET, "PINS")
    dex.define(NET, "f", [*dex.array(1, pins[0]), 0x0169, field, 0x0262, field, 0x0269, field, 0xE])
    assert [pin.text for pin in found()] == [pins[0]]
