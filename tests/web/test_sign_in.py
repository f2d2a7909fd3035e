"""Signing in, step by step, as a browser does it."""

from threading import BoundedSemaphore

import pytest
from cryptography.fernet import Fernet
from pyotp.totp import TOTP
from sqlalchemy import select

from keypin.watch.people import accounts, passwords, second
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role
from keypin.watch.store import Sealer, tables

pytestmark = pytest.mark.usefixtures("cheap_passwords")

PASSWORD = "seven green bottles"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ada(site) -> int:
    """Return the number of an owner's account with a password."""
    return site.account("Ada", Role.OWNER, password=PASSWORD)


@pytest.fixture
def recovery(site, ada):
    """Turn the second factor on; return the recovery codes."""
    with site.database.begin_across() as connection:
        account = accounts.get(connection, ada)
        code = TOTP(SECRET).at(site.at)
        codes = second.turn_on(
            connection, site.sealer, account, SECRET, code, by=Actor("ada"), at=site.at
        )
    site.later(minutes=1)
    return codes


def sign_in(visitor, password=PASSWORD, **fields):
    """Open the sign-in and send it."""
    visitor.get("/sign-in")
    return visitor.post("/sign-in", mail="ada@example.com", password=password, **fields)


def code(site) -> str:
    """Return the code of Ada's device."""
    return TOTP(SECRET).at(site.at)


@pytest.mark.usefixtures("ada")
def test_the_right_password_leads_to_where_one_wanted_to_go(site) -> None:
    """And the browser gets another cookie than it had before."""
    visitor = site.visitor()
    visitor.get("/sign-in?next=/o/acme/endpoints%3Fq=a")
    before = visitor.cookie
    answer = visitor.post(
        "/sign-in", mail="ada@example.com", password=PASSWORD, next="/o/acme/endpoints?q=a"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/o/acme/endpoints?q=a")
    assert visitor.cookie not in {"", before}
    assert visitor.get("/").headers["location"] == "/o/acme/"


@pytest.mark.usefixtures("ada")
def test_the_cookie_is_for_this_host_over_tls_and_no_script(site) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite."""
    answer = sign_in(site.visitor())
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-keypin=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly",
        "max-age=604800",
        "path=/",
        "samesite=lax",
        "secure",
    }


@pytest.mark.usefixtures("ada")
def test_a_wrong_password_is_told_and_the_mail_kept(site) -> None:
    """The password never comes back in the page."""
    answer = sign_in(site.visitor(), "wrong <password>")
    assert answer.status_code == 422
    assert "The mail or the password is wrong." in answer.text
    assert 'value="ada@example.com"' in answer.text
    assert "wrong &lt;password" not in answer.text


@pytest.mark.usefixtures("recovery")
def test_with_a_second_factor_the_password_opens_nothing(site) -> None:
    """Until the code is given; each step gives another cookie."""
    visitor = site.visitor()
    answer = sign_in(visitor, next="/o/acme/a b?c&d")
    assert answer.headers["location"] == "/sign-in/code?next=/o/acme/a%20b%3Fc%26d"
    halfway = visitor.cookie
    assert visitor.get("/").headers["location"] == "/sign-in"
    assert "Type the six digits" in visitor.get("/sign-in/code").text
    wrong = visitor.post("/sign-in/code", code="000000")
    assert (wrong.status_code, visitor.cookie) == (422, halfway)
    answer = visitor.post("/sign-in/code", code=code(site), next="/o/acme/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/o/acme/")
    assert visitor.cookie != halfway
    assert site.visitor(halfway).get("/").headers["location"] == "/sign-in"


def test_a_recovery_code_stands_in_for_a_lost_device(site, recovery) -> None:
    """Once."""
    for status in (303, 422):
        visitor = site.visitor()
        sign_in(visitor)
        assert "Recovery code" in visitor.get("/sign-in/recovery").text
        assert visitor.post("/sign-in/recovery", code=recovery[0]).status_code == status


@pytest.mark.parametrize("path", ["/sign-in/code", "/sign-in/recovery"])
def test_the_second_step_needs_the_first(site, path) -> None:
    """Without a password there is no code."""
    visitor = site.visitor()
    assert visitor.get(path).headers["location"] == "/sign-in"
    assert visitor.post(path, code="000000").headers["location"] == "/sign-in"


def test_signing_out_ends_the_session(site) -> None:
    """On the server, too: the cookie is worth nothing to who copied it."""
    visitor = site.signed_in("Ada")
    copied = visitor.cookie
    answer = visitor.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert visitor.cookie not in {"", copied}
    assert site.visitor(copied).get("/").headers["location"] == "/sign-in"


@pytest.mark.usefixtures("ada")
def test_a_former_session_of_the_browser_ends_at_a_new_sign_in(site) -> None:
    """Somebody else may have used it."""
    visitor = site.signed_in("Bob")
    former = visitor.cookie
    visitor.post("/sign-in", mail="ada@example.com", password=PASSWORD)
    assert site.visitor(former).get("/").headers["location"] == "/sign-in"
    with site.database.read_across() as connection:
        assert len(connection.execute(select(tables.sessions)).all()) == 1


@pytest.mark.parametrize(
    "away",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "",
        "evil.example",
        "\\\\evil.example",
        "/\u2028/evil.example",
    ],
)
@pytest.mark.usefixtures("ada")
def test_the_way_back_never_leads_elsewhere(site, away) -> None:
    """However it is written."""
    assert sign_in(site.visitor(), next=away).headers["location"] == "/"


@pytest.mark.usefixtures("ada")
def test_a_source_is_slowed_down(site) -> None:
    """Whichever mail it tries; another source is not."""
    guesser = site.visitor()
    guesser.get("/sign-in")
    answers = [
        guesser.post("/sign-in", mail=f"{number}@example.com", password="x") for number in range(31)
    ]
    assert [answer.status_code for answer in answers] == [422] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) == 11
    assert sign_in(site.visitor(source="192.0.2.8")).status_code == 303
    site.later(seconds=11)
    assert guesser.post("/sign-in", mail="a@example.com", password="x").status_code == 422


@pytest.mark.usefixtures("ada")
def test_when_too_many_sign_in_the_others_wait_and_lose_no_try(site, monkeypatch) -> None:
    """By 503, with what to do."""
    free = passwords._WAITING
    monkeypatch.setattr(passwords, "_WAITING", BoundedSemaphore(0))
    visitor = site.visitor()
    for mail in ["eve@example.com"] + ["ada@example.com"] * 9:
        visitor.get("/sign-in")
        answer = visitor.post("/sign-in", mail=mail, password=PASSWORD)
        assert (answer.status_code, "Try again in a minute" in answer.text) == (503, True)
    monkeypatch.setattr(passwords, "_WAITING", free)
    assert sign_in(visitor).status_code == 303


def test_somebody_who_belongs_nowhere_is_told_so(site) -> None:
    """And can sign out."""
    with site.database.begin_across() as connection:
        accounts.create(connection, "eve@example.com", "Eve", site.at, password=PASSWORD)
    visitor = site.visitor()
    visitor.get("/sign-in")
    visitor.post("/sign-in", mail="eve@example.com", password=PASSWORD)
    page = visitor.get("/")
    assert "belong to no organisation" in page.text
    assert 'action="/sign-out"' in page.text


def test_who_is_signed_in_needs_no_sign_in(site) -> None:
    """They go on at once."""
    assert site.signed_in("Ada").get("/sign-in?next=/o/acme/ct").headers["location"] == "/o/acme/ct"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"mail": ""},
        {"mail": "\0" * 9, "password": "\0"},
        {"mail": "x" * 9000},
        {"mail": "ada@example.com", "password": "\ud7ff\u0000" * 500, "next": "\0"},
    ],
    ids=["nothing", "no password", "zeros", "long mail", "odd password"],
)
@pytest.mark.usefixtures("ada")
def test_any_form_is_answered(site, fields) -> None:
    """By a refusal with a reason."""
    visitor = site.visitor()
    visitor.get("/sign-in")
    assert visitor.post("/sign-in", **fields).status_code == 422


def test_a_second_factor_whose_key_is_gone_is_told_and_a_recovery_code_still_lets_in(
    site, recovery
) -> None:
    """As after a restore with other keys; no try is lost, and the old key makes all well."""
    former, site.sealer = site.sealer, Sealer([Fernet.generate_key().decode()])
    visitor = site.visitor()
    sign_in(visitor)
    for _ in range(6):
        answer = visitor.post("/sign-in/code", code=code(site))
        assert answer.status_code == 422
        assert "ask whoever runs this service to put the old key back" in answer.text
    assert visitor.post("/sign-in/recovery", code=recovery[0]).status_code == 303
    site.sealer = former
    again = site.visitor()
    sign_in(again)
    assert again.post("/sign-in/code", code=code(site)).status_code == 303
