"""Whatever stands in a body, it is a report, a check-in, or refused with a reason."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.watch.collecting.batch import Kind
from keypin.web import collector_reading
from keypin.web.collector_answers import Refusal
from keypin.web.collector_reading import READERS, body_of

SCOPE = {"headers": [(b"content-type", b"application/json")]}

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["hostname", "known-pins", "version", "date-time", "x"]), inner
        )
    ),
)


@pytest.mark.parametrize("kind", Kind)
@given(body=st.binary(max_size=200) | _json.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(kind, body) -> None:
    """And nothing else happens."""
    refused: list[Refusal] = []
    try:
        fingerprint, kept = READERS[kind](SCOPE, body)
    except Refusal as refusal:
        refused.append(refusal)
    else:
        assert kept
        assert (kind is Kind.REPORT) == bool(fingerprint)
    assert all(one.answer.status == 400 for one in refused)
    assert all(json.loads(one.answer.body)["detail"] for one in refused)


def test_a_client_that_hangs_up_has_sent_nothing() -> None:
    """Half a report is none."""
    parts = iter(
        [
            {"type": "http.request", "body": b"{", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive():
        return next(parts)

    with pytest.raises(Refusal) as refused:
        asyncio.run(body_of(receive))
    assert refused.value.answer.status == 400


def test_fingerprints_that_were_read_are_remembered_and_bounded(monkeypatch) -> None:
    """A storm of ever new ones takes no memory."""
    monkeypatch.setattr(collector_reading, "_MOST", 3)
    before = collector_reading._ReadBefore()
    for number in range(9):
        before.add(str(number))
    assert [str(number) in before for number in range(9)] == [False] * 6 + [True] * 3
