"""What each role and scope may do, as the tables say."""

import pytest

from keypin.errors import InputError
from keypin.watch.people.roles import (
    SCOPES,
    Action,
    Role,
    checked_scopes,
    granted,
    least_role,
    may,
)


def test_each_role_may_what_the_one_before_it_may() -> None:
    """Viewer, editor, owner."""
    allowed = [{action for action in Action if may(role, action)} for role in Role]
    assert allowed[0] < allowed[1] < allowed[2] == set(Action)


def test_a_viewer_changes_nothing() -> None:
    """Whatever a viewer may, only reads."""
    assert all(action.startswith("read") for action in Action if may(Role.VIEWER, action))


@pytest.mark.parametrize(
    "action",
    [Action.MANAGE_PEOPLE, Action.MANAGE_TOKENS, Action.MANAGE_ROUTES, Action.MANAGE_SETTINGS],
)
def test_people_tokens_routes_and_settings_are_the_owners(action) -> None:
    """An editor cannot let others in, nor send alerts elsewhere."""
    assert not may(Role.EDITOR, action)


def test_every_action_can_be_done_by_some_scope_besides_admin() -> None:
    """Or is for owners alone."""
    others = frozenset(SCOPES) - {"admin"}
    left = frozenset(Action) - granted(others)
    assert all(not may(Role.EDITOR, action) for action in left)


def test_an_unknown_scope_grants_nothing() -> None:
    """A scope of a newer version, after a step back."""
    assert granted(["everything"]) == frozenset()


def test_scopes_are_checked_and_put_in_order() -> None:
    """Each once, in the table's order."""
    assert checked_scopes(["plans:write", "read", "read"]) == ("read", "plans:write")


@pytest.mark.parametrize(
    ("scopes", "text"),
    [
        ([], "a token has no scope; expected some of read, "),
        (["read", "root"], "the scope 'root' does not exist; expected some of read, "),
    ],
)
def test_what_is_no_scope_is_refused(scopes, text) -> None:
    """With those that there are."""
    with pytest.raises(InputError, match=text):
        checked_scopes(scopes)


@pytest.mark.parametrize(
    ("scopes", "role"),
    [
        (["read"], Role.VIEWER),
        (["read", "plans:write"], Role.EDITOR),
        (["admin"], Role.OWNER),
    ],
)
def test_a_token_is_shown_as_the_least_role_that_may_the_same(scopes, role) -> None:
    """For what pages show by role."""
    assert least_role(scopes) is role
