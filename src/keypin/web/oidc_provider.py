"""An OpenID provider: where to send people, and what it says of who came back.

The code flow with PKCE, by Authlib; the ID token is verified with joserfc and Authlib's rules
(OpenID Connect Core section 3.1.3.7): signature by a key that the provider publishes, issuer,
audience, expiry, nonce. The provider is asked for its addresses and keys at each sign-in: these are
rare, and nothing is stale. Each question has a time altogether, and no proxy of the environment.
"""

import ssl
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from keypin.watch.guarding_http import LimitedTransport
from keypin.watch.people.external import Vouched
from keypin.watch.people.sign_in import SignInError
from keypin.watch.settings import Settings
from keypin.web.oidc_state import Begun

SCOPE = "openid email profile"
TIMEOUT = 10.0

# Signatures by keys that the provider publishes; never a shared secret, never none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519")

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LARGEST = 1024 * 1024

# How far the provider's clock may be off, in seconds.
_LEEWAY = 60


class _Client(Protocol):
    """As much of Authlib's client as is used: the library states no types."""

    def create_authorization_url(self, url: str, **options: str) -> tuple[str, str]: ...

    def fetch_token(self, url: str, **options: str) -> Mapping[str, object]: ...

    def close(self) -> None: ...


class Provider:
    """The provider of an installation, asked for its addresses once.

    Args:
        settings: the issuer, and the service's name and secret there.
        redirect: where people come back to.
        total: seconds that one question may take.

    Raises:
        SignInError: it cannot be reached, or is none.
    """

    def __init__(self, settings: Settings, redirect: str, *, total: float = TIMEOUT) -> None:
        self._settings = settings
        self._total = total
        self._redirect = redirect
        self._verify = _verify(settings)
        issuer = settings.oidc_issuer.rstrip("/")
        with _told(settings):
            self._about = self._fetch(f"{issuer}/.well-known/openid-configuration")
            if str(self._about.get("issuer", "")).rstrip("/") != issuer:
                raise ValueError(f"it calls itself {self._about.get('issuer')!r}")

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return str(self._about["issuer"])

    def way(self, begun: Begun) -> str:
        """Return the address to send somebody to."""
        with _told(self._settings):
            address = self._address("authorization_endpoint")
            with closing(self._client()) as client:
                url, _ = client.create_authorization_url(
                    address, state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
                )
        return url

    def vouch(self, code: str, begun: Begun, at: datetime) -> Vouched:
        """Redeem a code, and return what the provider says of who came back with it.

        Raises:
            SignInError: the code is refused, or what the provider says does not hold.
        """
        with _told(self._settings):
            address = self._address("token_endpoint")
            with closing(self._client()) as client:
                answer = client.fetch_token(
                    address,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                )
            return self._verified(answer, begun, at)

    def _verified(self, answer: Mapping[str, object], begun: Begun, at: datetime) -> Vouched:
        keys = KeySet.import_key_set(cast("Any", self._fetch(self._address("jwks_uri"))))
        token = jwt.decode(str(answer["id_token"]), keys, algorithms=list(ALGORITHMS))
        client = self._settings.oidc_client
        rules = import_module("authlib.oidc.core").CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": client},
            },
            params={
                "nonce": begun.nonce,
                "client_id": client,
                "access_token": answer.get("access_token"),
            },
        )
        rules.validate(now=int(at.timestamp()), leeway=_LEEWAY)
        return _vouched(self.issuer, token.claims)

    def _client(self) -> _Client:
        make = cast(
            "Callable[..., _Client]",
            import_module("authlib.integrations.httpx_client").OAuth2Client,
        )
        return make(
            client_id=self._settings.oidc_client,
            client_secret=self._settings.oidc_secret,
            scope=SCOPE,
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            transport=self._transport(),
            timeout=TIMEOUT,
            trust_env=False,
        )

    def _transport(self) -> httpx2.BaseTransport:
        kept = httpx2.Limits(max_keepalive_connections=0)
        inner = httpx2.HTTPTransport(verify=self._verify, limits=kept, trust_env=False)
        return LimitedTransport(inner, self._total)

    def _address(self, name: str) -> str:
        """Return one of its addresses; what would send secrets in the clear is refused."""
        url = str(self._about.get(name, ""))
        _check_transport(url)
        return url

    def _fetch(self, url: str) -> dict[str, object]:
        _check_transport(url)
        with (
            httpx2.Client(transport=self._transport(), timeout=TIMEOUT, trust_env=False) as http,
            http.stream("GET", url) as answer,
        ):
            answer.raise_for_status()
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > _LARGEST:
                    raise ValueError(f"{url} answers with more than {_LARGEST:,} bytes")
        return _document(httpx2.Response(200, content=body).json(), url)


@contextmanager
def _told(settings: Settings) -> Generator[None]:
    """Turn what goes wrong with a provider into one sentence.

    Authlib's errors are under `AuthlibBaseError`, those of joserfc under `JoseError`; a document
    that lacks something raises `LookupError`, `TypeError` or `ValueError`.
    """
    authlib = cast("type[Exception]", import_module("authlib.common.errors").AuthlibBaseError)
    problems = (httpx2.HTTPError, JoseError, LookupError, TypeError, ValueError, authlib)
    try:
        yield
    except problems as error:
        raise SignInError(
            f"The sign-in at {settings.oidc_issuer} failed: {error}. Try again, or ask whoever "
            "runs this service."
        ) from error


def _vouched(issuer: str, claims: Mapping[str, object]) -> Vouched:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:  # noqa: PLR2004 - Core, section 2
        raise ValueError("the subject is none")
    return Vouched(
        issuer=issuer,
        subject=subject,
        mail=str(claims.get("email") or ""),
        # Some providers say it as text.
        verified=claims.get("email_verified") in {True, "true"},
        name=str(claims.get("name") or ""),
    )


def _document(value: object, url: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{url} answers with no JSON object")
    return cast("dict[str, object]", value)


def _check_transport(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError(f"{url!r} is no https address")


def _verify(settings: Settings) -> ssl.SSLContext:
    """Return what verifies the provider: the public roots, and the installation's own."""
    context = httpx2.create_ssl_context()
    if settings.trust is not None:
        context.load_verify_locations(settings.trust)
    return context
