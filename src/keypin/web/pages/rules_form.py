"""The form of an alert rule: what stands in it, and the rule that it describes.

Its fields are the keys of a rule's table in `keypin.toml`, so that errors find theirs: those of
`when` begin with `when-`. What is left empty is as usual.
"""

from collections.abc import Iterable, Mapping, Sequence

from keypin.alerts import Rule
from keypin.alerts.duration import spelled
from keypin.alerts.rule import GROUP_FIELDS
from keypin.alerts.signal import kebab
from keypin.alerts.toml import rule_of
from keypin.errors import InputError, Place
from keypin.findings import Severity
from keypin.web.pages.matches import listed
from keypin.web.views.form import Field, Form, Option

Texts = Mapping[str, str]
"""What stands in the fields, by their names."""

_LISTS = ("ids", "subjects", "owners", "tags", "applications")
_TIMES = ("window", "wait", "repeat", "settle", "lapse")

NAMES = (
    "name",
    *(f"when-{one}" for one in (*_LISTS, "severity")),
    "severity",
    "ignore",
    "routes",
    "group_by",
    *_TIMES,
    "escalate",
)
"""Of all fields."""

_ANY = (Option(Severity.NOTE.value, "any"),)
_OWN = (Option("", "their own"),)


def rule(texts: Texts) -> Rule:
    """Return the rule that a form describes.

    Raises:
        InputError: it is none; the error's place is the key in the rule's table.
    """
    try:
        kebab(texts["name"], "name of a rule")
    except InputError as error:
        raise error.at(Place(key="name")) from error
    when = {one: listed(texts[f"when-{one}"]) for one in _LISTS}
    said: dict[str, object] = {
        "name": texts["name"],
        "when": {**_kept(when), "severity": texts["when-severity"] or Severity.NOTE.value},
        "group_by": listed(texts["group_by"]),
        **_kept({one: texts[one] for one in ("severity", *_TIMES)}),
        **_kept({"routes": listed(texts["routes"]), "escalate": _steps(texts["escalate"])}),
        "ignore": bool(texts["ignore"]),
    }
    return rule_of(said)


def texts_of(one: Rule) -> Texts:
    """Return what stands in the form of a rule."""
    match = one.match
    lists = (match.ids, match.subjects, match.owners, match.tags, match.applications)
    times = (one.window, one.wait, one.repeat, one.settle, one.lapse)
    steps = (f"{spelled(each.after)}: {_joined(each.routes)}" for each in one.escalate)
    return {
        "name": one.name,
        **{f"when-{name}": _joined(values) for name, values in zip(_LISTS, lists, strict=True)},
        "when-severity": match.severity.value,
        "severity": one.severity.value if one.severity else "",
        "ignore": "on" if one.ignore else "",
        "routes": _joined(one.routes),
        "group_by": _joined(one.group_by),
        **{
            name: spelled(length) if length is not None else ""
            for name, length in zip(_TIMES, times, strict=True)
        },
        "escalate": "\n".join(steps),
    }


def usual() -> Texts:
    """Return what stands in the form of a rule that is to be added."""
    return {**texts_of(Rule(name="new")), "name": ""}


def form(texts: Texts, action: str, *, added: bool) -> Form:
    """Return the form of a rule.

    Args:
        texts: what stands in it.
        action: where it goes.
        added: whether the rule is to be added; the name of one that is there stays.
    """
    name = Field(
        name="name",
        label="Name",
        value=texts["name"],
        hint="small letters and hyphens, as payments-refused",
        required=True,
    )
    return Form(
        key="rule",
        action=action,
        title="Add a rule" if added else f"Change {texts['name']}",
        intro="All conditions must hold; several values of one stand with commas between.",
        submit="See what it would have decided",
        hidden=(("new", "yes"),) if added else (("name", texts["name"]),),
        fields=(*((name,) if added else ()), *_conditions(texts), *_consequences(texts)),
    )


def kept(texts: Texts, action: str, *, added: bool) -> Form:
    """Return the form that keeps a rule as it was tried."""
    return Form(
        key="keep",
        action=action,
        submit="Keep the rule",
        fields=(),
        hidden=(*texts.items(), *((("new", "yes"),) if added else ())),
    )


def _conditions(texts: Texts) -> Iterable[Field]:
    for name, label, hint in (
        ("ids", "Findings", "as chain-*, certificate-expires"),
        ("subjects", "About", "as *.example.com:443"),
        ("owners", "Owners", "names"),
        ("tags", "With all of these tags", ""),
        ("applications", "Applications", "names"),
    ):
        yield Field(name=f"when-{name}", label=label, hint=hint, value=texts[f"when-{name}"])
    worse = (Option(one.value, f"{one.value} or worse") for one in list(Severity)[:2])
    yield _choice("when-severity", "Severity", texts, (*_ANY, *worse))


def _consequences(texts: Texts) -> Iterable[Field]:
    yield Field(name="ignore", label="Ignore it: no alert", kind="tick", value=texts["ignore"])
    grades = tuple(Option(one.value, one.value) for one in Severity)
    yield _choice("severity", "Counts as", texts, (*_OWN, *grades))
    for name, label, hint in (
        ("routes", "Tell these routes", "names; all whose own conditions hold, where it is empty"),
        ("group_by", "Told together if they agree in", f"of {', '.join(GROUP_FIELDS)}"),
        ("window", "Wait so long for others of the group", "as 20s"),
        ("wait", "It must hold so long before anybody is told", "as 5m"),
        ("repeat", "Tell again after", "as 4h; once, where it is empty"),
        ("settle", "It must be over so long before that is told", "as 10m"),
        ("lapse", "It is over if it was not seen for", "as 2h; only if its finder says so"),
    ):
        yield Field(name=name, label=label, hint=hint, value=texts[name])
    yield Field(
        name="escalate",
        label="If nobody takes care of it, tell others",
        kind="area",
        value=texts["escalate"],
        hint="a line for each step, as 30m: on-call, boss",
    )


def _choice(name: str, label: str, texts: Texts, options: Sequence[Option]) -> Field:
    return Field(name=name, label=label, kind="choice", value=texts[name], options=tuple(options))


def _steps(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        after, colon, routes = line.partition(":")
        if not colon:
            raise InputError(
                f"the step {line[:50]!r}",
                expected="a time, a colon and routes, as 30m: on-call",
                place=Place(key="escalate"),
            )
        found.append({"after": after.strip(), "routes": listed(routes)})
    return found


def _joined(values: Iterable[str]) -> str:
    return ", ".join(values)


def _kept(values: Mapping[str, object]) -> dict[str, object]:
    """Return what says something."""
    return {name: value for name, value in values.items() if value}
