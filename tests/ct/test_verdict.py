"""Which browser accepts which SCTs, and what it says of those that do not count."""

from datetime import UTC, datetime, timedelta

import pytest

from keypin.ct.promise import promises_of
from keypin.ct.verdict import Credit, judge

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def verdicts(world, *names: str, listed=None, at: datetime = NOW, **more):
    """Judge a certificate with SCTs of logs."""
    certificate = world.certificate(*names, **more)
    logs = listed or world.listed()
    return judge(promises_of(certificate, logs, issuer=world.issuer), certificate, logs, at)


def said(found) -> list[str]:
    """Return what each browser says."""
    return [" / ".join(one.reasons) for one in found.each]


def test_both_accept(world) -> None:
    """Two SCTs of two operators are enough for a short life."""
    found = verdicts(world, "google-a", "sectigo")
    assert found.accepted
    assert str(found) == "accepted by Chrome and Apple"
    assert said(found) == [
        "2 SCTs count, by 2 operators; a lifetime of 90 days takes 2",
        "2 SCTs count, by 2 operators; a lifetime of 91 days takes 2",
    ]
    assert [worth.why for worth in found.each[0].worths] == ["its log is usable"] * 2
    assert not found.stale


def test_static_logs_alone(world) -> None:
    """Since April 2026 Chrome accepts SCTs of static logs alone, and Apple does not."""
    listed = world.listed(static=("sectigo", "encrypt"))
    found = verdicts(world, "sectigo", "encrypt", listed=listed)
    assert str(found) == "Chrome accepts, Apple does not"
    why = "all of them are of static logs, and one must be of an RFC 6962 log"
    assert said(found)[1] == why


def test_static_logs_before(world) -> None:
    """Before that day, neither did."""
    april = datetime(2026, 4, 14, tzinfo=UTC)
    listed = world.listed(static=("sectigo", "encrypt"))
    certificate = world.certificate("sectigo", "encrypt", at=april, now=april)
    promises = promises_of(certificate, listed, issuer=world.issuer)
    found = judge(promises, certificate, listed, april)
    assert said(found) == ["all of them are of static logs, and one must be of an RFC 6962 log"] * 2


def test_of_a_time_to_come(world) -> None:
    """A promise that is not made yet does not count."""
    found = verdicts(world, "sectigo", "encrypt", at=NOW - timedelta(seconds=1))
    assert found.each[0].worths[0].why == "it is of a time to come"
    assert not found.accepted


def test_one_operator(world) -> None:
    """Chrome wants two operators; of one operator Apple counts one."""
    found = verdicts(world, "google-a", "google-b")
    assert said(found) == [
        "all of them are by google, and two operators are needed",
        "1 SCT counts, and a lifetime of 91 days takes 2",
    ]
    assert [worth.why for worth in found.each[1].worths] == [
        "its log is usable",
        "only 1 of one operator counts",
    ]
    long = verdicts(world, "google-a", "google-b", "sectigo", days=300)
    assert said(long)[1] == "3 SCTs count, by 2 operators; a lifetime of 301 days takes 3"


def test_too_few(world) -> None:
    """One is not enough, and none is less."""
    assert said(verdicts(world, "sectigo"))[0] == "1 SCT counts, and a lifetime of 90 days takes 2"
    assert said(verdicts(world)) == ["it comes with no SCT"] * 2
    assert str(verdicts(world)) == "not accepted by Chrome nor Apple"
    assert said(verdicts(world, "sectigo", "encrypt", days=181)) == [
        "2 SCTs count, and a lifetime of 181 days takes 3",
        "2 SCTs count, and a lifetime of 182 days takes 3",
    ]


def test_apple_counts_the_last_second(world) -> None:
    """At exactly 180 days the two differ."""
    found = verdicts(world, "sectigo", "encrypt", days=180)
    assert str(found) == "Chrome accepts, Apple does not"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"pending": {"timestamp": "2026-01-01T00:00:00Z"}}, "its log is pending"),
        ({"rejected": {"timestamp": "2026-01-01T00:00:00Z"}}, "its log is rejected"),
        ({"retired": {"timestamp": "2026-01-01T00:00:00Z"}}, "its log was retired by then"),
        ({"usable": {"timestamp": "2026-12-01T00:00:00Z"}},
         "the list does not tell its log's state then"),
    ],
)  # fmt: skip
def test_states_that_do_not_count(world, state: dict, why: str) -> None:
    """A log counts that is approved now, or was when it promised."""
    found = verdicts(world, "sectigo", "encrypt", listed=world.listed(sectigo={"state": state}))
    for one in found.each:
        assert [worth.why for worth in one.worths] == [why, "its log is usable"]
        assert not one.accepted


@pytest.mark.parametrize("state", ["qualified", "readonly"])
def test_states_that_count(world, state: str) -> None:
    """Qualified and read-only are as good as usable."""
    rows = {"sectigo": {"state": {state: {"timestamp": "2026-01-01T00:00:00Z"}}}}
    assert verdicts(world, "sectigo", "encrypt", listed=world.listed(**rows)).accepted


def retired(at: str) -> dict:
    """Return the members of a retired log."""
    return {"state": {"retired": {"timestamp": at}}}


def test_retired_since(world) -> None:
    """A promise from before its log was retired counts, beside one of an approved log."""
    listed = world.listed(sectigo=retired("2026-11-23T12:00:01Z"))
    later = NOW + timedelta(days=1)
    found = verdicts(world, "sectigo", "encrypt", listed=listed, at=later)
    assert found.accepted
    assert [worth.credit for worth in found.each[0].worths] == [Credit.ONCE, Credit.CURRENT]
    gone = world.listed(
        sectigo=retired("2026-11-23T12:00:01Z"), encrypt=retired("2026-11-23T12:00:01Z")
    )
    found = verdicts(world, "sectigo", "encrypt", listed=gone, at=later)
    assert said(found) == ["none of them is of a log that is approved now"] * 2


def test_the_earliest_promise(world) -> None:
    """Chrome holds a retired log to the earliest SCT of all, Apple to its own."""
    listed = world.listed(sectigo=retired("2026-11-23T12:00:30Z"))
    certificate = world.certificate("encrypt")
    early = promises_of(certificate, listed, issuer=world.issuer)
    request = world.certificate("sectigo", at=NOW + timedelta(minutes=1))
    late = promises_of(request, listed, issuer=world.issuer)
    found = judge((*early, *late), certificate, listed, NOW + timedelta(days=1))
    assert [one.worths[1].counts for one in found.each] == [True, False]


def test_shards(world) -> None:
    """An SCT of a shard for other years counts for Chrome, and not for Apple."""
    interval = {"start_inclusive": "2025-01-01T00:00:00Z", "end_exclusive": "2026-01-01T00:00:00Z"}
    listed = world.listed(sectigo={"temporal_interval": interval})
    found = verdicts(world, "sectigo", "encrypt", listed=listed)
    assert str(found) == "Chrome accepts, Apple does not"
    assert found.each[1].worths[0].why == "its log takes what expires 2025-01-01 to 2026-01-01"


def test_promises_that_prove_nothing(world) -> None:
    """A broken signature, an unknown log and a log for tests do not count."""
    listed = world.listed("sectigo", "encrypt", encrypt={"log_type": "test"})
    certificate = world.certificate("google-a", "sectigo", "encrypt")
    wrong = promises_of(certificate, listed, issuer=certificate)
    found = judge(wrong, certificate, listed, NOW)
    assert [worth.why for worth in found.each[0].worths] == [
        "the list knows no such log",
        "its signature does not hold",
        "its signature does not hold",
    ]
    found = judge(promises_of(certificate, listed), certificate, listed, NOW)
    assert found.each[0].worths[1].why == "it cannot be verified without the issuer"
    assert (found.each[0].accepted, found.accepted) == (None, False)
    assert said(found) == ["its issuer is not known"] * 2
    assert str(found) == "not judged without the issuer"
    found = judge(promises_of(certificate, listed, issuer=world.issuer), certificate, listed, NOW)
    assert found.each[0].worths[2].why == "its log is not for the public"


def test_one_log_twice(world) -> None:
    """A log counts once."""
    certificate = world.certificate("sectigo")
    (one,) = promises_of(certificate, world.listed(), issuer=world.issuer)
    found = judge((one, one), certificate, world.listed(), NOW)
    assert found.each[0].worths[1].why == "a second one of the same log"
    assert not found.accepted


def test_delivered_in_the_handshake(world) -> None:
    """SCTs of the handshake do what embedded ones do; retired logs do not count there."""
    certificate, listed = world.certificate(), world.listed()
    tls = world.delivered(certificate, "sectigo", "encrypt")
    found = judge(promises_of(certificate, listed, tls=tls), certificate, listed, NOW)
    assert (
        said(found)
        == ["2 SCTs count, by 2 operators; 2 are needed where they are not embedded"] * 2
    )
    later = NOW + timedelta(days=1)
    gone = world.listed(sectigo=retired("2026-11-23T12:00:01Z"))
    found = judge(promises_of(certificate, gone, tls=tls), certificate, gone, later)
    assert found.each[0].worths[0].why == "its log is retired"
    assert not found.accepted


def test_both_ways_together(world, stapled) -> None:
    """Apple counts an embedded SCT beside a delivered one, Chrome each way alone."""
    listed = world.listed()
    certificate = world.certificate("sectigo")
    ocsp = stapled(certificate.serial_number, world.delivered(certificate, "encrypt"))
    promises = promises_of(certificate, listed, issuer=world.issuer, ocsp=ocsp)
    found = judge(promises, certificate, listed, NOW)
    assert str(found) == "Apple accepts, Chrome does not"
    assert found.each[0].worths[1].why == "it is not embedded"
    later = NOW + timedelta(days=1)
    gone = world.listed(sectigo=retired("2026-11-23T12:00:01Z"))
    promises = promises_of(certificate, gone, issuer=world.issuer, ocsp=ocsp)
    assert not judge(promises, certificate, gone, later).accepted


def test_enough_without_the_one_delivered(world) -> None:
    """A delivered SCT that does not count leaves the embedded ones to decide."""
    listed = world.listed(google_a=retired("2026-01-01T00:00:00Z"))
    certificate = world.certificate("sectigo", "encrypt")
    tls = world.delivered(certificate, "google-a")
    promises = promises_of(certificate, listed, issuer=world.issuer, tls=tls)
    assert judge(promises, certificate, listed, NOW).accepted
    short = world.certificate("sectigo", "encrypt", days=300)
    tls = world.delivered(short, "google-a")
    promises = promises_of(short, listed, issuer=world.issuer, tls=tls)
    assert not judge(promises, short, listed, NOW).accepted


def test_older_certificates(world) -> None:
    """Before CT was demanded none was needed; between, rules held that nobody has any more."""
    for year, accepted in ((2018, True), (2019, False), (2021, False)):
        at = datetime(year, 3, 1, tzinfo=UTC)
        found = verdicts(world, "sectigo", at=NOW, now=at)
        assert found.accepted is accepted
    assert said(found) == [
        "issued before 2022-04-15, by rules that are out of force",
        "issued before 2021-04-21, by rules that are out of force",
    ]


def test_a_stale_list(world) -> None:
    """A list older than ten weeks is none that a browser would go by."""
    listed = world.listed(at=NOW - timedelta(days=71))
    assert verdicts(world, "sectigo", "encrypt", listed=listed).stale
    listed = world.listed(at=NOW - timedelta(days=70))
    assert not verdicts(world, "sectigo", "encrypt", listed=listed).stale
