"""`keypin.toml` on the page Inventory: read, compared with what stands, and shown as a plan."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from keypin.errors import InputError
from keypin.inventory import Action as Does
from keypin.inventory import Change as Wanted
from keypin.inventory import Inventory as Written
from keypin.inventory import Kept, Reference, RouteEntry, diff, dumps, loads
from keypin.watch.alerting.as_code import standing_routes, standing_rules
from keypin.watch.inventory import releases
from keypin.watch.inventory.standing import shares_of, standing
from keypin.watch.people import named_secrets
from keypin.watch.store import Scope
from keypin.web.pages.desk import Somebody
from keypin.web.pages.links import Links
from keypin.web.views.form import Field, Form
from keypin.web.views.inventory import Change, Plan

# A keypin.toml that the page carries from the plan to its application.
_CARRIED = 500_000

_SIGNS = {Does.ADD: "+", Does.REMOVE: "-", Does.CHANGE: "~"}


def upload_form(visit: Somebody, links: Links, error: str) -> Form:
    """Return the form that takes a file, or its text."""
    return Form(
        key="upload",
        action=links.to("/inventory/plan"),
        title="Apply a keypin.toml",
        intro="First you see what would change. Nothing is changed by looking.",
        submit="Show what would change",
        error=error,
        fields=(
            Field(name="file", label="File", kind="file"),
            Field(name="toml", label="Or its text", kind="area", value=visit.text("toml")),
        ),
    )


def text_of(data: bytes) -> str:
    """Return a file as text.

    Raises:
        InputError: it is none, or too large to be carried by a page.
    """
    if len(data) > _CARRIED:
        raise InputError(
            f"a keypin.toml of {len(data):,} bytes",
            expected=f"{_CARRIED:,} at most",
            next_step="apply it with keypin inventory apply",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("a keypin.toml that is not UTF-8", expected="text in UTF-8") from error


def wanted_of(visit: Somebody, text: str) -> Written:
    """Read the file.

    Raises:
        InputError: it is none, of another organisation, or its pins stand in other files.
    """
    wanted = loads(text, name="keypin.toml")
    if wanted.organisation != visit.identity.organisation_name:
        raise InputError(
            f"the keypin.toml of {wanted.organisation}",
            expected=f"that of {visit.identity.organisation_name}",
        )
    for application in wanted.applications:
        for release in application.releases:
            if release.pin_set is None:
                raise InputError(
                    f"the pins of {application.name} {release.version} stand in another file",
                    expected="policies in keypin.toml itself",
                    next_step="use keypin inventory plan, which reads the other files too",
                )
    return wanted


def stands(scope: Scope, visit: Somebody, wanted: Written | None) -> Written:
    """Return the inventory that stands, as a file would say it."""
    return standing(
        scope,
        wanted,
        routes=standing_routes(scope, visit.core.sealer),
        rules=standing_rules(scope),
    )


def changes_of(scope: Scope, visit: Somebody, wanted: Written) -> tuple[Wanted, ...]:
    """Return what applying a file would do."""
    shares = shares_of(releases.listed(scope))
    return diff(stands(scope, visit, wanted), wanted, shares=shares)


def digest_of(wanted: Written, changed: Sequence[Wanted]) -> str:
    """Return what tells a plan from all others."""
    whole = json.dumps([dumps(wanted), [one.document() for one in changed]], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def check(wanted: Written, changed: Sequence[Wanted], digest: str) -> None:
    """Check that what is applied is what somebody looked at.

    Raises:
        InputError: it is another.
    """
    if digest_of(wanted, changed) != digest:
        raise InputError(
            "the inventory is another than when the file was looked at",
            next_step="look at what would change now, and apply that",
        )


def plan_of(visit: Somebody, text: str, wanted: Written, changed: Sequence[Wanted]) -> Plan:
    """Return what a file would change, with the form that does it."""
    return Plan(
        changes=tuple(_shown(one) for one in changed),
        apply=Form(
            key="apply",
            action=Links.of(visit).to("/inventory/apply"),
            submit="Apply it",
            danger=any(one.danger for one in changed),
            hidden=(("toml", text), ("digest", digest_of(wanted, changed))),
            fields=(),
        ),
    )


def _shown(one: Wanted) -> Change:
    fields = (
        f"{field.name}: {field.before or 'nothing'} → {field.after or 'nothing'}"
        for field in one.fields
    )
    told = "; ".join((*([one.danger] if one.danger else []), *fields))
    return Change(sign=_SIGNS[one.action], what=f"{one.kind.value} {one.subject}", detail=told)


def address_of(scope: Scope, visit: Somebody, one: Reference) -> str:
    """Return the address of a route that the file names by where it is kept.

    Raises:
        InputError: it is not kept here.
    """
    secret = None
    if one.kept is Kept.SECRET:
        secret = named_secrets.reveal(scope, visit.core.sealer, one.name)
    if secret is None:
        raise InputError(
            f"the address {one} of a route is not known here",
            expected="a secret of the organisation",
            next_step="apply the file with keypin inventory apply, which has the variables",
        )
    return secret.decode()


def without_secrets(written: Written) -> Written:
    """Return an inventory whose routes say where their addresses are kept, and never which."""
    return replace(written, routes=tuple(replace(one, url=_hidden(one)) for one in written.routes))


def _hidden(one: RouteEntry) -> Reference:
    return Reference(Kept.SECRET, one.name) if one.url.kept is Kept.INLINE else one.url
