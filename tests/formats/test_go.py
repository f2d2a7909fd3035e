"""Go's tls.Config as people write it, and what is written for it."""

import pytest

from keypin.errors import FormatError
from keypin.formats import detect, form

FORM = form("go")
A, B = ("B" * 42 + "A=", "C" * 42 + "A=")


@pytest.mark.parametrize(
    "text",
    [
        f'var pins = map[string][]string{{"api.example.com": {{"{A}", "{B}"}}}}',
        f'pins["api.example.com"] = []string{{\n\t`sha256/{A}`,\n\t`sha256/{B}`,\n}}',
        f'{{Host: "api.example.com", Pins: []string{{"sha256/{A}", "sha256/" + "{B}"}}}},',
        f'const host = "api.example.com"\nconst (\n\tfirst = "{A}"\n\tbackup = "{B}"\n)\n',
    ],
)
def test_as_people_write(text: str) -> None:
    """Maps, structs, raw strings and constants are read alike."""
    (policy,) = FORM.loads(f"package main\n{text}\n").pin_set.policies
    assert str(policy.host) == "api.example.com"
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]


def test_it_is_recognised() -> None:
    """By its ending, or by its first word and its package of TLS."""
    assert detect(f'package a\nimport "crypto/tls"\n// "{A}"') is FORM
    assert detect("", "pins.go") is FORM
    assert not FORM.detect("package com.example;", "")


def test_a_program_without_pins() -> None:
    """Go's own verification is no pin."""
    with pytest.raises(FormatError, match=r"main\.go: no pins; expected Go source with hosts"):
        FORM.loads("package main\nvar config = &tls.Config{}\n", name="main.go")


def test_what_is_written_checks_resumed_connections() -> None:
    """VerifyConnection runs on each, and Go's own verification is left on."""
    text = FORM.dumps(FORM.loads(f'"a.example.com": "{A}"').pin_set)
    assert "VerifyConnection: verify" in text
    assert "VerifiedChains" in text
    assert "InsecureSkipVerify: true" not in text
