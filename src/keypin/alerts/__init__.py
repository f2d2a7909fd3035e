"""Alerts: which findings become one, whom it is told, when it escalates and when it ends.

Findings and the time come in, what to do goes out; no network, no clock, no storage. A part of the
service says what it sees as a `Signal`; `step` and `tick` move its `Alert` and say what is to be
told as `Notice`; `routes_for` and `bundle` make messages of notices, `words` puts them in words.
`keypin.alerts.digest`, `feed` and `calendar` show many at once, `toml` reads rules and routes, and
`stored` keeps everything as JSON; `calendar` and `stored` need libraries of `keypin[watch]`.
"""

from keypin.alerts.alert import Alert, State
from keypin.alerts.bundle import Bundle, Bundled, bundle
from keypin.alerts.deadline import Deadline
from keypin.alerts.defaults import DEFAULTS
from keypin.alerts.machine import acknowledge, due, resolve, step, tick
from keypin.alerts.match import Match
from keypin.alerts.notice import Kind, Notice
from keypin.alerts.route import Delivery, Hours, Route, routes_for
from keypin.alerts.rule import Escalation, Rule, decide
from keypin.alerts.signal import Signal, Subject
from keypin.alerts.silence import Silence, silencing
from keypin.alerts.text import words

__all__ = [
    "DEFAULTS",
    "Alert",
    "Bundle",
    "Bundled",
    "Deadline",
    "Delivery",
    "Escalation",
    "Hours",
    "Kind",
    "Match",
    "Notice",
    "Route",
    "Rule",
    "Signal",
    "Silence",
    "State",
    "Subject",
    "acknowledge",
    "bundle",
    "decide",
    "due",
    "resolve",
    "routes_for",
    "silencing",
    "step",
    "tick",
    "words",
]
