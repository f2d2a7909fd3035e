"""What is stored is read back exactly as it was."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.alerts import (
    DEFAULTS,
    Alert,
    Deadline,
    Notice,
    Signal,
    Silence,
    State,
    Subject,
    acknowledge,
    step,
)
from keypin.alerts.stored import MAX_STORED, dumps, loads
from keypin.errors import InputError
from keypin.findings import Severity

_MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis puts the zone on
    timezones=st.just(UTC),
)
# JSON is UTF-8, which has no lone surrogates.
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


_SEVERITIES = st.sampled_from(Severity)
_SIGNALS = st.builds(
    Signal,
    id=st.just("chain-refused"),
    severity=_SEVERITIES,
    subject=st.builds(Subject, kind=st.just("endpoint"), key=_TEXTS.filter(bool)),
    title=_TEXTS.filter(bool),
    organisation=_TEXTS,
    application=st.none() | _TEXTS,
    owner=st.none() | _TEXTS,
    evidence=st.lists(_TEXTS).map(tuple),
    facts=st.lists(st.tuples(_TEXTS, _TEXTS)).map(tuple),
    holds=st.booleans(),
)
_ALERTS = st.builds(
    Alert,
    signal=_SIGNALS,
    rule=_TEXTS,
    severity=_SEVERITIES,
    group=_TEXTS,
    state=st.sampled_from(State),
    since=_MOMENTS,
    last_seen=_MOMENTS,
    count=st.integers(1, 2**40),
    told_at=st.none() | _MOMENTS,
    told_severity=st.none() | _SEVERITIES,
    settled=st.booleans(),
    escalated_to=st.lists(_TEXTS).map(tuple),
)


@given(alert=_ALERTS)
def test_every_alert_round_trips(alert) -> None:
    """Whatever stands in its attributes."""
    assert loads(dumps(alert.signal), Signal) == alert.signal
    assert loads(dumps(alert), Alert) == alert


def test_every_kind_round_trips(story, signal, deadline, now) -> None:
    """Notices with their alerts, silences and deadlines."""
    shop = story()
    shop.sees(signal(evidence=("a", "b"), facts=(("pin", "sha256/AAAA="),)))
    assert loads(dumps(shop.notices[0]), Notice) == shop.notices[0]
    acknowledged = acknowledge(shop.alert, "ada", now + timedelta(microseconds=1))
    assert loads(dumps(acknowledged), Alert) == acknowledged
    shop.silence(60, ids=("chain-*",))
    assert loads(dumps(shop.silences[0]), Silence) == shop.silences[0]
    assert loads(dumps(deadline()).decode(), Deadline) == deadline()


def test_versions_may_differ(signal) -> None:
    """What an older version did not write is the default; what a newer one wrote is passed over."""
    text = dumps(signal()).decode()
    older = re.sub(r',"tags":\["prod"\]', "", text)
    assert loads(older, Signal) == replace(signal(), tags=())
    assert loads(text.replace("{", '{"newer":1,', 1), Signal) == signal()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"{}", "no stored alert: Object missing required field `signal`; expected JSON as keypin"),
        (b"\xff", "no stored alert: JSON is malformed"),
        (b" " * (MAX_STORED + 1), "1048577 bytes of JSON; expected 1048576 at most"),
    ],
    ids=["member", "syntax", "size"],
)
def test_what_is_not_stored_json_is_refused(data, error) -> None:
    """The error says where it is wrong."""
    with pytest.raises(InputError) as caught:
        loads(data, Alert)
    assert str(caught.value).startswith(error)


def test_threads_that_read_at_once_before_any_other_did_live(signal) -> None:
    """Processes died by it now and then: msgspec learns a class when it is first used."""
    alert, _ = step(None, signal(), DEFAULTS, (), datetime(2026, 11, 29, tzinfo=UTC))
    texts = dumps(alert).decode(), dumps(alert.signal).decode()
    command = [sys.executable, "-c", _AT_ONCE, *texts]
    several = [subprocess.Popen(command) for _ in range(8)]
    assert [one.wait() for one in several] == [0] * 8


_AT_ONCE = """
import sys, threading
from keypin.alerts import Alert, Signal
from keypin.alerts.stored import loads
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
def read():
    together.wait()
    for text, kind in zip(sys.argv[1:], (Alert, Signal)):
        loads(text, kind)
threads = [threading.Thread(target=read) for _ in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
"""
