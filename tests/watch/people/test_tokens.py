"""Tokens of the API: shown once, with scopes and an end, of one organisation."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from keypin.errors import InputError
from keypin.watch.people import tokens
from keypin.watch.people.audit import Actor
from keypin.watch.store import tables

ADA = Actor("ada@example.com")


def create(people, name="pipeline", scopes=("read",), organisation=1, **options) -> str:
    """Make a token."""
    with people.database.begin(organisation) as scope:
        return tokens.create(scope, name, scopes, ADA, people.at, **options)


def find(people, text):
    """Find a token."""
    with people.database.read_across() as connection:
        return tokens.find(connection, text, people.at)


def test_a_token_is_found_by_what_was_shown_once(people) -> None:
    """Only a digest of it is kept."""
    text = create(people, scopes=["plans:write", "read"])
    assert re.fullmatch(r"kp_[A-Za-z0-9_-]{43}", text)
    used = find(people, text)
    assert (used.token.name, used.token.scopes) == ("pipeline", ("read", "plans:write"))
    assert (used.token.organisation, used.organisation_name) == (1, "acme")
    with people.database.read_across() as connection:
        assert text.encode() not in connection.execute(select(tables.tokens)).one().digest


@pytest.mark.parametrize("text", ["", "kp_", "kp_" + "x" * 43, "é", "kp_" + "x" * 9999])
def test_another_text_is_no_token(people, text) -> None:
    """Whatever it is."""
    create(people)
    assert find(people, text) is None


def test_a_token_ends(people) -> None:
    """When it was told to."""
    text = create(people, expires_at=people.at + timedelta(days=1))
    people.later(hours=23)
    assert find(people, text) is not None
    people.later(hours=1)
    assert find(people, text) is None


def test_a_revoked_token_opens_nothing(people) -> None:
    """And is listed no more; another organisation cannot revoke it."""
    text = create(people)
    number = find(people, text).token.number
    with people.database.begin(people.rival) as scope:
        assert not tokens.revoke(scope, number, ADA, people.at)
    with people.database.begin(people.acme) as scope:
        assert [one.name for one in tokens.of(scope)] == ["pipeline"]
        assert tokens.revoke(scope, number, ADA, people.at)
        assert not tokens.revoke(scope, number, ADA, people.at)
        assert tokens.of(scope) == []
    assert find(people, text) is None


def test_the_last_use_is_noted_to_the_minute(people) -> None:
    """A busy pipeline does not write at each request."""
    text = create(people)
    used = find(people, text)
    assert used.stale
    with people.database.begin_across() as connection:
        tokens.touch(connection, used.token.number, people.at)
    assert not find(people, text).stale
    people.later(minutes=1)
    assert find(people, text).stale


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("", {}, "'' is no name of a token; expected 1 to 100 characters"),
        ("x" * 101, {}, "is no name of a token"),
        ("a\nb", {}, "is no name of a token"),
        ("a", {"scopes": ["root"]}, "the scope 'root' does not exist"),
        ("a", {"expires_at": "now"}, "the token would end on 2026-11-29; expected a later day"),
    ],
)
def test_what_cannot_be_a_token_is_refused(people, name, options, text) -> None:
    """Before anything is written."""
    if "expires_at" in options:
        options = {"expires_at": people.at}
    with pytest.raises(InputError, match=text):
        create(people, name, **options)
