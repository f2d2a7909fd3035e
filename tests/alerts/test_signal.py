"""What a signal is, and what makes two the same."""

from dataclasses import replace

import pytest

from keypin.alerts import Subject
from keypin.alerts.signal import graver, gravest_first, identity
from keypin.errors import InputError
from keypin.findings import Severity


def test_severities_are_ordered() -> None:
    """An error is graver than a warning, a warning than a note, nothing than itself."""
    assert graver(Severity.ERROR, Severity.WARNING)
    assert graver(Severity.WARNING, Severity.NOTE)
    assert not graver(Severity.NOTE, Severity.NOTE)
    assert sorted([Severity.NOTE, Severity.ERROR, Severity.WARNING], key=gravest_first) == [
        "error",
        "warning",
        "note",
    ]


def test_the_same_trouble_is_one_fingerprint(signal) -> None:
    """Severity, words, evidence and owner change while the trouble stays the same."""
    one = signal()
    other = replace(
        one,
        severity=Severity.NOTE,
        title="else",
        evidence=("a",),
        owner=None,
        tags=(),
        holds=False,
        application=None,
    )
    assert one.fingerprint == other.fingerprint
    assert len(one.fingerprint) == 32


@pytest.mark.parametrize(
    "change",
    [
        {"id": "chain-expired"},
        {"subject": Subject("endpoint", "www.shop.example:443")},
        {"subject": Subject("release", "api.shop.example:443")},
        {"organisation": "acme"},
        {"distinct": "sha256/AAAA"},
    ],
    ids=["id", "key", "kind", "organisation", "distinct"],
)
def test_other_trouble_is_another_fingerprint(signal, change) -> None:
    """Another finding, subject or organisation is other trouble."""
    assert replace(signal(), **change).fingerprint != signal().fingerprint


def test_parts_of_an_identity_do_not_run_together() -> None:
    """Where one text ends matters."""
    assert identity("ab", "c") != identity("a", "bc")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"id": "Chain_Refused"},
            "the identifier 'Chain_Refused'; expected lower case words joined by hyphens, as "
            "chain-refused",
        ),
        ({"title": ""}, "the signal 'chain-refused' without a title; expected one sentence"),
        (
            {"link": "https://evil.example/"},
            "the link 'https://evil.example/' of 'chain-refused'; expected a path of this service, "
            "as /endpoints/7",
        ),
        (
            {"link": "//evil.example"},
            "the link '//evil.example' of 'chain-refused'; expected a path of this service, as "
            "/endpoints/7",
        ),
    ],
    ids=["id", "title", "elsewhere", "no-scheme"],
)
def test_a_signal_that_could_not_be_told_is_refused(signal, change, error) -> None:
    """Neither without words, nor with a link that leads away from the service."""
    with pytest.raises(InputError) as caught:
        signal(**change)
    assert str(caught.value) == error


def test_a_subject_names_something() -> None:
    """A kind in kebab case, and a key."""
    assert str(Subject("release", "shop 3.2")) == "release shop 3.2"
    with pytest.raises(InputError, match="a subject of kind 'release' without a key"):
        Subject("release", "")
    with pytest.raises(InputError, match="the kind of subject 'a b'"):
        Subject("a b", "c")
