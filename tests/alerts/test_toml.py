"""Rules and routes as tables: what is read, what is refused, and that they are written back."""

import tomllib
from contextlib import suppress
from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.alerts import DEFAULTS, Delivery, Escalation, Hours, Match, Route, Rule
from keypin.alerts.rule import GROUP_FIELDS
from keypin.alerts.toml import route_of, route_table_of, rule_of, table_of
from keypin.errors import InputError
from keypin.findings import Severity

RULE = """
name = "payments"
severity = "error"
routes = ["mail"]
group_by = ["owner"]
window = "1m"
wait = "5m"
repeat = "4h"
escalate = [{ after = "30m", routes = ["on-call"] }]
settle = "0s"
lapse = "1d"

[when]
ids = ["chain-*"]
severity = "warning"
subjects = ["*.shop.example:443"]
owners = ["payments"]
tags = ["prod"]
applications = ["shop"]
"""

ROUTE = """
name = "office"
severity = "error"
owners = ["payments"]
tags = ["prod"]
delivery = "digest"
hours = { days = ["mon"], from = 07:30:00, to = "16:00", zone = "Europe/Berlin", urgent = "none" }
"""


def test_a_rule_says_everything_in_its_table() -> None:
    """Each key has its attribute."""
    assert rule_of(tomllib.loads(RULE)) == Rule(
        name="payments",
        match=Match(
            ids=("chain-*",),
            severity=Severity.WARNING,
            subjects=("*.shop.example:443",),
            owners=("payments",),
            tags=("prod",),
            applications=("shop",),
        ),
        severity=Severity.ERROR,
        routes=("mail",),
        group_by=("owner",),
        window=timedelta(minutes=1),
        wait=timedelta(minutes=5),
        repeat=timedelta(hours=4),
        escalate=(Escalation(timedelta(minutes=30), ("on-call",)),),
        settle=timedelta(0),
        lapse=timedelta(days=1),
    )


def test_a_rule_of_a_name_has_the_defaults() -> None:
    """Everything else may be left out."""
    assert rule_of({"name": "all"}) == Rule(name="all")
    assert table_of(Rule(name="all")) == {"name": "all"}
    assert rule_of({"name": "known", "ignore": True}).ignore


def test_a_route_says_everything_in_its_table() -> None:
    """Its address is kept elsewhere."""
    assert route_of(tomllib.loads(ROUTE)) == Route(
        name="office",
        match=Match(severity=Severity.ERROR, owners=("payments",), tags=("prod",)),
        delivery=Delivery.DIGEST,
        hours=Hours(days=("mon",), begin=time(7, 30), end=time(16), zone="Europe/Berlin"),
        urgent=None,
    )
    assert route_of({"name": "all"}) == Route(name="all")
    assert route_of({"name": "all", "hours": {}}) == Route(name="all", hours=Hours())


@pytest.mark.parametrize("rule", DEFAULTS, ids=lambda one: one.name)
def test_the_default_rules_are_written_and_read_again(rule) -> None:
    """A user may copy one and change it."""
    assert rule_of(table_of(rule)) == rule


_NAMES = st.lists(st.sampled_from(["a", "b-c"]), max_size=2).map(tuple)
_SEVERITIES = st.sampled_from(Severity)
_LENGTHS = st.integers(60, 10**7).map(lambda one: timedelta(seconds=one))
_RULES = st.builds(
    Rule,
    name=st.just("one"),
    match=st.builds(
        Match,
        ids=_NAMES,
        severity=_SEVERITIES,
        subjects=_NAMES,
        owners=_NAMES,
        tags=_NAMES,
        applications=_NAMES,
    ),
    severity=st.none() | _SEVERITIES,
    routes=_NAMES,
    group_by=st.lists(st.sampled_from(sorted(GROUP_FIELDS)), unique=True).map(tuple),
    window=_LENGTHS,
    wait=_LENGTHS,
    repeat=st.none() | _LENGTHS,
    escalate=st.lists(_LENGTHS, unique=True).map(
        lambda several: tuple(Escalation(one, ("a",)) for one in sorted(several))
    ),
    settle=_LENGTHS,
    lapse=st.none() | _LENGTHS,
)


@given(rule=_RULES)
def test_every_rule_is_written_and_read_again(rule) -> None:
    """Exactly."""
    assert rule_of(table_of(rule)) == rule


@given(
    route=st.builds(
        Route,
        name=st.just("one"),
        match=st.builds(Match, severity=_SEVERITIES, owners=_NAMES, tags=_NAMES),
        delivery=st.sampled_from(Delivery),
        hours=st.builds(
            Hours, begin=st.times(max_value=time(11)), end=st.times(min_value=time(12))
        ),
        urgent=st.none() | _SEVERITIES,
    )
)
def test_every_route_is_written_and_read_again(route) -> None:
    """Exactly; without hours nothing is outside them."""
    assert route_of(route_table_of(route)) == route
    always = replace(route, hours=None, urgent=Severity.ERROR)
    assert route_of(route_table_of(always)) == always


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.times(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=5,
)
_KEYS = st.sampled_from(["name", "when", "severity", "escalate", "hours", "wait", "ids", "x"])


@given(table=st.dictionaries(_KEYS, _ANYTHING | st.just("one") | st.just("5m")))
def test_a_table_of_anything_is_read_or_refused(table) -> None:
    """Nothing but an error of the input comes out of it."""
    for read in (rule_of, route_of):
        with suppress(InputError):
            read(table)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "name is missing; expected a name as expiry-to-platform; add name"),
        ("name = 7", "name: an integer; expected a name as expiry-to-platform"),
        ("name = 'A b'", "the name of a rule 'A b'; expected lower case words joined by hyphens"),
        ("when = 1", "name is missing; expected a name as expiry-to-platform; add name"),
        ("name = 'a'\nwhen = 1.5", "when: a float; expected a table of conditions"),
        (
            "name = 'a'\nwhen.id = []",
            "when.id: the unknown key 'id'; expected one of ids, severity, subjects, owners, tags, "
            "applications; did you mean 'ids'?",
        ),
        ("name = 'a'\nwhen.ids = 'x'", "when.ids: a string; expected an array of identifiers, as"),
        ("name = 'a'\nwhen.ids = [true]", "when.ids[0]: a boolean; expected a string"),
        ("name = 'a'\nwhen.ids = ['']", "when.ids[0]: 0 characters; expected 1 to 300"),
        (
            "name = 'a'\nseverity = 'eror'",
            'severity: \'eror\'; expected one of "error", "warning", "note"; did you mean '
            "'error'?",
        ),
        ("name = 'a'\nwait = '5x'", "wait: '5x'; expected a time as 90s, 5m, 4h, 1d or 1h30m"),
        ("name = 'a'\nwait = 5", "wait: an integer; expected a time as 90s, 5m, 4h, 1d or 1h30m"),
        ("name = 'a'\nrepeat = '5s'", "repeat every 0:00:05; expected a minute or more"),
        ("name = 'a'\nignore = 'yes'", "ignore: a string; expected true or false"),
        ("name = 'a'\nescalate = {}", "escalate: a table; expected tables"),
        ("name = 'a'\nescalate = [1]", 'escalate[0]: an integer; expected { after = "30m", '),
        ("name = 'a'\nescalate = [{}]", "escalate[0]: after is missing; expected a time as 30m;"),
        (
            "name = 'a'\nescalate = [{after = '5m'}]",
            "escalate[0]: an escalation to nobody; expected the names of routes",
        ),
        ("name = 'a'\nzzz = []", "zzz: the unknown key 'zzz'; expected one of name, when, "),
        ("name = 'a'\nseverity = [1]", 'severity: an array; expected one of "error"'),
        ("name = 'a'\nseverity = 2026-01-01", "severity: a date or time; expected one of"),
    ],
)
def test_a_table_that_is_no_rule_is_refused(text, error) -> None:
    """The error names the key, what stood there, and what may."""
    with pytest.raises(InputError) as caught:
        rule_of(tomllib.loads(text))
    assert str(caught.value).startswith(error)


def test_a_list_has_an_end() -> None:
    """A thousand names are more than anybody meant."""
    with pytest.raises(InputError) as caught:
        rule_of({"name": "a", "routes": ["b"] * 1001})
    assert str(caught.value) == "routes: 1001 items; expected 1000 at most"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("url = 'x'", "url: the unknown key 'url'; expected one of name, severity, owners, tags, "),
        ("hours = 1", 'hours: an integer; expected a table as { from = "08:00", to = "18:00" }'),
        ("hours = { from = 8 }", "hours.from: '8'; expected a time of day as \"08:00\""),
        ("hours = { to = '8' }", "hours.to: '8'; expected a time of day as \"08:00\""),
        ("hours = { to = '18:00Z' }", "hours.to: '18:00Z'; expected a time of day as \"08:00\""),
        ("hours = { from = '19:00' }", "hours: hours from 19:00 to 18:00; expected an end after"),
        ("hours = { urgent = 'never' }", "hours.urgent: 'never'; expected one of \"error\""),
    ],
)
def test_a_table_that_is_no_route_is_refused(text, error) -> None:
    """As for rules."""
    with pytest.raises(InputError) as caught:
        route_of({"name": "a"} | tomllib.loads(text))
    assert str(caught.value).startswith(error)
