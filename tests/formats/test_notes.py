"""Notes in comments: what is said there is read back, and what cannot be said is not written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.formats.notes import (
    heading,
    is_sayable,
    pin_note,
    policy_notes,
    read_heading,
    read_pin_note,
    read_policy_notes,
)
from keypin.formats.texts import EXEMPT, NO_BACKUP
from keypin.pins import HostPattern, Pin, Policy, PolicyPin, Role

PIN = Pin(b"a" * 32)
HOST = HostPattern("a.example.com")


@pytest.mark.parametrize(
    ("role", "comment", "note"),
    [
        (Role.ACTIVE, None, ""),
        (Role.ACTIVE, "today's", "today's"),
        (Role.ACTIVE, "backup", "active: backup"),
        (Role.BACKUP, None, "backup"),
        (Role.RETIRING, "until June", "retiring: until June"),
        (Role.BACKUP, "two\nlines", "backup"),
    ],
)
def test_pin_notes(role: Role, comment: str | None, note: str) -> None:
    """A role is told where it is not the usual one, or where the comment looks like one."""
    assert pin_note(PolicyPin(PIN, role, comment)) == note
    told = comment if comment != "two\nlines" else None
    assert read_pin_note(note) == (role, told)


@given(st.sampled_from(Role), st.none() | st.text())
def test_a_pin_note_is_read_back_or_left_out(role: Role, comment: str | None) -> None:
    """Whatever the comment is, the role is right, and the comment whole or absent."""
    assert read_pin_note(pin_note(PolicyPin(PIN, role, comment))) in [(role, comment), (role, None)]


def test_policy_notes() -> None:
    """Comments, and the reasons that the form's reader would not think of itself."""
    policy = Policy(
        host=HOST, pins=(PolicyPin(PIN),), comment="the API\nof the shop", no_backup="a test"
    )
    notes = policy_notes(policy)
    assert notes == ["the API", "of the shop", "no backup: a test"]
    assert read_policy_notes(notes) == {"comment": "the API\nof the shop", "no_backup": "a test"}
    implied = Policy(host=HOST, pins=(PolicyPin(PIN),), no_backup=NO_BACKUP)
    assert policy_notes(implied) == []
    assert policy_notes(Policy(host=HOST, pins=(), exempt=EXEMPT)) == []
    spared = Policy(host=HOST, pins=(), exempt="a partner")
    assert read_policy_notes(policy_notes(spared)) == {"exempt": "a partner"}


@pytest.mark.parametrize("comment", ["exempt: no", "Pins of x.", "a\n", " b", "a-", ""])
def test_comments_that_would_be_taken_for_something_else(comment: str) -> None:
    """They are left out whole, for half of a comment is another one."""
    policy = Policy(host=HOST, pins=(PolicyPin(PIN),), no_backup=NO_BACKUP, comment=comment)
    assert policy_notes(policy) == []


def test_what_a_form_forbids() -> None:
    """A form says which texts would end its comment, or become code."""
    assert is_sayable("a -- b")
    assert not is_sayable("a -- b", ("--",))
    assert pin_note(PolicyPin(PIN, comment="\\u000a"), ("\\",)) == ""


def test_headings() -> None:
    """The name of a pin set stands in the first comment."""
    assert read_heading(heading("shop")) == "shop"
    assert read_heading(heading(None)) is None
