"""The pages Inventory, Application and Release: what is in the field, with which pins."""

import csv
import io
import re

import pytest

from keypin.watch.people.roles import Role
from keypin.watch.store.tables import applications, audit_log, releases


def _application(shop, name: str) -> int:
    with shop.database.read_across() as connection:
        query = applications.select().where(applications.c.name == name)
        return int(connection.execute(query).mappings().one()["id"])


def _release(shop, version: str) -> int:
    with shop.database.read_across() as connection:
        query = releases.select().where(releases.c.version == version)
        return int(connection.execute(query).mappings().one()["id"])


def _log(shop) -> list[str]:
    with shop.database.read_across() as connection:
        rows = connection.execute(audit_log.select()).mappings().all()
    return [row["action"] for row in rows if row["organisation"] == 1]


def test_applications_stand_with_how_they_are(owner) -> None:
    """And sort, filter, and are had as CSV."""
    page = owner.get("/inventory?table=inventory&sort=-releases").text
    assert page.index("Shop-Android") < page.index(">Kiosk")
    assert "2 releases refused somewhere" in page
    rows = list(
        csv.reader(io.StringIO(owner.get("/inventory?table=inventory&q=device&as=csv").text))
    )
    assert [row[0] for row in rows] == ["application", "Kiosk"]


def test_an_application_lives_and_goes(new_shop) -> None:
    """It is added, changed, given another address, and removed; the log says each."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    answer = editor.post("/inventory/applications", name="till", platform="linux", tags="a b")
    path = answer.headers["location"].removeprefix("/o/acme").partition("?")[0]
    assert "Now push the pins" in editor.get(f"{path}?said=application-added").text
    assert editor.post(path, title="Till", platform="linux", owner="mobile").status_code == 303
    before = editor.get(path).text
    assert "owner mobile" in before
    assert editor.post(f"{path}/key").status_code == 303
    assert editor.get(path).text.count("/report/") == before.count("/report/")
    assert editor.post(f"{path}/remove").status_code == 303
    assert editor.get(path).status_code == 404
    changed = ["application.add", "application.change", "application.change", "application.remove"]
    assert _log(shop)[-4:] == changed


def test_a_release_is_pushed_given_a_share_retired_restored_and_removed(new_shop) -> None:
    """Its hosts are watched from then on, and judged by its pins."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    pins = shop.pins("till.shop.example").encode()
    path = f"/inventory/applications/{_application(shop, 'kiosk')}/releases"
    files = {"file": ("pins.toml", pins)}
    answer = editor.post(path, files=files, version="2.0", share="12,5 %")
    release = answer.headers["location"].removeprefix("/o/acme").partition("?")[0]
    page = editor.get(release).text
    for text in ("12%", "till.shop.example", "not seen yet", "read from pins.toml"):
        assert text in page
    assert "till.shop.example" in editor.get("/endpoints").text
    again = editor.post(path, text=pins.decode(), version="2.0")
    assert "said=release-same" in again.headers["location"]
    for action in ("", "/retire", "/restore", "/remove"):
        assert editor.post(f"{release}{action}", share="20").status_code == 303
    assert editor.get(release).status_code == 404
    assert _log(shop)[-5:] == ["release.add", *["release.change"] * 3, "release.remove"]


def test_a_share_lowers_those_of_other_releases(new_shop) -> None:
    """However it is given; the page that follows says so, and the log has each."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    path = f"/inventory/applications/{_application(shop, 'kiosk')}/releases"
    sent = {"text": shop.pins("till.shop.example")}
    editor.post(path, **sent, version="8.0", share="100")
    followed = editor.post(path, **sent, version="8.1", share="5").headers["location"]
    assert "lowered in proportion" in editor.get(followed.removeprefix("/o/acme")).text
    one, other = (f"/inventory/releases/{_release(shop, version)}" for version in ("8.0", "8.1"))
    assert "95%" in editor.get(one).text
    for action, share, said in (
        ("", "40", "release-share-others"),
        ("/retire", "", "release-retired"),
        ("/restore", "", "release-restored"),
        ("", "40", "release-share"),
    ):
        location = editor.post(f"{other}{action}", share=share).headers["location"]
        assert location.endswith(f"said={said}")
    assert "60%" in editor.get(one).text
    changes = ["release.add", "release.add", *["release.change"] * 5]
    assert _log(shop)[-7:] == changes


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"version": "9.9"}, "no pins"),
        ({"version": "9.9", "text": "nothing that pins"}, "none of the forms"),
        ({"version": "9.9", "text": "version = 1", "share": "many"}, "percent"),
        ({"version": "9.9", "text": "version = 1", "share": "101"}, "0 to 100"),
        ({"version": "3.2", "text": "PINS"}, "other pins"),
    ],
    ids=["nothing", "no-form", "no-share", "too-much", "shipped"],
)
def test_a_push_that_cannot_be_says_why(shop, owner, fields: dict[str, str], why: str) -> None:
    """With the form as it was filled in."""
    sent = {**fields, "text": fields.get("text", "").replace("PINS", shop.pins("a.example"))}
    path = f"/inventory/applications/{_application(shop, 'shop-android')}/releases"
    answer = owner.post(path, **sent)
    assert answer.status_code == 422
    assert why in answer.text


def test_a_release_shows_its_pins_lint_and_what_it_says(shop, owner) -> None:
    """And its pins can be had in the forms that can say them."""
    path = f"/inventory/releases/{_release(shop, '3.2')}"
    page = owner.get(path).text
    for text in ("pay.shop.example", "mismatch", "matched", "until", "then report", "backup"):
        assert text in page
    assert owner.get(f"{path}/pins/keypin-toml").text.startswith("version = 1")
    assert "network-security-config" in owner.get(f"{path}/pins/android-nsc").text
    assert owner.get(f"{path}/pins/evil").status_code == 404
    assert owner.post(path, share="101").status_code == 422


def test_what_lint_says_of_several_hosts_is_said_once(new_shop) -> None:
    """With the hosts that it is about."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    hosts = ("a.shop.example", "b.shop.example")
    path = f"/inventory/applications/{_application(shop, 'kiosk')}/releases"
    answer = editor.post(path, text=shop.pins(*hosts), version="2.0")
    page = editor.get(answer.headers["location"].removeprefix("/o/acme").partition("?")[0]).text
    found = re.findall(r'kp-message">(.*?)</p>\s*<p class="kp-quiet">(.*?)</p>', page)
    assert ("this policy never expires", ", ".join(hosts)) in found
    assert len({message for message, _ in found}) == len(found)


FILE = """version = 1
organisation = "acme"

[[owner]]
name = "mobile"
title = "Mobile"
mail = ["mobile@shop.example"]

[[endpoint]]
host = "mail.shop.example"
"""


def test_a_keypin_toml_is_a_plan_before_it_is_applied(new_shop) -> None:
    """What it would remove is red, and nothing changes by looking."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    before = editor.get("/inventory/keypin.toml").text
    assert 'name = "shop-android"' in before
    assert (
        "Nothing: the file says what stands here."
        in editor.post("/inventory/plan", toml=before).text
    )
    page = editor.post("/inventory/plan", files={"file": ("keypin.toml", FILE.encode())}).text
    assert "endpoint mail.shop.example" in page
    assert "application kiosk" in page
    digest = page.partition('name="digest" value="')[2].partition('"')[0]
    assert editor.post("/inventory/apply", toml=FILE, digest="0" * 64).status_code == 422
    assert editor.get("/inventory/keypin.toml").text == before
    assert editor.post("/inventory/apply", toml=FILE, digest=digest).status_code == 303
    assert "mail.shop.example" in editor.get("/endpoints").text
    assert "No application yet" in editor.get("/inventory").text


def test_a_file_whose_addresses_are_missing_has_no_button(new_shop) -> None:
    """The plan says which, and what keeps them."""
    editor = new_shop().browser(Role.EDITOR)
    route = '[[route]]\nname = "pager"\nurl = { secret = "pager" }\n'
    page = editor.post("/inventory/plan", toml=FILE + route).text
    assert "The route pager needs the secret pager, which is not kept here" in page
    assert 'action="/o/acme/inventory/apply"' not in page
    assert 'action="/o/acme/inventory/apply"' in editor.post("/inventory/plan", toml=FILE).text


@pytest.mark.parametrize(
    ("text", "why"),
    [("=", "line 1"), (FILE.replace("acme", "rival"), "rival"), ("x" * 600_000, "characters")],
    ids=["no-toml", "anothers", "too-long"],
)
def test_a_file_that_cannot_be_says_why(owner, text: str, why: str) -> None:
    """And nothing is changed."""
    answer = owner.post("/inventory/plan", toml=text)
    assert answer.status_code == 422
    assert why in answer.text or "keypin.toml" in answer.text


@pytest.mark.parametrize("kind", ["applications", "releases"])
def test_what_is_not_there_is_not_found(owner, kind: str) -> None:
    """Nor is it anybody else's."""
    assert owner.get(f"/inventory/{kind}/4711").status_code == 404
    assert owner.post(f"/inventory/{kind}/4711/remove").status_code == 404


def test_a_viewer_changes_nothing(shop) -> None:
    """There is no form, and no handler that would take one."""
    viewer = shop.browser(Role.VIEWER)
    assert "Add an application" not in viewer.get("/inventory").text
    assert viewer.post("/inventory/applications", name="x").status_code == 403
    path = f"/inventory/applications/{_application(shop, 'kiosk')}"
    assert "Push a release" not in viewer.get(path).text
    assert viewer.post(f"{path}/releases", version="1").status_code == 403
