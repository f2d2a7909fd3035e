"""The sections of the page Settings, and what each of them is made with.

A section is a row: its key in the address, what it is called, and who sees it. Its handlers are in
`settings_KEY.py`; all show one view, `keypin.web.views.settings.SettingsView`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from keypin.web.answer import answer
from keypin.web.identity import Action, Identity
from keypin.web.identity_frame import base_of, frame_of
from keypin.web.identity_page import Visit, go
from keypin.web.look import Look
from keypin.web.views.frame import Notice
from keypin.web.views.parts import Link, Tone
from keypin.web.views.settings import Section, SettingsView

Seen = Visit[Identity]

_REFUSED = 422


@dataclass(frozen=True, slots=True)
class Row:
    """A section: what it is called, and what somebody must be allowed who sees it."""

    title: str
    action: Action


SECTIONS: Mapping[str, Row] = MappingProxyType(
    {
        "account": Row("Your account", Action.READ),
        "organisation": Row("Organisation", Action.MANAGE_SETTINGS),
        "owners": Row("Owners", Action.WRITE_INVENTORY),
        "rules": Row("Alert rules", Action.WRITE_ALERTS),
        "dates": Row("Dates and feeds", Action.MANAGE_SETTINGS),
        "people": Row("People", Action.MANAGE_PEOPLE),
        "tokens": Row("Tokens", Action.MANAGE_TOKENS),
        "routes": Row("Alert routes", Action.MANAGE_ROUTES),
        "secrets": Row("Secrets", Action.MANAGE_ROUTES),
    }
)

# What was done, by the word in the address that a form comes back to: an address can be loaded
# anew without doing it again, and holds nothing that a stranger could put into the page.
DONE: Mapping[str, str] = MappingProxyType(
    {
        "name": "Your name is changed.",
        "password": "Your password is changed, and you are signed out everywhere else.",
        "second-off": "The second factor is off.",
        "linked": "Your account is linked: the provider lets you in, too.",
        "unlinked": "Your account is not linked any more, and you are signed out everywhere else.",
        "ended": "It is signed out.",
        "title": "The organisation has a new title.",
        "zone": "The time zone is changed.",
        "feeds": "The addresses are new; the old ones answer no more.",
        "role": "The role is changed; they sign in anew.",
        "removed": "They do not belong to the organisation any more.",
        "withdrawn": "The invitation is taken back.",
        "revoked": "The token opens nothing any more.",
        "owner-kept": "The owner is added.",
        "owner-changed": "The owner is changed.",
        "owner-gone": "The owner is removed.",
        "rule-kept": "The rule decides from now on; what is open is decided anew.",
        "rule-moved": "The rules are asked in another order; what is open is decided anew.",
        "rule-gone": "The rule is removed; what is open is decided anew.",
        "route-kept": "The route is told from now on.",
        "route-changed": "The route is changed.",
        "route-on": "The route is told again.",
        "route-off": "The route is told nothing until you turn it on again.",
        "route-gone": "The route is removed.",
        "secret-kept": "The secret is kept, and shown nowhere again.",
        "secret-changed": "The secret is another; routes get it when the keypin.toml is applied "
        "again.",
        "secret-gone": "The secret is removed.",
    }
)


def section_path(visit: Seen, key: str, rest: str = "") -> str:
    """Return the address of a section, or of what is done in it."""
    return f"{base_of(visit.identity.organisation_name)}/settings/{key}{rest}"


def show_section(
    look: Look,
    visit: Seen,
    key: str,
    *,
    refused: bool = False,
    notices: tuple[Notice, ...] = (),
    **content: Any,  # noqa: ANN401 - of the view
) -> Response:
    """Return the page with one section.

    Args:
        look: how pages look.
        visit: the request.
        key: of the section.
        refused: whether a form comes back with what was wrong in it.
        notices: said above it, besides what the address says was done.
        content: what `SettingsView` takes beside its sections and title.
    """
    sections = tuple(
        Section(link=Link(row.title, section_path(visit, name)), current=name == key)
        for name, row in SECTIONS.items()
        if visit.identity.may(row.action)
    )
    view = SettingsView(sections=sections, title=SECTIONS[key].title, **content)
    done = DONE.get(visit.request.query_params.get("done", ""))
    said = (Notice(Tone.GOOD, done),) if done and not refused else ()
    frame = frame_of(visit, "settings", notices=(*said, *notices), path=section_path(visit, key))
    return answer(look, frame, view, _REFUSED if refused else 200)


def done(visit: Seen, key: str, word: str) -> Response:
    """Return to a section, which then says what was done."""
    return go(visit.request, section_path(visit, key, f"?done={word}"))
