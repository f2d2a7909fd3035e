"""Signing in at a real provider on loopback, which signs real ID tokens, and lies where told to."""

import base64
import hashlib
import json
import secrets
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from keypin.watch.people import accounts, invitations, memberships
from keypin.watch.people.audit import Actor
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings

CLIENT, SECRET = "keypin", "a secret of the service"


@dataclass
class Provider:
    """An OpenID provider. What it says of people, and how it lies, are for tests to set."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    published: ECKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    now: int = 0

    def authorize(self, address: str) -> str:
        """Do what the sign-in page of the provider does: let somebody in; return the way back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"/sign-in/openid/done?{urlencode({'code': code, 'state': query['state']})}"

    async def token(self, request: Request) -> Response:
        """Redeem a code, once, for who asked for it and proves it."""
        form = await request.form()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        sent = request.headers.get("authorization", "")
        known = sent in {
            f"Basic {basic}",
            f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}",
        }
        asked = self.codes.pop(str(form["code"]), None)
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if asked is None or not known or challenge != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "248289761001",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            "email": "bob@example.com",
            "email_verified": True,
            "name": "Bob",
        } | self.claims
        signed = jwt.encode({"alg": "ES256", "kid": "one"} | self.header, claims, self.key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": signed})

    async def configuration(self, _: Request) -> Response:
        """Say where everything is."""
        about = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=a",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(about | self.about)

    async def keys(self, _: Request) -> Response:
        """Publish the keys."""
        key = self.published or self.key
        return JSONResponse(KeySet([key]).as_dict(private=False))


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, list[Provider]]]:
    """Serve a provider, whichever a test puts there."""
    current = [Provider()]

    async def answer(request: Request) -> Response:
        ways = {
            "/token": current[0].token,
            "/keys": current[0].keys,
            "/.well-known/openid-configuration": current[0].configuration,
        }
        return await ways[request.url.path](request)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    sockets = [server.config.bind_socket()]
    sockets[0].listen()
    thread = threading.Thread(target=server.run, args=(sockets,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}", current
    server.should_exit = True
    thread.join(10)
    sockets[0].close()


@pytest.fixture
def provider(running, site) -> Provider:
    """Return a truthful provider, which the service is set up for."""
    address, current = running
    current[0] = Provider(issuer=address, now=int(site.at.timestamp()))
    site.settings = Settings(
        public_url="https://watch.example",
        oidc_issuer=address,
        oidc_client=CLIENT,
        oidc_secret=SECRET,
    )
    return current[0]


def invite(site, mail=None, organisation=1) -> str:
    """Invite somebody; return the end of the link."""
    with site.database.begin(organisation) as scope:
        return invitations.create(scope, Role.EDITOR, Actor("ada"), site.at, mail=mail)


def sign_in(visitor, provider, query=""):
    """Go to the provider, be let in, and come back."""
    away = visitor.get(f"/sign-in/openid{query}")
    assert away.status_code == 303, away.text
    return visitor.get(provider.authorize(away.headers["location"]))


def test_the_sign_in_offers_the_provider(site, provider) -> None:
    """By its name."""
    page = site.visitor().get("/sign-in").text
    assert f"Sign in with {provider.issuer.removeprefix('http://')}" in page
    assert 'href="/sign-in/openid"' in page


def test_whose_mail_is_invited_joins_and_is_known_from_then_on(site, provider) -> None:
    """By issuer and subject, whatever their mail becomes."""
    invite(site, "bob@example.com")
    visitor = site.visitor()
    answer = sign_in(visitor, provider, "?next=/o/acme/ct")
    assert (answer.status_code, answer.headers["location"]) == (303, "/o/acme/ct")
    assert visitor.get("/").headers["location"] == "/o/acme/"
    provider.claims = {"email": "robert@example.com", "email_verified": False}
    assert sign_in(site.visitor(), provider).status_code == 303
    with site.database.read(1) as scope:
        assert [one.mail for one in memberships.of(scope)] == ["bob@example.com"]


def test_a_link_is_accepted_by_signing_in(site, provider) -> None:
    """And leads to what was joined."""
    link = invite(site, organisation=2)
    visitor = site.visitor()
    assert f"/sign-in/openid?join={link}" in visitor.get(f"/join/{link}").text
    assert sign_in(visitor, provider, f"?join={link}").headers["location"] == "/o/rival/"


def test_somebody_unknown_is_told_to_be_invited(site, provider) -> None:
    """And nothing is made."""
    answer = sign_in(site.visitor(), provider)
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
    answer = sign_in(site.visitor(), provider)
    assert answer.status_code == 422
    assert f"The sign-in at {provider.issuer} failed" in answer.text
    assert text in answer.text


def test_a_token_of_another_key_lets_nobody_in(site, provider) -> None:
    """Though it has the same name."""
    invite(site, "bob@example.com")
    provider.published = ECKey.generate_key("P-256", {"kid": "one"})
    assert sign_in(site.visitor(), provider).status_code == 422


def test_a_token_without_a_signature_lets_nobody_in(site, provider, monkeypatch) -> None:
    """Nor one under a shared secret."""
    invite(site, "bob@example.com")
    for algorithm in ("none", "HS256"):

        def forged(_header, claims, _key, algorithm=algorithm) -> str:
            parts = [{"alg": algorithm, "kid": "one"}, claims]
            encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()) for one in parts]
            return b".".join([*(one.rstrip(b"=") for one in encoded), b""]).decode()

        monkeypatch.setattr(jwt, "encode", forged)
        assert sign_in(site.visitor(), provider).status_code == 422


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
    assert '__Host-keypin-openid="gAAAA' in cookie
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert provider.codes == {}
