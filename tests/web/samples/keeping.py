"""Sample views of the pages Inventory, Application and Release."""

from datetime import timedelta

from samples_of_pages.common import (
    BAD,
    FINDINGS,
    GOOD,
    NOW,
    QUIET,
    SAID,
    SHOP31,
    SHOP32,
    ago,
    pin_of,
    text,
)

from keypin.web.views import (
    inventory,
)
from keypin.web.views.form import Field, Form
from keypin.web.views.parts import (
    Action,
    Link,
    State,
)
from keypin.web.views.verdicts import verdicts


def inventory_page() -> inventory.InventoryView:
    """Return two applications, and a file that would change them."""
    return inventory.InventoryView(
        applications=inventory.APPLICATIONS.of(
            (
                inventory.ApplicationRow(
                    application=Link("Shop", "/o/shop/inventory/applications/1"),
                    platforms=("Android", "iOS"),
                    owner="mobile",
                    releases=4,
                    hosts=3,
                    newest="3.2",
                    state=State(BAD, "1 release is refused"),
                ),
                inventory.ApplicationRow(
                    application=Link("Kiosk", "/k"),
                    platforms=("Linux",),
                    owner="",
                    releases=0,
                    hosts=0,
                    newest="",
                    state=State(QUIET, "no release"),
                ),
            )
        ),
        add=Form(
            key="add",
            action="/a",
            title="Add an application",
            submit="Add it",
            fields=(text("name", "Name"), Field(name="owner", label="Owner")),
        ),
        upload=Form(
            key="upload",
            action="/u",
            title="Apply a keypin.toml",
            submit="Compare",
            fields=(
                text(
                    "file",
                    "keypin.toml",
                    kind="file",
                    hint="Nothing changes before you have seen what would.",
                ),
            ),
        ),
        plan=inventory.Plan(
            changes=(
                inventory.Change(
                    sign="+", what="endpoint pay.shop.example:443", detail="owner payments"
                ),
                inventory.Change(sign="~", what="application Shop", detail="owner mobile → apps"),
                inventory.Change(
                    sign="-",
                    what="endpoint old.shop.example:443",
                    detail="its observations are kept 90 days",
                ),
            ),
            missing=(),
            apply=Form(
                key="apply",
                action="/p",
                submit="Apply these changes",
                fields=(),
                hidden=(("plan", "7"),),
            ),
        ),
        export="/o/shop/inventory.toml",
    )


RELEASE = inventory.ReleaseRow(
    release=Link("3.2", SHOP32.href),
    platform="Android",
    share=0.41,
    pushed=ago(days=33),
    policies=2,
    pins=5,
    state=State(GOOD, "accepts all"),
)


def application_page() -> inventory.ApplicationView:
    """Return an application with two releases."""
    old = inventory.ReleaseRow(
        release=Link("3.1", SHOP31.href),
        platform="Android",
        share=0.004,
        pushed=ago(days=200),
        policies=2,
        pins=4,
        state=State(BAD, "refuses 1"),
    )
    return inventory.ApplicationView(
        name="Shop",
        owner="mobile",
        tags=("payments",),
        collector="https://watch.shop.example/r/k7Qm2a",
        releases=inventory.RELEASES.of((RELEASE, old)),
        push=Form(
            key="push",
            action="/p",
            title="Add a release",
            submit="Add it",
            fields=(text("name", "Release"), text("file", "pins.toml, APK or IPA", kind="file")),
        ),
        command="keypin release push --watch https://watch.shop.example --app Shop 3.3 pins.toml",
        edit=Form(
            key="edit",
            action="/e",
            title="Name, owner, tags",
            submit="Save",
            fields=(text("name", "Name", value="Shop"),),
        ),
        actions=(
            Action(
                "Remove", "/d", "trash", danger=True, confirm="Remove Shop with its 4 releases?"
            ),
        ),
    )


def release_page() -> inventory.ReleaseView:
    """Return a release with two policies."""
    pins = (
        inventory.PinRow(
            pin_of("Example Issuing CA E7"),
            "active",
            "intermediate",
            "Example Issuing CA E7, served by 2 endpoints",
        ),
        inventory.PinRow(pin_of("offline"), "backup", "leaf", "nothing that was ever seen"),
    )
    return inventory.ReleaseView(
        application=Link("Shop", "/o/shop/inventory/applications/1"),
        row=RELEASE,
        source="pins.toml",
        by="token ci-mobile",
        policies=(
            inventory.PolicyShown(
                host="*.shop.example",
                mode="enforce",
                expires=NOW + timedelta(days=200),
                on_expiry="report",
                pins=pins,
            ),
            inventory.PolicyShown(
                host="pay.example", mode="report", expires=None, on_expiry="", pins=pins[:1]
            ),
        ),
        findings=FINDINGS[1:],
        verdicts=verdicts(SAID, "What it says of what is served now", "Endpoint"),
        downloads=(Link("pins.toml", "/d"),),
        share=Form(
            key="share",
            action="/s",
            title="Set its share of users",
            submit="Save",
            fields=(text("share", "Percent", kind="number", value="41"),),
        ),
        actions=(Action("Retire", "/r", "clock"),),
    )
