"""A real OpenID provider, which signs real ID tokens, and lies where a test tells it to."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

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

    async def door(self, _: Request) -> Response:
        """Show its sign-in page, of which `authorize` is what it does."""
        return HTMLResponse('<link rel="icon" href="data:,"><title>Who are you?</title>')

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

    def sign_in(self, visitor: Any, query: str = "") -> Any:
        """Let somebody go to it, in, and back; return the answer to that."""
        away = visitor.get(f"/sign-in/openid{query}")
        assert away.status_code == 303, away.text
        return visitor.get(self.authorize(away.headers["location"]))

    def settings(self, **others: Any) -> Settings:
        """Return settings that name it."""
        known = {"oidc_issuer": self.issuer, "oidc_client": CLIENT, "oidc_secret": SECRET}
        return Settings(**known | others)


def application(current: list[Provider]) -> Starlette:
    """Return the pages of a provider, whichever stands in a list."""

    async def answer(request: Request) -> Response:
        ways = {
            "/authorize": current[0].door,
            "/token": current[0].token,
            "/keys": current[0].keys,
            "/.well-known/openid-configuration": current[0].configuration,
        }
        return await ways[request.url.path](request)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
