"""An account is linked to a provider by whom it is of, with the password, and never by a mail."""

import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import select

from keypin.watch.people import accounts, external, sessions
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.external import Vouched
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "seven green bottles"
PATH = "/o/acme/settings/account"


@pytest.fixture
def ada(site, provider):
    """Return Ada's browser, who has a password; the provider knows her by another mail."""
    provider.claims = {"email": "king@elsewhere.example"}
    number = site.account("Ada", Role.VIEWER, password=PASSWORD)
    with site.database.begin_across() as connection:
        return site.visitor(sessions.create(connection, number, site.at))


def way(answer) -> str:
    """Return the address of the provider in a page."""
    return unescape(re.search(r'href="(http[^"]+/authorize[^"]+)"', answer.text)[1])


def link(visitor, provider):
    """Link the account of who is signed in; return the answer to coming back."""
    begun = visitor.post(f"{PATH}/openid/link", password=PASSWORD)
    assert begun.status_code == 200, begun.text
    return visitor.get(provider.authorize(way(begun)))


def logged(site) -> list[tuple[str, str, dict[str, object]]]:
    """Return what the audit log has of links."""
    columns = (audit_log.c.actor, audit_log.c.action, audit_log.c.detail)
    query = select(*columns).where(audit_log.c.action.startswith("account.openid"))
    with site.database.read_across() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(audit_log.c.id))]


def test_who_is_signed_in_links_the_account_and_signs_in_either_way(site, ada, provider) -> None:
    """Whatever the mail is there; this browser gets another cookie, and the log has it."""
    former = ada.cookie
    assert "Link your account to who you are at" in ada.get(PATH).text
    answer = link(ada, provider)
    assert answer.headers["location"] == f"{PATH}?done=linked"
    assert site.visitor(former).get(PATH).status_code == 303
    page = ada.get(answer.headers["location"]).text
    assert "Your account is linked" in page
    assert f"by mail and password or through {provider.issuer}" in page
    other = site.visitor()
    assert provider.sign_in(other).headers["location"] == "/"
    assert "ada@example.com" in other.get(PATH).text
    by_password = site.visitor()
    by_password.get("/sign-in")
    assert (
        by_password.post("/sign-in", mail="ada@example.com", password=PASSWORD).status_code == 303
    )
    detail = {"issuer": provider.issuer, "subject": "248289761001"}
    assert logged(site) == [("ada@example.com", "account.openid.link", detail)]


def test_it_is_unlinked_with_the_password(site, ada, provider) -> None:
    """Then the provider lets nobody in, and who came in by it is out."""
    link(ada, provider)
    other = site.visitor()
    provider.sign_in(other)
    refused = ada.post(f"{PATH}/openid/unlink", password="wrong")
    assert (refused.status_code, "The password is wrong" in refused.text) == (422, True)
    answer = ada.post(f"{PATH}/openid/unlink", password=PASSWORD)
    assert answer.headers["location"] == f"{PATH}?done=unlinked"
    assert "Link your account to who you are at" in ada.get(PATH).text
    assert other.get(PATH).status_code == 303
    assert "Nobody has invited you" in provider.sign_in(site.visitor()).text
    assert [action for _, action, _ in logged(site)][1:] == ["account.openid.unlink"]
    again = ada.post(f"{PATH}/openid/unlink", password=PASSWORD)
    assert (again.status_code, "is not linked to a provider" in again.text) == (422, True)
    assert link(ada, provider).headers["location"] == f"{PATH}?done=linked"


def test_nothing_is_begun_without_the_password(site, ada, provider) -> None:
    """Nor where the provider is down, which is told."""
    refused = ada.post(f"{PATH}/openid/link", password="wrong")
    assert (refused.status_code, "The password is wrong" in refused.text) == (422, True)
    assert "keypin-openid" not in refused.headers.get("set-cookie", "")
    site.settings = replace(site.settings, oidc_issuer="http://127.0.0.1:1")
    ada = site.visitor(ada.cookie)
    down = ada.post(f"{PATH}/openid/link", password=PASSWORD)
    assert (down.status_code, "Try again, or ask whoever" in down.text) == (422, True)
    assert logged(site) == []
    assert provider.codes == {}


def test_an_identity_is_of_one_account(site, ada, provider) -> None:
    """Somebody else has it, and it stays theirs."""
    who = Vouched(issuer=provider.issuer, subject="248289761001", mail="", verified=False, name="")
    bob = site.account("Bob", Role.VIEWER)
    with site.database.begin_across() as connection:
        external.link(connection, accounts.get(connection, bob), who, by=SERVICE, at=site.at)
    answer = link(ada, provider)
    assert (answer.status_code, "another account signs in by who you are" in answer.text) == (
        422,
        True,
    )
    assert f'href="{PATH}"' in answer.text
    assert "by mail and password</dd>" in ada.get(PATH).text


def test_who_comes_back_as_somebody_else_links_nothing(site, ada, provider) -> None:
    """Signed out meanwhile, or signed in as another."""
    back = provider.authorize(way(ada.post(f"{PATH}/openid/link", password=PASSWORD)))
    bob = site.signed_in("Bob")
    ada.client.cookies.set("__Host-keypin", bob.cookie, domain="watch.example", path="/")
    answer = ada.get(back)
    assert (answer.status_code, "not signed in any more as who began" in answer.text) == (422, True)
    assert logged(site) == []


def test_what_the_provider_refuses_is_told_with_the_way_back(ada, provider) -> None:
    """And not as a sign-in that failed."""
    provider.claims = {"nonce": "another"}
    answer = link(ada, provider)
    assert (answer.status_code, "Not linked" in answer.text) == (422, True)
    assert f'href="{PATH}"' in answer.text


def test_the_only_way_in_stays(site, provider) -> None:
    """Who has no password is not shown the form, and is refused."""
    visitor = site.signed_in("Bob")
    with site.database.begin_across() as connection:
        accounts.change(connection, 1, issuer=provider.issuer, subject="1")
        account = accounts.get(connection, 1)
    assert "Unlink it" not in visitor.get(PATH).text
    assert visitor.post(f"{PATH}/openid/unlink", password="").status_code == 422
    with (
        site.database.begin_across() as connection,
        pytest.raises(Exception, match=r"is the only way in for bob@example\.com"),
    ):
        external.unlink(connection, account, by=SERVICE, at=site.at, keep=b"")


def test_without_a_provider_nothing_is_offered(site) -> None:
    """And what is asked all the same is refused."""
    site.account("Ada", Role.VIEWER, password=PASSWORD)
    with site.database.begin_across() as connection:
        visitor = site.visitor(sessions.create(connection, 1, site.at))
    assert "Link your account" not in visitor.get(PATH).text
    answer = visitor.post(f"{PATH}/openid/link", password=PASSWORD)
    assert (answer.status_code, "there is no provider" in answer.text) == (422, True)


def test_a_browser_goes_to_the_provider_and_back(site, provider, served, tab) -> None:
    """With nothing in the console: no form leads to another site."""
    number = site.account("Ada", Role.VIEWER, password=PASSWORD)
    with site.database.begin_across() as connection:
        token = sessions.create(connection, number, site.at)
    page = tab.page
    page.context.add_cookies([{"name": "keypin", "value": token, "url": served}])
    page.goto(served + PATH)
    page.locator("#link").get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Go to 127.0.0.1").click()
    page.wait_for_url(f"{provider.issuer}/authorize?**")
    page.goto(served + provider.authorize(page.url))
    page.get_by_text("Your account is linked").wait_for()
    page.locator("#unlink").get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Unlink it").click()
    page.get_by_text("Your account is not linked any more").wait_for()
