"""A browser, a page in it, and a server that shows the sample views; the service without one."""

import asyncio
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
import uvicorn
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from keypin.watch.core import Core
from keypin.watch.people import accounts, memberships, passwords, sessions, tokens
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer
from keypin.watch.work.inline import Inline
from keypin.web import csrf
from keypin.web.identity_routes import people_routes
from keypin.web.look import HEADERS, Look
from keypin.web.security import Security
from keypin.web.statics import Statics

HERE = Path(__file__).parent
CHROMIUM = Path("/usr/bin/chromium")


# A module's, not a session's: Playwright's synchronous interface keeps an event loop running in the
# thread of the tests, in which no test of another file could run its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install the package chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()


@dataclass
class Tab:
    """One tab of the browser, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console calls a warning or an error."""
        if message.type in {"warning", "error"}:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Tab]:
    """Open the one tab of a module."""
    context = browser.new_context(reduced_motion="reduce")
    tab = Tab(context.new_page())
    tab.page.set_default_timeout(10_000)
    tab.page.on("console", tab.note)
    tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    yield tab
    context.close()


@pytest.fixture
def tab(opened: Tab) -> Iterator[Tab]:
    """Lend the tab to a test, at which the browser must find nothing to complain of."""
    opened.complaints.clear()
    opened.page.set_viewport_size({"width": 1400, "height": 900})
    yield opened
    assert opened.complaints == []


def beside(name: str, path: Path, folders: list[str] | None = None) -> ModuleType:
    """Import what stands beside this file: tests are no package."""
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """Return the sample views, a package beside this file."""
    folder = HERE / "samples"
    return beside("samples_of_pages", folder / "__init__.py", [str(folder)])


@pytest.fixture(scope="session")
def crossing() -> ModuleType:
    """Return what tries to cross from one organisation to another, on every route."""
    return beside("crossing_organisations", HERE / "crossing.py")


@pytest.fixture(scope="session")
def forms() -> ModuleType:
    """Return every form of the pages, as somebody would send it."""
    return beside("forms_of_pages", HERE / "forms.py")


@pytest.fixture(scope="session")
def statics() -> Statics:
    """Return the files that pages load."""
    return Statics()


@pytest.fixture(scope="session")
def look(statics: Statics) -> Look:
    """Return the templates."""
    return Look(statics)


@pytest.fixture(scope="session")
def shown(look: Look, statics: Statics, samples: ModuleType) -> Iterator[str]:
    """Serve every sample view under its name; return the address of the server."""

    async def show(request: Request) -> Response:
        view, frame = samples.PAGES[request.path_params["name"]]
        return HTMLResponse(look.render(frame, view), headers=HEADERS)

    async def table(request: Request) -> Response:
        if request.query_params.get("q") == "signed out":
            return RedirectResponse("/show/sign-in", 303)
        if request.query_params.get("q") == "broken":
            return HTMLResponse("It is broken.", 500)
        view = samples.endpoints_asked(**request.query_params)
        return HTMLResponse(look.render(samples.frame("endpoints"), view), headers=HEADERS)

    async def stream(_: Request) -> Response:
        return StreamingResponse(samples.events(look), media_type="text/event-stream")

    async def sent(request: Request) -> Response:
        form = await request.form()
        return HTMLResponse(
            look.render(samples.frame("audit"), samples.sent(form)), headers=HEADERS
        )

    routes = [
        Route("/show/{name}", show),
        Route("/stream", stream),
        Route("/o/shop/endpoints", table),
        Route("/{anything:path}", sent, methods=["POST"]),
        statics.route(),
    ]
    yield from serve(Starlette(routes=routes))


def serve(app: ASGIApp, http: type[asyncio.Protocol] | str = "auto") -> Iterator[str]:
    """Serve an application on the loopback, and give its address."""
    configuration = uvicorn.Config(app, http=http, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(configuration)
    sockets = [server.config.bind_socket()]
    sockets[0].listen()  # whoever comes before the server is up waits, and is not refused
    thread = threading.Thread(target=server.run, args=(sockets,), daemon=True)
    thread.start()
    port = sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
    sockets[0].close()


@pytest.fixture(scope="session")
def serving() -> Callable[..., Iterator[str]]:
    """Return `serve`."""
    return serve


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
ADDRESS = "https://watch.example"


@dataclass
class Visitor:
    """A browser at the service, without a screen: it keeps cookies and sends forms."""

    client: TestClient

    @property
    def cookie(self) -> str:
        """The token of its cookie."""
        return self.client.cookies.get("__Host-keypin", "")

    def get(self, path: str, **options: Any) -> httpx2.Response:
        """Open a page."""
        return self.client.get(path, follow_redirects=False, **options)

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form of a page."""
        form = {"csrf": csrf.token(self.cookie), **fields}
        headers = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
        return self.client.post(path, data=form, headers=headers, follow_redirects=False)


@dataclass
class Site:
    """The service with the pages that a test gives it, on SQLite, with a clock that tests move."""

    database: Database
    look: Look
    settings: Settings = field(default_factory=lambda: Settings(public_url=ADDRESS))
    at: datetime = NOON
    sealer: Sealer = field(default_factory=lambda: Sealer([Fernet.generate_key().decode()]))
    routes: list[BaseRoute] = field(default_factory=list[BaseRoute])

    @property
    def core(self) -> Core:
        """The installation."""
        return Core(
            settings=self.settings,
            database=self.database,
            sealer=self.sealer,
            work=Inline(),
            clock=lambda: self.at,
        )

    def later(self, **units: float) -> None:
        """Move the clock."""
        self.at += timedelta(**units)

    def visitor(self, token: str = "", *, source: str = "192.0.2.7") -> Visitor:
        """Return a new browser, perhaps with the cookie of a session."""
        app = Security(Starlette(routes=self.routes), self.core)
        client = TestClient(app, base_url=ADDRESS, client=(source, 50000))
        if token:
            client.cookies.set("__Host-keypin", token, domain="watch.example", path="/")
        return Visitor(client)

    def account(self, name: str, role: Role, organisation: int = 1, **options: Any) -> int:
        """Make an account of `name@example.com` that belongs to an organisation."""
        with self.database.begin(organisation) as scope:
            mail = f"{name.lower()}@example.com"
            number = accounts.create(scope.connection, mail, name, self.at, **options)
            memberships.add(scope, number, role, SERVICE, self.at)
        return number

    def signed_in(self, name: str, role: Role = Role.OWNER, organisation: int = 1) -> Visitor:
        """Return the browser of somebody who is signed in."""
        number = self.account(name, role, organisation)
        with self.database.begin_across() as connection:
            return self.visitor(sessions.create(connection, number, self.at))

    def token(self, *scopes: str, organisation: int = 1) -> str:
        """Make a token of the API."""
        with self.database.begin(organisation) as scope:
            return tokens.create(scope, "pipeline", scopes, SERVICE, self.at)


@pytest.fixture
def site(database: Database, look: Look) -> Site:
    """Return the service, with the pages of people and nothing more."""
    return Site(database, look, routes=[*people_routes(look)])


@pytest.fixture(scope="session")
def openid_provider() -> ModuleType:
    """Return what a provider is made of."""
    return beside("openid_provider", HERE / "openid_provider.py")


@pytest.fixture(scope="module")
def openid_served(openid_provider: ModuleType) -> Iterator[tuple[str, list[Any]]]:
    """Serve a provider, whichever a test puts there."""
    current = [openid_provider.Provider()]
    for address in serve(openid_provider.application(current)):
        yield address, current


@pytest.fixture
def provider(openid_served: tuple[str, list[Any]], openid_provider: ModuleType, site: Site) -> Any:
    """Return a truthful provider, which the service is set up for."""
    address, current = openid_served
    current[0] = openid_provider.Provider(issuer=address, now=int(site.at.timestamp()))
    site.settings = current[0].settings(public_url=ADDRESS)
    return current[0]


@pytest.fixture
def served(site: Site, statics: Statics) -> Iterator[str]:
    """Serve the service to a browser, over http as on one's own machine; return its address."""
    site.settings = replace(site.settings, public_url="")

    async def overview(_: Request) -> Response:
        return HTMLResponse('<link rel="icon" href="data:,"><title>Overview</title>')

    site.routes += [statics.route(), Route("/o/{organisation}/", overview)]
    yield from serve(Security(Starlette(routes=site.routes), site.core))


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let passwords cost nothing; tests/watch/people/test_passwords.py holds what they do cost."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    passwords._nobody.cache_clear()
