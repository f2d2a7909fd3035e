"""A person's own account: name, password, and where they are signed in."""

import pytest
from sqlalchemy import select

from keypin.watch.people import accounts, sessions
from keypin.watch.people.roles import Role
from keypin.watch.store.tables import audit_log
from keypin.web.settings_account import browser_of

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "seven green bottles"
PATH = "/o/acme/settings/account"


@pytest.fixture
def ada(site):
    """Return Ada's browser, who is a viewer with a password."""
    number = site.account("Ada", Role.VIEWER, password=PASSWORD)
    with site.database.begin_across() as connection:
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        token = sessions.create(connection, number, site.at, agent=agent, network="192.0.2.0/24")
    return site.visitor(token)


def elsewhere(site):
    """Sign Ada in with another browser."""
    with site.database.begin_across() as connection:
        return site.visitor(sessions.create(connection, 1, site.at))


def test_the_page_shows_how_and_where_one_is_signed_in(site, ada) -> None:
    """And the sections that a viewer sees."""
    elsewhere(site)
    for path in (PATH, "/o/acme/settings"):
        page = ada.get(path).text
        assert "Firefox on Linux" in page
        assert "this one" in page
        assert "by mail and password" in page
        assert "/settings/people" not in page


def test_the_name_is_changed(ada) -> None:
    """And said to be."""
    answer = ada.post(f"{PATH}/name", name="Ada King")
    assert answer.headers["location"] == f"{PATH}?done=name"
    page = ada.get(answer.headers["location"]).text
    assert "Your name is changed." in page
    assert 'value="Ada King"' in page
    refused = ada.post(f"{PATH}/name", name="")
    assert (refused.status_code, "is no name of a person" in refused.text) == (422, True)


def test_a_new_password_signs_out_everywhere_else(site, ada) -> None:
    """And gives this browser another cookie."""
    other, former = elsewhere(site), ada.cookie
    answer = ada.post(f"{PATH}/password", password=PASSWORD, new="eight green bottles")
    assert answer.headers["location"] == f"{PATH}?done=password"
    assert ada.cookie != former
    assert ada.get(PATH).status_code == 200
    assert other.get(PATH).status_code == 303
    assert site.visitor(former).get(PATH).status_code == 303


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"password": "wrong", "new": "eight green bottles"}, "The password is wrong"),
        ({"password": PASSWORD, "new": "short"}, "the password has 5 characters"),
        ({}, "The password is wrong"),
    ],
    ids=["wrong", "short", "nothing"],
)
def test_a_password_is_changed_by_its_owner_alone(site, ada, fields, text) -> None:
    """Whoever finds the browser open does not know it."""
    answer = ada.post(f"{PATH}/password", **fields)
    assert (answer.status_code, text in answer.text) == (422, True)
    assert elsewhere(site).get(PATH).status_code == 200


def test_another_browser_is_signed_out(site, ada) -> None:
    """One, or all others."""
    others = [elsewhere(site) for _ in range(3)]
    with site.database.read_across() as connection:
        found = sessions.find(connection, others[0].cookie, site.at)
    ada.post(f"{PATH}/end", session=found.digest.hex())
    assert [one.get(PATH).status_code for one in others] == [303, 200, 200]
    ada.post(f"{PATH}/end", session="others")
    assert [one.get(PATH).status_code for one in others] == [303, 303, 303]
    ada.post(f"{PATH}/end", session="others")  # of whom there are none: nothing to be written down
    columns = audit_log.c.actor, audit_log.c.network, audit_log.c.subject, audit_log.c.detail
    query = select(*columns).where(audit_log.c.action == "account.sign-out")
    with site.database.read_across() as connection:
        logged = [tuple(row) for row in connection.execute(query.order_by(audit_log.c.id))]
    who = ("ada@example.com", "192.0.2.0/24", "ada@example.com")
    assert logged == [(*who, {"sessions": 1}), (*who, {"sessions": 2})]
    assert ada.get(f"{PATH}?done=ended").status_code == 200


def test_nobody_signs_out_somebody_else(site, ada) -> None:
    """Though they know what a session is known by."""
    bob = site.signed_in("Bob")
    with site.database.read_across() as connection:
        digest = sessions.find(connection, bob.cookie, site.at).digest.hex()
    for session in (digest, "nonsense", ""):
        assert ada.post(f"{PATH}/end", session=session).status_code == 303
    assert bob.get(PATH).status_code == 200


def test_somebody_from_a_provider_has_no_password_to_change(site) -> None:
    """It is the provider's."""
    visitor = site.signed_in("Ada")
    with site.database.begin_across() as connection:
        accounts.change(connection, 1, issuer="https://id.example", subject="1")
    page = visitor.get(PATH).text
    assert "through https://id.example" in page
    assert "Present password" not in page
    assert visitor.post(f"{PATH}/password", password="", new="x" * 20).status_code == 422


def test_a_program_has_no_account(site) -> None:
    """It is told so."""
    headers = {"authorization": f"Bearer {site.token('read')}"}
    answer = site.visitor().get(PATH, headers=headers)
    assert (answer.status_code, "a token has no account" in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/19 Safari/600", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140 Mobile Safari/537", "Chrome on Android"),
        ("curl/8.1", "curl/8.1"),
        ("", "a browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent, name) -> None:
    """Whatever else it says that it is."""
    assert browser_of(agent) == name
