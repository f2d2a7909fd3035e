"""Applications over HTTP: added, changed where they are what was read, removed, and noted."""

from typing import Any

SHOP = {"name": "shop-ios", "title": "The shop", "platform": "ios", "tags": ["shop"]}


def test_an_application_is_added_and_found(api: Any) -> None:
    """The answer says where it is, and where its reports go."""
    made = api.post("applications", SHOP)
    assert made.status_code == 201
    assert made.headers["location"] == "/api/v1/applications/shop-ios"
    shown = api.get("applications/shop-ios")
    assert shown.json() == made.json()
    assert shown.json()["report_uri"].startswith("https://watch.example/report/")
    assert api.get("applications").json()["items"] == [shown.json()]
    assert api.audited()[-1] == "application.add"


def test_a_change_of_another_version_is_refused(api: Any) -> None:
    """What somebody else changed meanwhile is not lost."""
    tag = api.post("applications", SHOP) and api.get("applications/shop-ios").headers["etag"]
    values = {"title": "Our shop"}
    first = api.client.put("applications/shop-ios", json=values, headers={"if-match": tag})
    assert (first.status_code, first.json()["title"]) == (200, "Our shop")
    second = api.client.put("applications/shop-ios", json={}, headers={"if-match": tag})
    assert second.status_code == 412
    assert second.headers["content-type"] == "application/problem+json"
    assert "read it again" in second.json()["detail"]


def test_a_removed_application_is_gone(api: Any) -> None:
    """And a second one of its name may come."""
    api.post("applications", SHOP)
    assert api.post("applications", SHOP).status_code == 409
    assert api.client.delete("applications/shop-ios").status_code == 204
    assert api.get("applications/shop-ios").status_code == 404
    assert api.post("applications", SHOP).status_code == 201


def test_a_list_comes_in_pages(api: Any) -> None:
    """Each names the next, also where rows come and go meanwhile."""
    for name in ("a", "b", "c", "d", "e"):
        api.post("applications", {"name": name})
    page = api.get("applications?limit=2")
    assert [one["name"] for one in page.json()["items"]] == ["a", "b"]
    assert page.headers["link"] == f'<{page.json()["next"]}>; rel="next"'
    api.client.delete("applications/b")
    second = api.client.get(f"https://watch.example{page.json()['next']}").json()
    assert [one["name"] for one in second["items"]] == ["c", "d"]
    third = api.client.get(f"https://watch.example{second['next']}").json()
    assert ([one["name"] for one in third["items"]], third["next"]) == (["e"], None)
