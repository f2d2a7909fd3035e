"""Settings, "Owners": who acts, added, changed and removed."""

import re

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log, owners

PATH = "/settings/owners"


def _error(page: str, field: str) -> str:
    """Return what is wrong with a field."""
    return re.search(f'id="owner-{field}-error">.*?</p>', page, re.DOTALL)[0]


def test_an_owner_is_added_changed_and_removed(new_shop) -> None:
    """By an editor, and each is written down."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    mail = "ops@shop.example\npay@shop.example"
    added = editor.post(f"{PATH}/add", name="payments", title="Payments", mail=mail)
    assert added.headers["location"].endswith("done=owner-kept")
    page = editor.get(f"{PATH}?done=owner-kept").text
    for text in ("The owner is added.", "ops@shop.example, pay@shop.example", "Payments"):
        assert text in page
    assert (
        "ops@shop.example\npay@shop.example</textarea>" in editor.get(f"{PATH}?owner=payments").text
    )
    changed = editor.post(f"{PATH}/change", name="payments", title="Pay", mail="pay@shop.example")
    assert changed.headers["location"].endswith("done=owner-changed")
    with shop.database.read_across() as connection:
        row = connection.execute(owners.select().where(owners.c.name == "payments")).one()
    assert (row.title, row.mail) == ("Pay", ["pay@shop.example"])
    assert editor.post(f"{PATH}/remove", name="payments").status_code == 303
    assert "payments" not in editor.get(PATH).text
    with shop.database.read_across() as connection:
        log = [row.action for row in connection.execute(audit_log.select())]
    assert log[-3:] == ["owner.add", "owner.change", "owner.remove"]


def test_it_says_what_is_theirs_and_who_owns_something_stays(owner) -> None:
    """Two applications and an endpoint, which must name another first."""
    page = owner.get(PATH).text
    assert re.search(r'data-label="Applications"[^>]*>2<', page)
    assert "/o/acme/endpoints?q=mobile" in page
    refused = owner.post(f"{PATH}/remove", name="mobile")
    assert refused.status_code == 422
    said = "by the applications kiosk and shop-android, and the endpoint blog.shop.example:443"
    assert said in refused.text


def test_what_is_wrong_stands_beside_its_field(owner) -> None:
    """And what was typed stays."""
    for name, mail, field, text in (
        ("Mobile Team", "", "name", "name of an owner"),
        ("mobile", "", "name", "is there already"),
        ("web", "nobody", "mail", "nobody"),
    ):
        answer = owner.post(f"{PATH}/add", name=name, mail=mail, title="Typed")
        assert answer.status_code == 422
        assert text in _error(answer.text, field)
        assert 'value="Typed"' in answer.text
    answer = owner.post(f"{PATH}/change", name="mobile", mail="nobody", title="Typed")
    assert "nobody" in _error(answer.text, "mail")
    assert "Change mobile" in answer.text


def test_who_is_not_there_is_not_found(owner) -> None:
    """Nor changed, nor removed."""
    assert owner.get(f"{PATH}?owner=nobody").status_code == 404
    assert owner.post(f"{PATH}/change", name="nobody").status_code == 404
    assert owner.post(f"{PATH}/remove", name="nobody").status_code == 404


def test_who_only_looks_sees_none_of_it(shop) -> None:
    """Viewers read owners where they own something."""
    assert shop.browser(Role.VIEWER).get(PATH).status_code == 403
