"""Observations as lines: what is written is read back, and what is none is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Cause, Endpoint, Failure, Handshake, Observation, Stapled
from keypin.errors import InputError, Place
from keypin.probe.journal import dumps, from_dict, loads, to_dict

AT = datetime(2026, 11, 23, tzinfo=UTC)
FAILURE = Failure(
    address="127.0.0.1:1", key_type="rsa", cause=Cause.ALERT, detail="so", alert="unknown_ca"
)
SHOWN = Handshake(
    address="[::1]:25",
    key_type="default",
    tls_version="TLSv1.3",
    cipher="X",
    presented=(),
    stapled=Stapled(ocsp=b"\x30\x00"),
)
SEEN = Observation(
    endpoint=Endpoint.parse("smtp://[::1]:25"), at=AT, handshakes=(SHOWN,), failures=(FAILURE,)
)


def test_a_line_is_read_back() -> None:
    """Protocol, stapled bytes, failures and alerts return as they were."""
    assert loads(dumps(SEEN)) == SEEN
    assert dumps(SEEN).count(b"\n") == 1


def test_a_handshake_without_stapling_facts() -> None:
    """Not shown by the platform is other than nothing stapled."""
    bare = Handshake(address="a", key_type="rsa", tls_version="v", cipher="c", presented=())
    seen = Observation(endpoint=SEEN.endpoint, at=AT, handshakes=(bare,))
    assert loads(dumps(seen)).handshakes[0].stapled is None


def test_another_version_is_refused() -> None:
    """A reader does not guess."""
    with pytest.raises(InputError) as caught:
        from_dict(to_dict(SEEN) | {"version": 2})
    assert str(caught.value) == "an observation of version 2; expected version 1 of the journal"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        (b"{", "not JSON"),
        (b"[]", "not an object"),
        (b'{"version":1}', "no observation"),
        (dumps(SEEN).replace(b"+00:00", b""), "has no time zone"),
    ],
)
def test_what_is_no_observation_is_placed(line: bytes, seen: str) -> None:
    """The error names the line."""
    with pytest.raises(InputError, match=f"^j:7: .*{seen}"):
        loads(line, place=Place(file="j", line=7))


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,1version').map(str.encode))
def test_any_line_is_read_or_refused(line: bytes) -> None:
    """No bytes raise anything but an error with words."""
    with pytest.raises(InputError):
        loads(line)
