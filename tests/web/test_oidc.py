"""Signing in at a real provider on loopback, which signs real ID tokens, and lies where told to."""

import base64
import json
import re
import ssl
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import Response

from keypin.watch.people import accounts, invitations, memberships
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role
from keypin.watch.people.sign_in import SignInError
from keypin.watch.settings import Settings
from keypin.web.oidc_provider import Provider

CLIENT = "keypin"


def invite(site, mail=None, organisation=1) -> str:
    """Invite somebody; return the end of the link."""
    with site.database.begin(organisation) as scope:
        return invitations.create(scope, Role.EDITOR, Actor("ada"), site.at, mail=mail)


def test_the_sign_in_offers_the_provider(site, provider) -> None:
    """By its name."""
    page = site.visitor().get("/sign-in").text
    assert f"Sign in with {provider.issuer.removeprefix('http://')}" in page
    assert 'href="/sign-in/openid"' in page


def test_whose_mail_is_invited_joins_and_is_known_from_then_on(site, provider) -> None:
    """By issuer and subject, whatever their mail becomes."""
    invite(site, "bob@example.com")
    visitor = site.visitor()
    answer = provider.sign_in(visitor, "?next=/o/acme/ct")
    assert (answer.status_code, answer.headers["location"]) == (303, "/o/acme/ct")
    assert visitor.get("/").headers["location"] == "/o/acme/"
    provider.claims = {"email": "robert@example.com", "email_verified": False}
    assert provider.sign_in(site.visitor()).status_code == 303
    with site.database.read(1) as scope:
        assert [one.mail for one in memberships.of(scope)] == ["bob@example.com"]


def test_a_link_is_accepted_by_signing_in(site, provider) -> None:
    """And leads to what was joined."""
    link = invite(site, organisation=2)
    visitor = site.visitor()
    assert f"/sign-in/openid?join={link}" in visitor.get(f"/join/{link}").text
    assert provider.sign_in(visitor, f"?join={link}").headers["location"] == "/o/rival/"


def test_a_disabled_account_accepts_no_link(site, provider) -> None:
    """The sentence says so, and who was invited can still join."""
    invite(site, "bob@example.com")
    provider.sign_in(site.visitor())
    with site.database.begin_across() as connection:
        bob = accounts.find(connection, "bob@example.com")
        accounts.disable(connection, bob.number, Actor("ada"), site.at)
    link = invite(site, organisation=2)
    answer = provider.sign_in(site.visitor(), f"?join={link}")
    assert (answer.status_code, "This account is disabled." in answer.text) == (422, True)
    with site.database.read(2) as scope:
        assert memberships.of(scope) == []
    assert site.visitor().get(f"/join/{link}").status_code == 200


def test_a_provider_that_drips_is_not_waited_for(dripping) -> None:
    """A sentence says so, however often it sends a byte."""
    for head in (b"HTTP/1.1 200 OK\r\nx-slow: ", b"HTTP/1.1 200 OK\r\n\r\n{"):
        with dripping(head) as port:
            settings = Settings(oidc_issuer=f"http://127.0.0.1:{port}", oidc_client=CLIENT)
            with pytest.raises(SignInError, match=r"longer than 0\.3 seconds"):
                Provider(settings, "https://keypin.example/sign-in/openid/done", total=0.3)


def test_somebody_unknown_is_told_to_be_invited(site, provider) -> None:
    """And nothing is made."""
    answer = provider.sign_in(site.visitor())
    assert answer.status_code == 422
    assert "Nobody has invited you" in answer.text
    with site.database.read_across() as connection:
        assert not accounts.exist(connection)


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": [CLIENT, "another"]}, "azp"),
        ({"nonce": "another"}, "nonce"),
        ({"exp": 1}, "expired"),
        ({"sub": ""}, "sub"),
        ({"sub": 5}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"azp": "another"}, "azp"),
        ({"at_hash": "another"}, "at_hash"),
    ],
    ids=lambda value: json.dumps(value)[:30] if isinstance(value, dict) else "",
)
def test_a_token_that_does_not_hold_lets_nobody_in(site, provider, claims, text) -> None:
    """OpenID Connect Core section 3.1.3.7, point by point."""
    invite(site, "bob@example.com")
    provider.claims = claims
    answer = provider.sign_in(site.visitor())
    assert answer.status_code == 422
    assert f"The sign-in at {provider.issuer} failed" in answer.text
    assert text in answer.text


def test_a_token_of_another_key_lets_nobody_in(site, provider) -> None:
    """Though it has the same name."""
    invite(site, "bob@example.com")
    provider.published = ECKey.generate_key("P-256", {"kid": "one"})
    assert provider.sign_in(site.visitor()).status_code == 422


def test_a_token_without_a_signature_lets_nobody_in(site, provider, monkeypatch) -> None:
    """Nor one under a shared secret."""
    invite(site, "bob@example.com")
    for algorithm in ("none", "HS256"):

        def forged(_header, claims, _key, algorithm=algorithm) -> str:
            parts = [{"alg": algorithm, "kid": "one"}, claims]
            encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()) for one in parts]
            return b".".join([*(one.rstrip(b"=") for one in encoded), b""]).decode()

        monkeypatch.setattr(jwt, "encode", forged)
        assert provider.sign_in(site.visitor()).status_code == 422


def test_a_code_works_once_and_in_the_browser_that_began(site, provider) -> None:
    """Whoever sends somebody a link signs them in as nobody."""
    invite(site, "bob@example.com")
    visitor, victim = site.visitor(), site.visitor()
    away = visitor.get("/sign-in/openid").headers["location"]
    back = provider.authorize(away)
    assert "was not begun in this browser" in victim.get(back).text
    victim.get("/sign-in/openid")
    assert "was not begun in this browser" in victim.get(back).text
    assert visitor.get(back).status_code == 303
    assert "was not begun in this browser" in visitor.get(back).text


def test_a_sign_in_elsewhere_ends_after_ten_minutes(site, provider) -> None:
    """Whatever the provider thinks of it."""
    visitor = site.visitor()
    back = provider.authorize(visitor.get("/sign-in/openid").headers["location"])
    site.later(minutes=10)
    assert "or ended" in visitor.get(back).text


@pytest.mark.usefixtures("provider")
def test_what_the_provider_refuses_is_told(site) -> None:
    """In its words, as text."""
    visitor = site.visitor()
    state = parse_qs(urlsplit(visitor.get("/sign-in/openid").headers["location"]).query)["state"][0]
    query = urlencode({"state": state, "error": "x", "error_description": "<b>Not today</b>"})
    answer = visitor.get(f"/sign-in/openid/done?{query}")
    assert (answer.status_code, "&lt;b&gt;Not today" in answer.text) == (422, True)


def test_the_answer_of_another_provider_is_not_taken(site, provider) -> None:
    """RFC 9207."""
    visitor = site.visitor()
    back = provider.authorize(visitor.get("/sign-in/openid").headers["location"])
    assert "from another provider" in visitor.get(f"{back}&iss=https://evil.example").text


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"authorization_endpoint": None},
    ],
    ids=["another", "in the clear", "nowhere"],
)
def test_a_provider_that_is_none_is_told_before_anybody_leaves(site, provider, about) -> None:
    """Nobody is sent to where nothing is encrypted."""
    provider.about = about
    answer = site.visitor().get("/sign-in/openid")
    assert answer.status_code == 422
    assert f"The sign-in at {provider.issuer} failed" in answer.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"[]", "answers with no JSON object"),
        (b"{", "failed: "),
        (b" " * (1024 * 1024 + 1), "answers with more than 1,048,576 bytes"),
    ],
    ids=["list", "half", "long"],
)
def test_a_provider_that_answers_nonsense_is_told(site, provider, body, text) -> None:
    """Without reading it to the end."""

    async def nonsense(_: Request) -> Response:
        return Response(body, media_type="application/json")

    provider.configuration = nonsense
    answer = site.visitor().get("/sign-in/openid")
    assert (answer.status_code, text in answer.text) == (422, True)


def test_a_provider_may_have_a_certificate_of_ones_own_authority(
    site, provider, lab, tmp_path
) -> None:
    """From the file that the settings name, beside the public roots."""
    authority = tmp_path / "ca.pem"
    authority.write_text(
        "".join(ssl.DER_cert_to_PEM_cert(one.der) for one in lab.trust.certificates)
    )
    site.settings = replace(site.settings, trust=authority)
    assert site.visitor().get("/sign-in/openid").headers["location"].startswith(provider.issuer)


def test_a_provider_that_is_down_is_told(site, provider) -> None:
    """With what to do."""
    site.settings = Settings(public_url="https://watch.example", oidc_issuer="http://127.0.0.1:1")
    answer = site.visitor().get("/sign-in/openid")
    assert "Try again, or ask whoever runs this service." in answer.text
    assert provider.codes == {}


def test_without_a_provider_there_is_none(site) -> None:
    """And the other way is named."""
    assert "No OpenID provider is set up here" in site.visitor().get("/sign-in/openid").text


def test_the_cookie_of_a_sign_in_elsewhere_is_sealed(site, provider) -> None:
    """Nobody reads or forges what it holds."""
    cookie = site.visitor().get("/sign-in/openid").headers["set-cookie"]
    assert re.match(r'__Host-keypin-openid="?gAAAA', cookie)
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert provider.codes == {}
