"""The section of the page CT that says who may issue, and the form that changes it."""

from collections.abc import Iterator

from keypin.inventory import CtWatch
from keypin.watch.inventory import ct_watch
from keypin.watch.store import Scope
from keypin.web.pages.audited import audited
from keypin.web.pages.desk import Somebody
from keypin.web.pages.faults import Faults, shown
from keypin.web.pages.issuers import issuers_field, issuers_of
from keypin.web.pages.links import Links
from keypin.web.views.form import Field, Form


def change(scope: Scope, visit: Somebody) -> None:
    """Expect what a form says.

    Raises:
        InputError: no CA could be called so.
    """
    watch = CtWatch(
        expected_issuers=issuers_of(visit),
        caa=bool(visit.text("caa")),
        look_alikes=bool(visit.text("look_alikes")),
    )
    audited(scope, visit, ct_watch.change(scope, watch, at=visit.at))


def said(watch: CtWatch) -> Iterator[str]:
    """Yield what is expected, a sentence each."""
    named = ", ".join(watch.expected_issuers)
    yield f"Expected to issue: {named}." if named else "Nobody is named who may issue: pins tell."
    yield f"CAA is {'asked' if watch.caa else 'not asked'}."
    yield f"Names that look like yours are {'watched' if watch.look_alikes else 'not watched'}."


def form(visit: Somebody, watch: CtWatch, wrong: Faults) -> Form:
    """Return the form, as it was sent if something is wrong in it."""
    sent = bool(wrong)
    ticks = {
        "caa": ("Ask the DNS whether CAA allows each issuer", watch.caa),
        "look_alikes": ("Watch names that look like yours", watch.look_alikes),
    }
    return shown(
        Form(
            key="ct-watch",
            action=Links.of(visit).to("/ct/watch"),
            title="Say who may issue",
            intro="Of all names; an application may name others for the hosts that it pins, and "
            "an endpoint for its host.",
            submit="Keep it",
            fields=(
                issuers_field(visit, watch.expected_issuers, sent=sent, nobody="pins tell alone"),
                *(
                    Field(
                        name=name,
                        label=label,
                        kind="tick",
                        value="on" if (visit.text(name) if sent else now) else "",
                    )
                    for name, (label, now) in ticks.items()
                ),
            ),
        ),
        wrong,
    )
