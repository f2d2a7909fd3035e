"""Take the pictures of the pages that the documentation shows, into docs/reference/pages.

    python scripts/pictures.py

They show the sample views of the tests, so that no picture needs a running watch, and each can be
taken again after a change of the look. WebP, because a picture is then a third of a PNG.
"""

import base64
import importlib.util
import sys
import threading
from pathlib import Path
from types import ModuleType

import uvicorn
from playwright.sync_api import Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from keypin.web.look import HEADERS, Look
from keypin.web.statics import Statics

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "reference" / "pages"
CHROMIUM = "/usr/bin/chromium"

# Each picture: the sample, and the height at which it is cut.
SHOWN = {
    "overview": 900,
    "check-result": 1100,
    "endpoints": 460,
    "endpoint": 1100,
    "matrix": 600,
    "ct": 900,
    "issued": 800,
    "reports": 1540,
    "report-group": 900,
    "alerts": 520,
    "alert": 900,
    "silences": 860,
    "inventory": 640,
    "release": 700,
    "settings": 760,
    "audit": 420,
    "sign-in": 560,
}
IN_BOTH_THEMES = {"overview", "endpoint", "matrix"}


def samples() -> ModuleType:
    """Load the sample views of the tests."""
    folder = ROOT / "tests" / "web" / "samples"
    spec = importlib.util.spec_from_file_location(
        "samples_of_pages", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        sys.exit(f"There are no sample views in {folder}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def serve(shown: ModuleType) -> str:
    """Serve the sample views; return the address of the server."""
    statics = Statics()
    look = Look(statics)

    async def show(request: Request) -> Response:
        view, frame = shown.PAGES[request.path_params["name"]]
        return HTMLResponse(look.render(frame, view), headers=HEADERS)

    app = Starlette(routes=[Route("/{name}", show), statics.route()])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    sockets = [server.config.bind_socket()]
    threading.Thread(target=server.run, args=(sockets,), daemon=True).start()
    return f"http://127.0.0.1:{sockets[0].getsockname()[1]}"


def take(page: Page, name: str, height: int, theme: str) -> None:
    """Take one picture in one theme."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 1280, "height": height})
    page.wait_for_load_state("networkidle")
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": 82})
    session.detach()
    (PICTURES / f"{name}-{theme}.webp").write_bytes(base64.b64decode(taken["data"]))


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    address = serve(samples())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(reduced_motion="reduce").new_page()
        for name, height in SHOWN.items():
            page.goto(f"{address}/{name}")
            for theme in ("light", "dark") if name in IN_BOTH_THEMES else ("light",):
                take(page, name, height, theme)
        browser.close()
    print(f"{len(SHOWN) + len(IN_BOTH_THEMES)} pictures in {PICTURES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
