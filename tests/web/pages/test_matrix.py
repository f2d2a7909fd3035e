"""The release matrix: by what is served now, by a plan, and turned both ways."""

import csv
import io
import re
from datetime import timedelta

import pytest

from keypin.certs import Certificate, Endpoint
from keypin.inventory.entries import WatchedEndpoint
from keypin.watch.inventory import endpoints, read_upload
from keypin.watch.inventory.pushing import plan, push
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log, plans
from keypin.web.words import minute

HOST = "api.shop.example"
HOSTS = (HOST, "cdn.shop.example", "pay.shop.example", "new.shop.example")


def _rows(text: str) -> dict[str, dict[str, str]]:
    return {row["endpoint"]: row for row in csv.DictReader(io.StringIO(text))}


def test_each_release_says_what_it_makes_of_each_endpoint(owner) -> None:
    """Refused, matched, not pinned and not seen yet are four things."""
    rows = _rows(owner.get("/matrix.csv").text)
    told = {name: set(row.values()) for name, row in rows.items()}
    assert rows[f"{HOST}:443"]["shop-android 3.1"] == "mismatch"
    assert rows[f"{HOST}:443"]["shop-android 3.2"] == "matched"
    assert rows[f"{HOST}:443"]["kiosk 1.0"] == "not pinned"
    assert "not seen yet" in told["new.shop.example:443"]


def test_the_page_says_what_all_of_it_comes_to(owner) -> None:
    """Application by application: shares of users of two applications are not of one whole."""
    page = owner.get("/matrix?q=new").text
    assert (
        "2 releases of shop-android with 53% of its users and 1 release of kiosk with an unknown "
        "share of its users are refused by what is served now." in page
    )


def test_a_chain_is_tried_kept_and_withdrawn(new_shop) -> None:
    """The cells judge the chain that was uploaded, on its day, until somebody withdraws it."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    pem = b"".join(one.pem for one in shop.chain("attacker", HOST))
    day = (shop.now + timedelta(days=3)).date().isoformat()
    files = {"file": ("chain.pem", pem)}
    answer = editor.post("/matrix/plan", files=files, name="next", deploy_at=day)
    path = answer.headers["location"].removeprefix("/o/acme")
    page = editor.get(path).text
    assert "only planned: next" in page
    assert "2 releases of shop-android with 53% of its users would be refused" in page
    number = path.partition("plan=")[2].partition("&")[0]
    rows = _rows(editor.get(f"/matrix.csv?plan={number}").text)
    assert list(rows) == [f"{HOST}:443"]
    assert rows[f"{HOST}:443"]["shop-android 3.2"] == "mismatch"
    assert "By the plan next" in editor.get("/matrix").text
    assert editor.post(f"/matrix/plan/{number}/withdraw").status_code == 303
    with shop.database.read_across() as connection:
        assert connection.execute(plans.select()).mappings().one()["ended"] == "withdrawn"
        log = connection.execute(audit_log.select()).mappings().all()
    assert [row["action"] for row in log][-2:] == ["plan.add", "plan.change"]


def test_a_chain_is_tried_and_nothing_is_kept(new_shop) -> None:
    """By the other button: all of it is on the page, for no address leads back to it."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    pem = b"".join(one.pem for one in shop.chain("attacker", HOST)).decode()

    def kept() -> tuple[int, int]:
        with shop.database.read_across() as connection:
            tables = plans, audit_log
            return tuple(len(connection.execute(one.select()).all()) for one in tables)

    before = kept()
    answer = editor.post("/matrix/plan", chain=pem, name="trial", unkept="yes")
    assert answer.status_code == 200
    for text in (
        "only tried: trial",
        "Nothing of it is kept",
        "2 releases of shop-android with 53% of its users would be refused",
        "1 to 1 of 1",
        "mismatch",
    ):
        assert text in answer.text
    for text in ("Withdraw the plan", "planned by", "plan=0", "as=csv", 'id="matrix-q"'):
        assert text not in answer.text
    assert kept() == before
    assert editor.get("/matrix?plan=0").status_code == 404


def test_a_chain_that_is_tried_is_judged_by_all_releases_at_once(new_shop) -> None:
    """They are not turned, nor are the rows."""
    shop = new_shop()
    with shop.database.begin(1) as scope:
        for number in range(12):
            upload = read_upload(io.BytesIO(shop.pins(HOST).encode()), "pins.toml", at=shop.now)
            push(scope, "kiosk", f"2.{number}", upload, at=shop.now)
        for number in range(60):
            watched = WatchedEndpoint(endpoint=Endpoint(HOST, 10_000 + number))
            endpoints.add(scope, watched, at=shop.now)
    pem = b"".join(one.pem for one in shop.chain("active", HOST)).decode()
    page = shop.browser().post("/matrix/plan", chain=pem, unkept="yes").text
    assert "1 to 61 of 61" in page
    assert len(re.findall(r'<th scope="col"><span', page)) == 15
    assert "Pages of" not in page


def test_a_renewal_with_a_backup_key_breaks_nobody(owner, planned, shop) -> None:
    """The planned chain matches the backup pin."""
    with shop.database.read_across() as connection:
        query = plans.select().where(plans.c.name == planned)
        number = connection.execute(query).mappings().one()["id"]
    page = owner.get(f"/matrix?plan={number}").text
    assert "No release would be refused" in page


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"chain": "no PEM"}, "no PEM"), ({"chain": "x", "deploy_at": "soon"}, "x"), ({}, "")],
    ids=["no-certificate", "no-day", "nothing"],
)
def test_what_is_no_chain_comes_back_with_the_reason(
    owner, fields: dict[str, str], why: str
) -> None:
    """The form is open, with what was typed."""
    answer = owner.post("/matrix/plan", **fields)
    assert answer.status_code == 422
    assert why in answer.text
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("path", ["/matrix?plan=77777", "/matrix?plan=x", "/matrix?plan="])
def test_a_plan_that_is_not_there_is_not_found(owner, path: str) -> None:
    """Whatever the address says."""
    assert owner.get(path).status_code == 404


def test_many_releases_are_turned_as_rows_are(new_shop) -> None:
    """A page has eight of them, and says which."""
    shop = new_shop()
    with shop.database.begin(1) as scope:
        for number in range(12):
            text = shop.pins(HOST).encode()
            upload = read_upload(io.BytesIO(text), "pins.toml", at=shop.now)
            push(scope, "kiosk", f"2.{number}", upload, at=shop.now)
    browser = shop.browser()
    assert "1 to 8" in browser.get("/matrix").text
    second = browser.get("/matrix?releases=1&q=api").text
    assert 'aria-current="true">9 to 15' in second
    assert 'name="releases" value="1"' in second
    assert browser.get("/matrix?releases=99").status_code == 200


def test_an_organisation_without_releases_is_told_where_to_begin(shop) -> None:
    """The page leads to the inventory."""
    rival = shop.browser(organisation=2)
    rival.base = "/o/rival"
    assert "No release is known yet" in rival.get("/matrix").text


def test_where_nothing_is_read_nothing_is_called_fine(new_shop) -> None:
    """That no release is refused is known of what is read alone."""
    shop = new_shop()
    for host in HOSTS:
        for minutes in (4, 3, 2):
            shop.seen(host, shop.now - timedelta(minutes=minutes))
    shop.judge()
    browser = shop.browser()
    page = browser.get("/matrix").text
    assert "Whether a release is refused is not known" in page
    assert "No release is refused" not in page
    assert "3 unknown: not all hosts are read" in browser.get("/").text
    assert "2 releases unknown" in browser.get("/inventory").text
    assert "unknown: not all that it pins is read" in browser.get("/inventory/releases/1").text
    assert "unknown: not all that it pins is read" in browser.get("/inventory/applications/1").text


def test_what_was_seen_last_is_told_with_since_when_it_is_gone(new_shop) -> None:
    """One reading that fails makes an endpoint that was seen no endpoint that never was."""
    shop = new_shop()
    shop.seen(HOST, shop.now)
    page = shop.browser().get("/matrix?q=api").text
    since = minute(shop.now)
    assert f"matched when seen last, cannot be reached since {since}" in page
    assert f"mismatch when seen last, cannot be reached since {since}" in page
    assert "could not be read" in page
    assert page.count("not seen yet") == 1  # the legend


def test_a_planned_wildcard_is_judged_for_the_names_that_are_pinned(new_shop) -> None:
    """Which its certificate does not name one by one."""
    shop = new_shop()
    chain = shop.chain("attacker", "*.shop.example")
    with shop.database.begin(1) as scope:
        at = shop.now + timedelta(days=2)
        known = tuple(Certificate.from_der(one.der) for one in chain)
        edit = plan(scope, "wild", known, deploy_at=at, by="ada", at=shop.now)
    page = shop.browser().get(f"/matrix?plan={edit.id}").text
    assert "2 releases of shop-android with 53% of its users and 1 release of kiosk" in page
    assert "No release would be refused" not in page
