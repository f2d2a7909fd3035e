"""Whatever a form of the pages changes is in the audit log, or stands here with its reason."""

from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.routing import Route

from keypin.watch.store.tables import audit_log
from keypin.web.app import FACES, Pages

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.once]

# The forms that change nothing which the log has, and why.
UNAUDITED = {
    "/settings/account/second/begin": "shows a secret, which the next form keeps",
    "/settings/account/openid/link": "leaves for the provider; it is linked by who comes back",
    "/settings/rules/try": "keeps nothing",
    "/inventory/plan": "keeps nothing",
}


def _entries(shop: Any) -> int:
    with shop.database.read_across() as connection:
        return int(connection.execute(select(func.count()).select_from(audit_log)).scalar_one())


def _of_forms(shop: Any) -> set[str]:
    """Return the paths that take a form, below the organisation where they are of one."""
    pages = Pages(shop.core, shop.look, shop.statics)
    routes = (route for face in FACES for route in face(pages))
    paths = (one.path for one in routes if isinstance(one, Route) and "POST" in (one.methods or ()))
    return {path.removeprefix("/o/{organisation}") for path in paths}


def test_each_form_has_its_step(shop, forms) -> None:
    """Whoever adds a route adds how it is used."""
    assert {one.route for one in forms.STEPS} == _of_forms(shop)


def test_whatever_a_form_changes_is_in_the_log(new_shop, forms) -> None:
    """In the order of a story; what the log has not is known by its reason."""
    teller = forms.Teller(new_shop())
    silent = set[str]()
    for step in forms.STEPS:
        fields = teller.fields(step)
        before = _entries(teller.shop)
        answer = teller.send(step.route, fields)
        accepted = {200, 303} if "/openid/link" not in step.route else {422}
        assert answer.status_code in accepted, (step.route, answer.text)
        if _entries(teller.shop) == before:
            silent.add(step.route)
    assert silent == set(UNAUDITED)
