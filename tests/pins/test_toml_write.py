"""Writing `pins.toml`: one form, read back as the same, and a rewriting that keeps comments."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.pins import (
    Digest,
    HostPattern,
    Mode,
    Of,
    OnExpiry,
    Pin,
    PinPosition,
    PinSet,
    Policy,
    PolicyPin,
    Role,
)
from keypin.pins.toml import loads
from keypin.pins.toml_write import dumps, rewrite

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
pins = st.builds(
    Pin,
    st.binary(min_size=32, max_size=32),
    st.just(Digest.SHA256),
    st.sampled_from(Of),
    st.sampled_from(PinPosition),
)
entries = st.builds(PolicyPin, pins, st.sampled_from(Role), st.none() | texts)
hosts = st.builds(
    lambda mark, label: HostPattern(f"{label}.example.com", mark),
    st.sampled_from(("", "*.", "**.")),
    st.text("abcdef", min_size=1, max_size=5),
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def _policy(host, first, others, denied, **changes) -> Policy:
    if first.comment and others == []:
        return Policy(host=host, pins=(), exempt="a partner's", comment=first.comment)
    accepted = list({entry.pin: entry for entry in (first, *others)}.values())
    digests = {(entry.pin.digest, entry.pin.of) for entry in accepted}
    return Policy(
        host=host,
        pins=tuple(accepted),
        also=tuple(PolicyPin(entry.pin, comment=entry.comment) for entry in accepted[:-1]),
        denied=tuple(pin for pin in denied if (pin.digest, pin.of) not in digests),
        no_backup="a reason",
        **changes,
    )


policies = st.builds(
    _policy,
    hosts,
    entries,
    st.lists(entries, max_size=3),
    st.lists(pins, max_size=2, unique=True),
    mode=st.sampled_from(Mode),
    expires=st.none() | moments,
    on_expiry=st.sampled_from(OnExpiry),
    report_to=st.lists(st.just("https://a.example/r"), max_size=1).map(tuple),
    comment=st.none() | texts,
)
pin_sets = st.builds(
    PinSet,
    st.lists(policies, min_size=1, max_size=4, unique_by=lambda policy: policy.host).map(tuple),
    st.none() | texts,
)


@given(pin_set=pin_sets)
def test_round_trip(pin_set: PinSet) -> None:
    """What is written is read back as the same."""
    assert loads(dumps(pin_set)).pin_set == pin_set


@given(before=pin_sets, after=pin_sets)
@settings(max_examples=50)
def test_rewrite_means_the_new(before: PinSet, after: PinSet) -> None:
    """Rewriting any text gives a text that means the new pin set, whatever came and went."""
    written = loads(rewrite(dumps(before), after)).pin_set
    assert written.name == after.name
    assert {policy.host: set(policy.pins) for policy in written.policies} == {
        policy.host: set(policy.pins) for policy in after.policies
    }
    bare = [replace(policy, pins=(entry,)) for policy in after.policies for entry in policy.pins]
    again = [replace(policy, pins=(entry,)) for policy in written.policies for entry in policy.pins]
    assert sorted(bare, key=repr) == sorted(again, key=repr)


def test_canonical_form() -> None:
    """The canonical form has a fixed order, one pin a line, and leaves defaults out."""
    pin, backup = Pin(b"\1" * 32), Pin(b"\2" * 32, position="root")
    policy = Policy(
        host=HostPattern.parse("**.example.com"),
        pins=(PolicyPin(pin), PolicyPin(backup, Role.BACKUP, 'the "safe"')),
        expires=datetime(2027, 6, 1, tzinfo=UTC),
    )
    assert dumps(PinSet((policy,), "shop")) == (
        "version = 1\n"
        'name = "shop"\n'
        "\n"
        "[[policy]]\n"
        'host = "example.com"\n'
        "include_subdomains = true\n"
        "pins = [\n"
        f'  "{pin}",\n'
        "]\n"
        "backup_pins = [\n"
        f'  {{ pin = "{backup}", position = "root", comment = "the \\"safe\\"" }},\n'
        "]\n"
        "expires = 2027-06-01T00:00:00Z\n"
    )


TEXT = f"""# Pins of the shop. Ask Ada before you change them.
version = 1
name = "shop"   # as in the store

[[policy]]   # the API
host = "API.example.com"
pins = [
  "{Pin(bytes([1]) * 32)}",  # since 2025
  "{Pin(bytes([2]) * 32)}",  # since 2026
]
mode = "report"   # until March

[[policy]]
host = "old.example.com"
pins = ["{Pin(bytes([1]) * 32)}", "{Pin(bytes([2]) * 32)}"]
"""


def test_comments_stay() -> None:
    """A changed pin is a changed line; every comment about something else stays."""
    before = loads(TEXT).pin_set
    api = before.policies[0]
    new = PolicyPin(Pin(bytes([3]) * 32), Role.BACKUP, "offline")
    changed = replace(api, pins=(api.pins[1], new), mode=Mode.ENFORCE)
    written = rewrite(TEXT, PinSet((changed,), "shop"))
    assert loads(written).pin_set == PinSet((changed,), "shop")
    for comment in ("Ask Ada", "# as in the store", "# the API", "# since 2026"):
        assert comment in written
    assert "old.example.com" not in written
    assert 'host = "API.example.com"' in written


def test_pins_come_and_go_in_their_array() -> None:
    """In an array that stays, one element goes and one comes."""
    before = loads(TEXT).pin_set
    api, old = before.policies
    new = PolicyPin(Pin(bytes([4]) * 32, position="leaf"))
    after = PinSet((replace(api, pins=(api.pins[0], new)), old), "shop")
    written = rewrite(TEXT, after)
    assert loads(written).pin_set == after
    assert "# since 2025" in written


def test_nothing_to_change() -> None:
    """A text that means the pin set already stays as it is, to the byte."""
    assert rewrite(TEXT, loads(TEXT).pin_set) == TEXT


@pytest.mark.parametrize("name", [None, "new"])
def test_name(name: str | None) -> None:
    """The application's name is changed or taken out."""
    before = loads(TEXT).pin_set
    assert loads(rewrite(TEXT, PinSet(before.policies, name))).pin_set.name == name
