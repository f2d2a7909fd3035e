"""Pins in JavaScript, under their hosts."""

from keypin.audit.script import ScriptPin, pins_in_script


def test_the_object_of_the_module() -> None:
    """As a developer writes it, and as a minifier leaves it."""
    text = """
    initializeSslPinning({
      'api.example.com': {
        includeSubdomains: true,
        publicKeyHashes: ['one=', "two="],
      },
    });
    a({"example.org":{publicKeyHashes:["three="],includeSubdomains:!0},b:{publicKeyHashes:[x]}})"""
    assert list(pins_in_script(text)) == [
        ScriptPin("one=", "**.api.example.com", 5),
        ScriptPin("two=", "**.api.example.com", 5),
        ScriptPin("three=", "**.example.org", 8),
    ]


def test_a_host_alone() -> None:
    """Without subdomains the host stands for itself."""
    found = pins_in_script("x={'a.example':{publicKeyHashes:['p='],includeSubdomains:!1}}")
    assert [pin.host for pin in found] == ["a.example"]


def test_a_script_of_nothing_else() -> None:
    """What says it without end is left to the search for texts."""
    assert list(pins_in_script("'a.b':{publicKeyHashes:['p=']}" * 1_001)) == []


def test_hashes_of_nobody() -> None:
    """Hashes that stand under no name are left to the search for texts."""
    assert list(pins_in_script("publicKeyHashes: ['p=']")) == []
