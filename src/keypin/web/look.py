"""How pages look: the templates, their filters, and the headers that keep a page to itself.

A page is a frame (who looks, at which organisation) and a view (what the page shows), both frozen
and both without storage; `Look.render` makes HTML of them. The handler of a page fills the view and
sends the text with `HEADERS`, and need know nothing more.
"""

from typing import ClassVar, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined

from keypin.web import drawing
from keypin.web.atlas import atlas
from keypin.web.statics import Statics
from keypin.web.views.frame import NAVIGATION, Frame
from keypin.web.views.parts import TONES, VERDICTS
from keypin.web.words import FILTERS

# Content Security Policy level 3: a page runs and shows only what this service serves.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
CSP = "; ".join(f"{directive} {sources}" for directive, sources in POLICY.items())

# For every page; those that a browser remembers (HSTS) are up to whoever terminates the TLS.
HEADERS = {
    "content-security-policy": CSP,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


class View(Protocol):
    """What a page shows: a frozen dataclass that names its template."""

    template: ClassVar[str]


class Look:
    """The templates, ready to make pages.

    Args:
        statics: the files that pages load.
    """

    def __init__(self, statics: Statics) -> None:
        # Autoescape is for every template, whatever its name: what pages show came from servers,
        # logs and phones. An undefined variable is an error, never an empty string.
        self._environment = Environment(
            loader=PackageLoader("keypin.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        self._globals: dict[str, object] = {
            "static": statics.url,
            "draw": drawing.draw,
            "atlas": atlas,
            "navigation": NAVIGATION,
            "tones": TONES,
            "verdicts": VERDICTS,
        }

    def warm(self) -> None:
        """Compile all templates."""
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name, globals=self._globals)

    def render(self, frame: Frame, view: View) -> str:
        """Return a view as HTML: a page, or the part of one that a server-sent event carries."""
        template = self._environment.get_template(view.template, globals=self._globals)
        return template.render(frame=frame, view=view)
