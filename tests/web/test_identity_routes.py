"""The routes of people: each is guarded, and none crosses from one organisation to another."""

import re
from urllib.parse import urlsplit

import pytest
from pyotp.totp import TOTP
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from keypin.watch.people import accounts, invitations, named_secrets
from keypin.watch.people.audit import Actor
from keypin.watch.people.first import first_link
from keypin.watch.people.roles import Role
from keypin.web import csrf
from keypin.web.identity import Action
from keypin.web.identity_page import page

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.once]

# What anybody may open, signed in or not.
PUBLIC = {
    "/",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/recovery",
    "/sign-in/openid",
    "/sign-in/openid/done",
    "/sign-out",
    "/join/{link}",
}


@pytest.fixture
def target(site, crossing):
    """Fill acme with what its rival must never see."""
    actor = Actor(f"ada@{crossing.MARK}.example")
    site.account(crossing.MARK, Role.OWNER)
    site.token("read")
    with site.database.begin(1) as scope:
        link = invitations.create(scope, Role.OWNER, actor, site.at, mail="zanzibar@example.org")
        named_secrets.keep(scope, site.sealer, crossing.MARK, b"x", by=actor, at=site.at)
    with site.database.begin_across() as connection:
        accounts.change(connection, 1, name=crossing.MARK)
    values = {
        "link": link[:-1] + "x",
        "account": "1",
        "invitation": "1",
        "token": "1",
        "session": "00" * 32,
        "role": "owner",
        "title": "Rival",
        "name": "Rival",
    }
    return crossing.Target(site.database, 1, "acme", values)


@pytest.mark.parametrize("role", list(Role))
def test_no_person_of_another_organisation_crosses(site, crossing, target, role) -> None:
    """Whatever they are there, with forms of their own pages."""
    rival = site.signed_in("Eve", role, 2)
    headers = {"origin": "https://watch.example", "x-csrf-token": csrf.token(rival.cookie)}
    skip = frozenset({"/sign-out", "/o/rival/settings/account/end"})
    count = crossing.check(rival.client, site.routes, target, "rival", headers=headers, skip=skip)
    assert count > len(site.routes)


def test_no_program_of_another_organisation_crosses(site, crossing, target) -> None:
    """With a token that may do all in its own."""
    headers = {"authorization": f"Bearer {site.token('admin', organisation=2)}"}
    client = site.visitor().client
    crossing.check(client, site.routes, target, "rival", headers=headers)


def test_a_route_that_crosses_is_found(site, crossing, target) -> None:
    """The check itself is tried with a mistake."""

    @page(Action.READ)
    def careless(visit):
        with visit.core.database.read_across() as connection:
            name = accounts.get(connection, int(visit.request.path_params["account"])).name
        return PlainTextResponse(name)

    site.routes = [Route("/o/{organisation}/people/{account}", careless)]
    rival = site.signed_in("Eve", Role.VIEWER, 2)
    with pytest.raises(AssertionError, match="GET /o/rival/people/1 answered with what is acme's"):
        crossing.check(rival.client, site.routes, target, "rival", headers={})


def test_a_parameter_without_a_value_is_found(site, crossing, target) -> None:
    """Whoever adds a route gives it one of acme's."""
    site.routes = [Route("/o/{organisation}/plans/{plan}", lambda _: PlainTextResponse(""))]
    with pytest.raises(KeyError, match="plan"):
        list(crossing.attempts(site.routes, target, "rival"))


def test_a_browser_joins_turns_the_second_factor_on_and_signs_in(site, served, tab) -> None:
    """From the first link on, with nothing in the console: the policy lets everything pass."""
    page, password = tab.page, "seven green bottles"
    page.goto(served + urlsplit(first_link(site.core)).path)
    page.get_by_label("Mail").fill("ada@example.com")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url("**/o/main/")
    page.goto(f"{served}/o/main/settings/account")
    page.locator("#second").get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Turn it on").click()
    assert page.get_by_role("img", name="QR code").evaluate("one => one.naturalWidth") > 0
    secret = re.search(r"\b[A-Z2-7]{32}\b", page.content())[0]
    page.get_by_label("Code").fill(TOTP(secret).at(site.at))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_text("10 recovery codes left").wait_for()
    site.later(minutes=1)
    page.get_by_text("Ada Lovelace").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{served}/o/main/settings/people")
    page.get_by_label("Mail").fill("ada@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(TOTP(secret).at(site.at))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/o/main/settings/people")
    page.get_by_role("heading", name="People").wait_for()


def test_every_other_route_needs_somebody_who_is_signed_in(site) -> None:
    """And sends strangers to the sign-in."""
    stranger = site.visitor()
    stranger.get("/sign-in")
    guarded = [route for route in site.routes if route.path not in PUBLIC]
    assert len(guarded) > 10
    for route in guarded:
        path = route.path.replace("{organisation}", "acme")
        answer = stranger.get(path) if "GET" in route.methods else stranger.post(path)
        assert answer.headers["location"].startswith("/sign-in"), path


def test_every_route_that_changes_something_refuses_another_page(site) -> None:
    """Though the browser is signed in."""
    visitor = site.signed_in("Ada")
    changing = [route for route in site.routes if "POST" in route.methods]
    for route in changing:
        path = route.path.replace("{organisation}", "acme").replace("{link}", "x")
        headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        form = {"csrf": csrf.token(visitor.cookie)}
        answer = visitor.client.post(path, data=form, headers=headers, follow_redirects=False)
        assert answer.status_code == 403, path
