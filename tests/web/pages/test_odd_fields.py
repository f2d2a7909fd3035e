"""Odd input in every field of every form, and in every parameter of every page of a full shop.

Which fields a form has, and which parameters a page, is what its handler asks for: what lands later
is tried without anybody adding it here.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from starlette.datastructures import FormData, QueryParams
from starlette.routing import Route

from keypin.web.app import FACES, Pages

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.once, pytest.mark.slow]

ODD = (
    "9223372036854775808",
    "9" * 5000,
    "-1",
    "1e400",
    "NaN",
    "0000-01-01",
    "99999-01-01",
    "a\0b\ud800",
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return a set that fills with the names of fields and parameters that handlers ask for."""
    names = set[str]()
    for kind in (FormData, QueryParams):
        usual = kind.get

        def noted(self: Any, name: str, default: Any = None, usual: Any = usual) -> Any:
            names.add(name)
            return usual(self, name, default)

        monkeypatch.setattr(kind, "get", noted)
    several = FormData.getlist

    def listed(self: Any, name: str) -> list[Any]:
        names.add(name)
        return several(self, name)

    monkeypatch.setattr(FormData, "getlist", listed)
    return names


class Past:
    """What a shop is at a moment, to which it returns after each try."""

    def __init__(self, shop: Any) -> None:
        self._path = shop.database.path
        self._kept = sqlite3.connect(":memory:")
        with sqlite3.connect(self._path) as now:
            now.backup(self._kept)

    def back(self) -> None:
        """Return to it."""
        with sqlite3.connect(self._path) as now:
            self._kept.backup(now)
        now.close()


def _tries(names: set[str], usual: Any, values: Sequence[str] = ODD) -> Iterator[dict[str, str]]:
    for name in sorted(names - {"csrf"}):
        for value in values:
            yield {**usual, name: value}


def _encoded(fields: Any) -> bytes:
    """Return a form; half of a pair goes as the bytes that nobody may send."""
    pairs = (f"{quote(one)}={quote(text, errors='surrogatepass')}" for one, text in fields.items())
    return "&".join(pairs).encode()


def _send(teller: Any, route: str, fields: Any) -> int:
    browser = teller.browser(route)
    headers = {
        "origin": "https://watch.example",
        "content-type": "application/x-www-form-urlencoded",
    }
    body = _encoded({"csrf": browser.csrf, **fields})
    path = browser.base + teller.address(route)
    answer = browser.client.post(path, content=body, headers=headers, follow_redirects=False)
    return int(answer.status_code)


def test_odd_values_in_each_field_of_each_form(new_shop, forms, asked) -> None:
    """Refused or taken, and never a failure of ours; pages show what was taken, too."""
    teller, count, tried = forms.Teller(new_shop()), 0, set[str]()
    for step in forms.STEPS:
        fields, cookie = teller.fields(step), teller.cookie
        past = Past(teller.shop)
        asked.clear()
        teller.send(step.route, fields)
        names, after, then = set(asked), Past(teller.shop), teller.cookie
        past.back()
        for odd in _tries(names if step.route not in tried else set(), fields):
            teller.cookie = cookie
            status = _send(teller, step.route, odd)
            assert status < 500, (step.route, odd)
            if status < 400:  # it was taken
                past.back()
            count += 1
        after.back()
        teller.cookie = then
        tried.add(step.route)
    assert count > 1000


def _pages(shop: Any) -> list[str]:
    pages = Pages(shop.core, shop.look, shop.statics)
    routes = (route for face in FACES for route in face(pages))
    found = (one for one in routes if isinstance(one, Route) and "GET" in (one.methods or ()))
    return [one.path for one in found if "stream" not in one.path]


def test_odd_values_in_each_parameter_of_each_page(new_shop, forms, asked) -> None:
    """Passed over, or refused."""
    teller, count = forms.Teller(new_shop()), 0
    for route in _pages(teller.shop):
        path = teller.address(route.replace("{organisation}", "acme"))
        client = teller.browser().client
        asked.clear()
        client.get(path, follow_redirects=False)
        for odd in _tries(set(asked), {}, (*ODD[:3], ODD[-1])):
            answer = client.get(f"{path}?{_encoded(odd).decode()}", follow_redirects=False)
            assert answer.status_code < 500, (path, odd)
            count += 1
    assert count > 300
