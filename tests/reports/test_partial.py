"""What is left of a report that was acknowledged, without what cannot be read in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import ReportFormatError
from keypin.reports import Form, read_partly, read_report, skim

DATES = ("date-time", "effective-expiration-date", "known-pins-expiration-date")


@pytest.mark.parametrize("form", tuple(Form))
def test_a_whole_report_is_read_whole(form, world) -> None:
    """Nothing is missing in it."""
    kept = skim(world.body(form)).kept
    assert read_partly(kept) == (read_report(kept), ())


def _with(world, **members: object) -> bytes:
    document = json.loads(world.body("rfc7469"))
    document |= {name.replace("_", "-"): value for name, value in members.items()}
    return skim(json.dumps(document).encode()).kept


@pytest.mark.parametrize("name", [*DATES, "noted-hostname"])
def test_a_member_that_cannot_be_read_is_left_out(world, name) -> None:
    """And named; all else is there."""
    report, missing = read_partly(_with(world, **{name: "-yesterday"}))
    assert missing == (name,)
    assert (report.host, report.validated) == ("api.example.com", world.shown)
    assert (report.occurred_at is None) == (name == "date-time")


def test_a_chain_is_read_up_to_what_is_no_certificate(world) -> None:
    """However many are wrong, it is named once."""
    chain = json.loads(world.body("rfc7469"))["validated-certificate-chain"]
    report, missing = read_partly(_with(world, validated_certificate_chain=[chain[0], "?", "?"]))
    assert (report.validated, missing) == (world.shown[:1], ("validated-certificate-chain",))
    report, _ = read_partly(_with(world, validated_certificate_chain=["?"]))
    assert report.validated == ()


def test_what_would_not_pass_the_first_look_is_refused() -> None:
    """It was never acknowledged."""
    for body in (b"{}", b"[]", b'{"hostname": "-", "known-pins": [], "app": "x"}'):
        with pytest.raises(ReportFormatError):
            read_partly(body)


_texts = st.text(max_size=30) | st.sampled_from(["2026-11-29T12:00:00Z", "a.example", "\0"])


@given(
    members=st.fixed_dictionaries(
        {"hostname": st.just("api.example.com"), "known-pins": st.lists(_texts, max_size=3)},
        optional={
            **dict.fromkeys(("validated-certificate-chain",), st.lists(_texts, max_size=3)),
            **dict.fromkeys((*DATES, "noted-hostname", "policy", "app-platform"), _texts),
        },
    )
)
def test_whatever_passes_the_first_look_is_read(members) -> None:
    """So nothing that was acknowledged is lost."""
    members.setdefault("served-certificate-chain", [])
    kept = skim(json.dumps(members).encode()).kept
    assert read_partly(kept)[0].host == "api.example.com"
