"""The page CT, and that of a certificate which a log holds."""

import csv
import io
import re
from datetime import timedelta

import pytest

from keypin.inventory import CtWatch
from keypin.watch.inventory import ct_watch, endpoints
from keypin.watch.inventory.field import fielded
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import ct_findings, ct_lists, ct_logs, workers
from keypin.web.words import minute


def test_what_was_found_and_the_logs_stand_on_one_page(owner) -> None:
    """With how far behind the logs are, and who serves what was found."""
    page = owner.get("/ct").text
    for text in ("5 names watched", "1 of 2 logs not followed", "not deployed", "*.shop.example"):
        assert text in page


@pytest.mark.parametrize(
    ("query", "rows", "descending"),
    [
        ("", 3, 1),
        ("sort=severity", 3, 0),
        ("which=all&q=cdn&sort=-issuer", 1, 1),
        ("which=all&table=logs&sort=-lag", 3, 2),
        ("table=logs&sort=-lag&q=sabre", 3, 2),
    ],
)
def test_what_is_asked_of_one_table_is_not_of_the_other(
    owner, query: str, rows: int, descending: int
) -> None:
    """Each has an address, which keeps which findings are shown."""
    page = owner.get(f"/ct?{query}").text
    assert f"1 to {rows} of {rows}" in page
    assert page.count('aria-sort="descending"') == descending
    kept = "/o/acme/ct?which=all&amp;"
    assert (f"{kept}sort=severity" in page) == ("which=all" in query)
    assert (f"{kept}table=logs&amp;sort=operator" in page) == ("which=all" in query)


def test_it_sorts_by_the_names_in_a_certificate(owner) -> None:
    """By the first of them."""
    told = [
        [
            row["names"]
            for row in csv.DictReader(io.StringIO(owner.get(f"/ct.csv?sort={sort}").text))
        ]
        for sort in ("names", "-names")
    ]
    assert told[0] == ["*.shop.example", "api.shop.example", "cdn.shop.example"] == told[1][::-1]
    assert 'id="found-by-names"' in owner.get("/ct").text


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/ct.csv", 3),
        ("/ct.csv?q=cdn", 1),
        ("/ct?table=logs&as=csv", 2),
        ("/ct?table=logs&as=csv&q=sabre", 1),
    ],
)
def test_each_table_is_had_as_csv(owner, path: str, rows: int) -> None:
    """As it is filtered."""
    found = list(csv.DictReader(io.StringIO(owner.get(path).text)))
    assert len(found) == rows
    assert ("lag" in found[0]) == ("logs" in path)


def test_a_silent_log_says_so(new_shop) -> None:
    """It was not heard of for an hour, whatever it said then."""
    shop = new_shop()
    shop.now = shop.now.replace(year=shop.now.year + 1)
    assert "silent" in shop.browser().get("/ct").text


def test_without_logs_nothing_is_claimed(new_shop) -> None:
    """That none is read stands on both pages; that nothing grave was found is not known."""
    shop = new_shop()
    with shop.database.begin_across() as connection:
        connection.execute(ct_logs.delete())
        connection.execute(ct_findings.delete())
    browser = shop.browser()
    page = browser.get("/ct").text
    assert "No log is read" in page
    assert "No log is read, so nothing can be found." in page
    assert "none is grave" not in browser.get("/").text


def test_a_list_that_cannot_be_had_stands_on_both_pages(new_shop) -> None:
    """Since when, why, and what to do; the process that should read logs runs."""
    shop = new_shop()
    since = shop.now - timedelta(hours=2)
    with shop.database.begin_across() as connection:
        connection.execute(ct_logs.delete())
        times = {"failing_since": since, "updated_at": shop.now}
        address = "https://www.gstatic.com/list.json"
        row = {"worker": "w1", "source": address, "problem": "the name does not resolve"}
        connection.execute(ct_lists.insert().values(**row, **times))
        one = {"id": "w1", "host": "h", "process": 1, "vantage": "here", "parts": ["logs"]}
        seen = {"started_at": since, "seen_at": shop.now}
        connection.execute(workers.insert().values(**one, **seen))
    browser = shop.browser()
    for page in (browser.get("/ct").text, browser.get("/").text):
        assert (
            f"No log is read: the list {address} cannot be had since {minute(since)}: the name "
            "does not resolve. Let the service reach www.gstatic.com" in page
        )
    assert "reads no log" in browser.get("/").text


def test_a_found_certificate_says_what_it_would_break(owner) -> None:
    """Each release that pins its name is asked, and the certificate is to be had."""
    page = owner.get("/ct/found/1").text
    for text in (
        "shop-android 3.2",
        "mismatch",
        "620,000,000 of Sabre",
        "proved to be in the tree",
    ):
        assert text in page
    assert owner.get("/ct/found/1.pem").text.count("BEGIN CERTIFICATE") == 2


def test_it_stands_on_the_page_of_its_endpoint_too(shop, owner) -> None:
    """With what the releases would say."""
    page = owner.get(
        f"/endpoints/{shop.endpoint('api.shop.example')}?table=logged&sort=issuer"
    ).text
    assert "/ct/found/1" in page


@pytest.mark.parametrize("path", ["/ct/found/99", "/ct/found/99.pem", "/ct/found/x"])
def test_what_is_not_there_is_not_found(owner, path: str) -> None:
    """Whatever the number."""
    assert owner.get(path).status_code == 404


def test_an_editor_says_who_may_issue(new_shop) -> None:
    """It is on the page for all to see, and in the audit log."""
    shop = new_shop()
    assert "Nobody is named who may issue" in shop.browser(Role.VIEWER).get("/ct").text
    editor = shop.browser(Role.EDITOR)
    answer = editor.post(
        "/ct/watch", expected_issuers="DigiCert, Inc.\r\n\r\npki.goog\r\n", look_alikes="on"
    )
    page = editor.get(answer.headers["location"].removeprefix("/o/acme")).text
    for text in (
        "judged by it within a minute",
        "Expected to issue: DigiCert, Inc., pki.goog.",
        "CAA is not asked.",
        "Names that look like yours are watched.",
        "DigiCert, Inc.\npki.goog</textarea>",
    ):
        assert text in page
    with shop.database.read(1) as scope:
        found = ct_watch.find(scope)
    assert found == CtWatch(expected_issuers=("DigiCert, Inc.", "pki.goog"), look_alikes=True)
    assert "ct.change" in shop.browser().get("/audit").text
    assert shop.browser(Role.VIEWER).post("/ct/watch").status_code == 403


def test_what_no_ca_is_called_comes_back(new_shop) -> None:
    """With the reason beside its field, and what was typed."""
    answer = new_shop().browser().post("/ct/watch", expected_issuers="--", caa="on")
    assert answer.status_code == 422
    assert "the issuer &#39;--&#39;; expected a CA" in answer.text
    assert 'name="caa" checked' in answer.text


def test_applications_and_endpoints_name_their_own(new_shop) -> None:
    """And other changes of theirs keep what was named."""
    shop = new_shop()
    owner, number = shop.browser(), shop.endpoint("api.shop.example")
    path = f"/endpoints/{number}"
    assert owner.post(path, interval="300", expected_issuers="A CA\nB CA").status_code == 303
    assert "A CA\nB CA</textarea>" in owner.get(path).text
    path = "/inventory/applications/1"
    assert owner.post(path, title="x", platform="ios", expected_issuers="C CA").status_code == 303
    assert "C CA</textarea>" in owner.get(path).text
    with shop.database.read(1) as scope:
        assert endpoints.find(scope, number).expected_issuers == ("A CA", "B CA")
        assert "C CA" in {
            name for one in fielded(scope.connection, 1) for name in one.expected_issuers
        }


def test_names_of_pins_count_as_watched(new_shop) -> None:
    """Each once, be it an endpoint's too; a pattern is one."""
    shop = new_shop()
    with shop.database.begin(1) as scope:
        for one in endpoints.listed(scope):
            endpoints.remove(scope, one.id)
    page = shop.browser().get("/ct").text
    assert re.search(r"([1-9]) names? watched", page)


def test_a_finding_is_acknowledged_and_taken_back(new_shop) -> None:
    """It leaves the list, is found by its tab, and says who knows of it, and why."""
    shop = new_shop()
    editor = shop.browser(Role.EDITOR)
    path = "/ct/found/1"
    answer = editor.post(f"{path}/acknowledge", note="Ordered for the move")
    page = editor.get(answer.headers["location"].removeprefix("/o/acme")).text
    for text in ("The finding is acknowledged.", "Ordered for the move", "Take it back"):
        assert text in page
    assert "Acknowledge it" not in page
    assert "1 to 2 of 2" in editor.get("/ct").text
    assert "acknowledged by editor" in editor.get("/ct?which=acknowledged").text
    assert len(editor.get("/ct.csv?which=all").text.splitlines()) == 4
    assert "Acknowledge it" not in shop.browser(Role.VIEWER).get(path).text
    assert shop.browser(Role.VIEWER).post(f"{path}/take-back").status_code == 403
    assert editor.post(f"{path}/take-back").status_code == 303
    assert "1 to 3 of 3" in editor.get("/ct?which=nothing").text
    assert "ct-finding.take-back" in shop.browser().get("/audit").text


def test_what_cannot_be_acknowledged_is_refused(owner) -> None:
    """Without a note the form comes back; what is not there, or not known, is not found."""
    answer = owner.post("/ct/found/1/acknowledge", note=" ")
    assert answer.status_code == 422
    assert "expected why nobody else needs to look" in answer.text
    assert owner.post("/ct/found/99/acknowledge", note="x").status_code == 404
    assert owner.post("/ct/found/1/take-back").status_code == 404
