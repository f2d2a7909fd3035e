"""The index of pin sets answers as each of them would."""

from datetime import UTC, datetime
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from keypin.watch.inventory import read_upload
from keypin.watch.inventory.pinning import Pinning

NAMES = ("example.com", "a.example.com", "b.a.example.com", "example.org", "c.example.org")
PATTERNS = st.lists(
    st.builds(
        lambda mark, name: mark + name, st.sampled_from(["", "*.", "**."]), st.sampled_from(NAMES)
    ),
    min_size=1,
    max_size=5,
    unique=True,
)

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@given(
    patterns=st.lists(PATTERNS, max_size=4),
    host=st.sampled_from([*NAMES, "d.b.a.example.com", "net"]),
)
def test_a_host_is_pinned_by_those_that_say_so(toml, patterns, host) -> None:
    """Whatever patterns overlap."""
    pin_sets = {
        number: read_upload(BytesIO(toml(*each).encode()), "pins.toml", at=NOON).pin_set
        for number, each in enumerate(patterns)
    }
    expected = [n for n, one in pin_sets.items() if one.policy_for(host) is not None]
    assert list(Pinning(pin_sets).of(host)) == expected


def test_an_exemption_does_not_pin(toml) -> None:
    """It says that nobody means to."""
    text = toml("**.example.com") + '[[policy]]\nhost = "img.example.com"\nexempt = "a CDN"\n'
    pin_set = read_upload(BytesIO(text.encode()), "pins.toml", at=NOON).pin_set
    pinning = Pinning({7: pin_set})
    assert (pinning.of("api.example.com"), pinning.of("img.example.com")) == ((7,), ())
