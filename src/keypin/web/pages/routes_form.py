"""The form of a route: what stands in it, and the route that it describes.

Its fields are the keys of a route's table in `keypin.toml`, so that errors find theirs: those of
`hours` begin with `hours-`. What is left empty is as usual.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import time

from keypin.alerts import Delivery, Hours, Route
from keypin.alerts.signal import kebab
from keypin.alerts.toml import route_of
from keypin.errors import InputError, Place
from keypin.findings import Severity
from keypin.web.pages.matches import listed
from keypin.web.views.form import Field, Form, Option

Texts = Mapping[str, str]
"""What stands in the fields, by their names; an address never does."""

_HOURS = ("days", "from", "to", "zone", "urgent")

NAMES = ("name", "severity", "owners", "tags", "delivery", *(f"hours-{one}" for one in _HOURS))
"""Of all fields but the address."""

_URGENT = (
    Option(Severity.ERROR.value, "errors"),
    Option(Severity.WARNING.value, "warnings and errors"),
    Option(Severity.NOTE.value, "everything"),
    Option("none", "nothing"),
)
_DELIVERIES = (
    Option(Delivery.AT_ONCE.value, "at once"),
    Option(Delivery.DIGEST.value, "in a digest"),
)


def route(texts: Texts) -> Route:
    """Return the route that a form describes.

    Raises:
        InputError: it is none; the error's place is the key in the route's table.
    """
    try:
        kebab(texts["name"], "name of a route")
    except InputError as error:
        raise error.at(Place(key="name")) from error
    lists = {one: listed(texts[one]) for one in ("owners", "tags")}
    words = {one: texts[one] for one in ("severity", "delivery")}
    said = {**words, **lists, "hours": _hours(texts)}
    return route_of({"name": texts["name"], **_kept(said)})


def texts_of(one: Route, zone: str) -> Texts:
    """Return what stands in the form of a route.

    Args:
        one: the route.
        zone: of its organisation, for the hours that it may be given.
    """
    hours, match = one.hours, one.match
    return {
        "name": one.name,
        "severity": match.severity.value,
        "owners": ", ".join(match.owners),
        "tags": ", ".join(match.tags),
        "delivery": one.delivery.value,
        "hours-days": ", ".join(hours.days) if hours else "",
        "hours-from": _clock(hours.begin) if hours else "",
        "hours-to": _clock(hours.end) if hours else "",
        "hours-zone": hours.zone if hours else zone,
        "hours-urgent": one.urgent.value if one.urgent else "none",
    }


def usual(zone: str) -> Texts:
    """Return what stands in the form of a route that is to be added."""
    return {**texts_of(Route(name="new"), zone), "name": ""}


def told(hours: Hours) -> str:
    """Return hours in a few words: `mon, tue 08:00 to 18:00 Europe/Berlin`."""
    return f"{', '.join(hours.days)} {_clock(hours.begin)} to {_clock(hours.end)} {hours.zone}"


def form(texts: Texts, action: str, owners: Sequence[str], *, added: bool) -> Form:
    """Return the form of a route.

    Args:
        texts: what stands in it.
        action: where it goes.
        owners: the names of all that there are.
        added: whether the route is to be added; the name of one that is there stays, and so does
            its address unless another is typed.
    """
    name = Field(
        name="name",
        label="Name",
        value=texts["name"],
        hint="small letters and hyphens, as on-call",
        required=True,
    )
    written = "as Apprise writes it: mailto://…, slack://…; a webhook is https://…#KEY"
    address = Field(
        name="address",
        label="Address" if added else "Another address",
        hint=written if added else f"the one that it has stays unless another is typed, {written}",
        required=added,
    )
    return Form(
        key="route",
        action=action,
        title="Tell somebody" if added else f"Change {texts['name']}",
        intro="All conditions must hold; several values of one stand with commas between.",
        submit="Keep the route" if added else "Save",
        hidden=() if added else (("name", texts["name"]),),
        fields=(
            *((name,) if added else ()),
            address,
            *_conditions(texts, owners),
            *_when(texts),
        ),
    )


def _conditions(texts: Texts, owners: Sequence[str]) -> Iterable[Field]:
    grades = tuple(Option(one.value, f"{one.value} or worse") for one in Severity)
    yield _choice("severity", "Which alerts", texts, grades)
    known = f"of {', '.join(owners[:10])}; " if owners else ""
    yield Field(
        name="owners",
        label="Whose alerts",
        value=texts["owners"],
        hint=f"{known}everybody's where it is empty",
    )
    yield Field(name="tags", label="With all of these tags", value=texts["tags"])


def _when(texts: Texts) -> Iterable[Field]:
    yield _choice("delivery", "When", texts, _DELIVERIES)
    for name, label, kind, hint in (
        (
            "hours-days",
            "On these days",
            "text",
            "as mon, tue; told always where From and To are empty too",
        ),
        ("hours-from", "From", "time", "08:00 unless said"),
        ("hours-to", "To", "time", "18:00 unless said"),
        ("hours-zone", "In the time zone", "text", "as Europe/Berlin"),
    ):
        yield Field(name=name, label=label, kind=kind, value=texts[name], hint=hint)
    yield _choice("hours-urgent", "Outside these hours, at once", texts, _URGENT)


def _choice(name: str, label: str, texts: Texts, options: tuple[Option, ...]) -> Field:
    return Field(
        name=name, label=label, kind="choice", value=texts[name], options=options, required=True
    )


def _hours(texts: Texts) -> dict[str, object]:
    """Return the table of the hours; empty where it is told always."""
    days = [one.lower() for one in listed(texts["hours-days"])]
    said = _kept({"days": days, "from": texts["hours-from"], "to": texts["hours-to"]})
    if not said:
        return {}
    return {**said, **_kept({one: texts[f"hours-{one}"] for one in ("zone", "urgent")})}


def _clock(at: time) -> str:
    return at.isoformat("seconds" if at.second else "minutes")


def _kept(values: Mapping[str, object]) -> dict[str, object]:
    """Return what says something."""
    return {name: value for name, value in values.items() if value}
