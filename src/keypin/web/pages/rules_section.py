"""Settings, "Alert rules": what becomes of what is found, asked in order."""

from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.alerts import DEFAULTS, Rule
from keypin.alerts.duration import spelled
from keypin.errors import InputError
from keypin.watch.alerting import rules
from keypin.watch.alerting.rehearsal import Rehearsed, rehearse
from keypin.watch.inventory import TakenError, UnknownError
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.web.pages import rules_form as forms
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import Desk, Somebody, changes, missing, shows
from keypin.web.pages.faults import NONE, Faults, faults, shown
from keypin.web.pages.links import Links
from keypin.web.pages.matches import about
from keypin.web.pages.rules_form import Texts
from keypin.web.settings_sections import done, section_path, show_section
from keypin.web.views.parts import Action, Link
from keypin.web.views.settings import RULES, Rehearsal, RuleShown
from keypin.web.words import plural

_KEY = "rules"

_INTRO = (
    "What becomes of what is found. The first rule that matches decides, alone. Yours are asked in "
    "this order, then those that ship with keypin, of which the last matches everything."
)
_MISSING = "There is no such rule."

# Alerts of a rehearsal that are named.
_NAMED = 10


class RulesSection:
    """The section of alert rules.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path, may = "/settings/rules", May.WRITE_ALERTS
        return [
            shows(path, self.show, may),
            changes(f"{path}/try", self.rehearse, may),
            changes(f"{path}/keep", self.keep, may),
            changes(f"{path}/up", self.up, may),
            changes(f"{path}/remove", self.remove, may),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show the section, and the form of the rule that the address names."""
        name = visit.request.query_params.get("rule", "")
        if not name:
            return self._page(visit, forms.usual(), added=True)
        with visit.read() as scope:
            texts = forms.texts_of(_found(scope, name))
        return self._page(visit, texts, added=False)

    def rehearse(self, visit: Somebody) -> Response:
        """Say what a rule would have decided; nothing is kept."""
        texts, added = _sent(visit)
        try:
            rule = forms.rule(texts)
            with visit.read() as scope:
                rules.check(scope, rule, new=added)
                found = rehearse(scope, rule)
        except InputError as error:
            return self._page(visit, texts, added=added, wrong=_faults(error))
        keep = forms.kept(texts, section_path(visit, _KEY, "/keep"), added=added)
        return self._page(
            visit,
            texts,
            added=added,
            rehearsal=Rehearsal(said=_said(rule, found), some=_some(visit, found), keep=keep),
        )

    def keep(self, visit: Somebody) -> Response:
        """Keep a rule: behind the others where it is new, at its place otherwise."""
        texts, added = _sent(visit)
        try:
            rule = forms.rule(texts)
            with visit.begin() as scope:
                kept = rules.add if added else rules.change
                audited(scope, visit, kept(scope, rule, at=visit.at))
        except InputError as error:
            return self._page(visit, texts, added=added, wrong=_faults(error))
        return done(visit, _KEY, "rule-kept")

    def up(self, visit: Somebody) -> Response:
        """Have a rule asked before the one that is asked before it."""
        with visit.begin() as scope:
            name = _found(scope, visit.text("name")).name
            names = [one.name for one in rules.listed(scope)]
            place = names.index(name)
            names.insert(max(place - 1, 0), names.pop(place))
            audited(scope, visit, rules.order(scope, names, at=visit.at))
        return done(visit, _KEY, "rule-moved")

    def remove(self, visit: Somebody) -> Response:
        """Remove a rule."""
        with visit.begin() as scope:
            name = _found(scope, visit.text("name")).name
            audited(scope, visit, rules.remove(scope, name, at=visit.at))
        return done(visit, _KEY, "rule-gone")

    def _page(
        self,
        visit: Somebody,
        texts: Texts,
        *,
        added: bool,
        wrong: Faults = NONE,
        rehearsal: Rehearsal | None = None,
    ) -> Response:
        with visit.read() as scope:
            own = rules.listed(scope)
        made = forms.form(texts, section_path(visit, _KEY, "/try"), added=added)
        return show_section(
            self._desk.look,
            visit,
            _KEY,
            refused=bool(wrong),
            intro=_INTRO,
            facts=(("Asked after yours", ", ".join(one.name for one in DEFAULTS)),),
            rules=RULES.of(_shown(visit, one, place) for place, one in enumerate(own, 1)),
            rehearsal=rehearsal,
            forms=(shown(made, wrong),),
        )


def _sent(visit: Somebody) -> tuple[Texts, bool]:
    """Return what stood in the form that was sent, and whether its rule is new."""
    return {name: visit.text(name) for name in forms.NAMES}, visit.text("new") == "yes"


def _found(scope: Scope, name: str) -> Rule:
    """Return a rule.

    Raises:
        HTTPException: 404, there is none of this name.
    """
    try:
        return rules.find(scope, name)
    except UnknownError as error:
        raise missing(_MISSING) from error


def _faults(error: InputError) -> Faults:
    if isinstance(error, UnknownError):  # somebody removed it meanwhile
        raise missing(_MISSING) from error
    return {"name": str(error)} if isinstance(error, TakenError) else faults(error)


def _said(rule: Rule, found: Rehearsed) -> str:
    if not found.looked_at:
        return "There is no alert yet to try it on."
    said = f"Of the newest {plural(found.looked_at, 'alert')} it would have decided"
    said = f"{said} {len(found.decided):,}" if found.decided else f"{said} none"
    others = found.matched - len(found.decided)
    more = f", and matches {others:,} more that an earlier rule decides" if others else ""
    lost = " Nobody would have heard of these." if rule.ignore and found.decided else ""
    return f"{said}{more}.{lost}"


def _some(visit: Somebody, found: Rehearsed) -> tuple[Link, ...]:
    links = Links.of(visit)
    return tuple(
        Link(one.alert.signal.title, links.to(f"/alerts/{one.id}"))
        for one in found.decided[:_NAMED]
    )


def _shown(visit: Somebody, one: Rule, place: int) -> RuleShown:
    path, name = section_path(visit, _KEY), (("name", one.name),)
    up = Action("Up", f"{path}/up", fields=name)
    gone = Action(
        "Remove", f"{path}/remove", danger=True, confirm=f"Remove {one.name}?", fields=name
    )
    return RuleShown(
        place=place,
        name=Link(one.name, f"{path}?{urlencode({'rule': one.name})}"),
        about=about(one.match),
        does=_does(one),
        actions=((up,) if place > 1 else ()) + (gone,),
    )


def _does(one: Rule) -> tuple[str, ...]:
    if one.ignore:
        return ("ignored",)
    told = ", ".join(rules.routes_of(one))
    said = (
        f"counts as {one.severity.value}" if one.severity else "",
        f"tells {told}" if told else "tells all routes that want it",
        f"waits {spelled(one.wait)}" if one.wait else "",
        f"again every {spelled(one.repeat)}" if one.repeat else "once",
    )
    return tuple(filter(None, said))
