"""A change as text, as `terraform plan` shows it, and as JSON."""

import json

from keypin.inventory import Action, Change, FieldChange, Kind, text

ADDED = Change(
    action=Action.ADD,
    kind=Kind.OWNER,
    subject="platform",
    fields=(FieldChange("title", "", "Platform team"), FieldChange("mail", "", "a@b.example")),
)
CHANGED = Change(
    action=Action.CHANGE,
    kind=Kind.ENDPOINT,
    subject="api.example.com:443",
    fields=(FieldChange("owner", "", "platform"), FieldChange("tags", "a", "")),
)
REMOVED = Change(
    action=Action.REMOVE, kind=Kind.RELEASE, subject="shop-ios 3.1", danger="20% still have it"
)


def test_a_plan_is_rows_and_a_sum() -> None:
    """Signs in front, fields below, dangers marked, and a last line for a log."""
    assert text([ADDED, CHANGED, REMOVED]) == (
        "+ owner platform\n"
        "    title  Platform team\n"
        "    mail   a@b.example\n"
        "~ endpoint api.example.com:443\n"
        "    owner  (none) -> platform\n"
        "    tags   a -> (none)\n"
        "- release shop-ios 3.1\n"
        "  ! 20% still have it\n"
        "1 to add, 1 to change, 1 to remove; 1 could lock users out."
    )
    assert text([ADDED]).endswith("\n1 to add, 0 to change, 0 to remove.")


def test_nothing_to_do_is_said() -> None:
    """An empty plan is no empty text."""
    assert text([]) == "No changes: the inventory stands as it is written."


def test_a_change_is_json() -> None:
    """The same row for programs."""
    assert json.loads(json.dumps(CHANGED.document())) == {
        "action": "change",
        "kind": "endpoint",
        "subject": "api.example.com:443",
        "fields": [
            {"name": "owner", "before": "", "after": "platform"},
            {"name": "tags", "before": "a", "after": ""},
        ],
        "danger": None,
    }
    assert REMOVED.document()["danger"] == "20% still have it"
