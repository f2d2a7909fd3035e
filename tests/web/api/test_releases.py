"""Releases over HTTP: pushed in any form, judged, given shares, retired; what shipped stays."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

PATH = "applications/shop/releases/1.0"


@pytest.fixture
def shop(api):
    """Return the API with the application `shop`."""
    api.post("applications", {"name": "shop"})
    return api


def test_a_release_is_pushed_once(shop, pins) -> None:
    """201, then 200; its pins are had again; its hosts are watched."""
    first = shop.client.put(PATH, content=pins("active", "backup"), params={"name": "pins.toml"})
    assert (first.status_code, first.json()["new"], first.json()["endpoints"]) == (201, True, 1)
    assert first.json()["release"]["form"] == "keypin-toml"
    again = shop.client.put(PATH, content=pins("active", "backup"))
    assert (again.status_code, again.json()["new"]) == (200, False)
    other = shop.client.put(PATH, content=pins("renewed", "backup"))
    assert other.status_code == 409
    assert "what was shipped does not change" in other.json()["detail"]
    text = shop.get(f"{PATH}/pins.toml")
    assert text.headers["content-type"] == "application/toml"
    assert 'host = "localhost"' in text.text
    assert [one["host"] for one in shop.get("endpoints").json()["items"]] == ["localhost"]
    assert shop.audited().count("release.add") == 1


def test_a_release_is_pushed_in_the_form_of_its_platform(shop, cast) -> None:
    """Recognised, or named where it is not."""
    pinned = f'.add("localhost", "{cast.pin("active")}", "{cast.pin("backup")}")'
    text = f"val pinner = CertificatePinner.Builder(){pinned}.build()".encode()
    params = {"name": "Pins.kt", "form": "okhttp-kotlin"}
    pushed = shop.client.put(PATH, content=text, params=params)
    assert pushed.status_code == 201, pushed.text
    assert pushed.json()["release"]["form"] == "okhttp-kotlin"


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        (PATH, b"", 422, ""),
        (PATH, b"\xff\xfe\x00", 422, ""),
        (PATH, b"PK\3\4 no archive", 422, ""),
        ("applications/none/releases/1.0", b"x", 404, "no application 'none'"),
        ("applications/shop/releases/a%2Fb", b"x", 404, ""),
        (f"{PATH}?form=nothing", b"x", 422, "nothing"),
        (f"{PATH}?share=2", b"x", 422, "query.share"),
    ],
)
def test_what_is_no_release_is_refused(shop, path, body, status, reason) -> None:
    """With where in it, as far as that can be said."""
    answer = shop.client.put(path, content=body)
    assert answer.status_code == status
    assert reason in answer.json()["detail"]


def test_a_share_lowers_those_of_other_releases(shop, pins) -> None:
    """The answer to a push says which; the log has each change, whatever made it."""
    next_one = PATH.replace("1.0", "1.1")
    for path, share, lowered in (
        (PATH, 1, []),
        (next_one, 0.05, [{"version": "1.0", "before": 1, "after": 0.95}]),
    ):
        pushed = shop.client.put(path, content=pins("active", "backup"), params={"share": share})
        assert (pushed.status_code, pushed.json()["lowered"]) == (201, lowered)
    assert shop.audited()[-2:] == ["release.add", "release.change"]
    shop.client.patch(next_one, json={"share": 0.2})
    assert shop.get(PATH).json()["share"] == 0.8
    shop.client.patch(PATH, json={"retired": True})
    shop.client.patch(next_one, json={"share": 1})
    assert shop.get(PATH).json()["share"] == 0.8
    shop.client.patch(PATH, json={"retired": False})
    assert shop.get(next_one).json()["share"] == 0.2
    assert shop.audited()[-2:] == ["release.change"] * 2


def test_shares_are_given_and_a_release_is_retired(shop, pins) -> None:
    """What is left out stays; null goes back to what is measured."""
    shop.client.put(PATH, content=pins("active", "backup"))
    given = shop.client.patch(PATH, json={"share": 0.25}).json()
    assert (given["share"], given["retired_at"]) == (0.25, None)
    retired = shop.client.patch(PATH, json={"retired": True}).json()
    assert (retired["share"], retired["retired_at"]) == (0.25, "2026-11-29T12:00:00Z")
    assert shop.get("releases").json()["items"] == []
    assert len(shop.get("releases?retired=true").json()["items"]) == 1
    back = shop.client.patch(PATH, json={"retired": False, "share": None}).json()
    assert (back["share"], back["retired_at"]) == (None, None)
    assert shop.client.delete(PATH).status_code == 204


def test_a_release_that_is_pushed_twice_at_once_is_there_once(new_api, postgresql, pins) -> None:
    """By two pipelines of one commit: the second is told that it was there."""
    api = new_api(postgresql)
    api.post("applications", {"name": "shop"})
    for version in ("1", "2", "3", "4"):
        text = pins("active", "backup", host=f"v{version}.example.com")
        barrier = threading.Barrier(2)

        def push(_: int, version=version, text=text, barrier=barrier) -> int:
            barrier.wait()
            path = f"applications/shop/releases/{version}"
            return api.client.put(path, content=text).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(push, range(2))) == [200, 201]
