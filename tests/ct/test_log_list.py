"""Log lists: real ones, signed ones, broken ones, and what they say of a log at a moment."""

import json
from base64 import b64encode
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.log_list import (
    MAX_LOG_LIST,
    Api,
    LogList,
    LogListError,
    LogListSignatureError,
    State,
)
from keypin.ct.sct import LogKey
from keypin.errors import CertificateError


def spki(private) -> bytes:
    """Return the public half of a key."""
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


KEY = spki(ec.generate_private_key(ec.SECP256R1()))
LOG = {
    "description": "A log",
    "log_id": b64encode(LogKey(KEY).log_id).decode(),
    "key": b64encode(KEY).decode(),
    "url": "https://log.example/",
    "mmd": 60,
    "state": {"usable": {"timestamp": "2026-01-01T00:00:00Z"}},
}
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def listed(*, tiled: tuple = (), **changes: object) -> dict:
    """Return a list with one log, changed."""
    row = {"name": "We", "email": ["a@b"], "logs": [{**LOG, **changes}], "tiled_logs": [*tiled]}
    return {"version": "1", "log_list_timestamp": "2026-01-01T00:00:00Z", "operators": [row]}


def only(**changes: object):
    """Return the one log of a list."""
    (log,) = LogList.loads(json.dumps(listed(**changes))).logs
    return log


@pytest.fixture(scope="module")
def folder(vectors):
    """Return the folder of log lists."""
    return vectors / "ct" / "loglists"


def test_foreign_lists(folder) -> None:
    """Real lists are read; those that are cut off, older or of another shape are refused."""
    for case in json.loads((folder / "cases.json").read_text())["cases"]:
        data = (folder / case["file"]).read_bytes()
        if case["expect"] == "ok":
            assert LogList.loads(data).logs, case["file"]
        else:
            with pytest.raises(LogListError):
                LogList.loads(data, name=case["file"])


def test_a_real_list(folder) -> None:
    """Google's list of January 2026: 49 logs by RFC 6962 and 26 static ones, in four states."""
    found = LogList.loads((folder / "log_list_2026-01-02_v80.14.json").read_bytes())
    assert found.version == "80.14"
    assert found.timestamp == datetime(2026, 1, 2, 12, 57, 1, tzinfo=UTC)
    assert found.unreadable == ()
    states = [(log.api.value, log.standing.state.value) for log in found.logs]
    assert {one: states.count(one) for one in set(states)} == {
        ("rfc6962", "usable"): 33,
        ("rfc6962", "qualified"): 3,
        ("rfc6962", "retired"): 4,
        ("rfc6962", "readonly"): 9,
        ("static", "usable"): 24,
        ("static", "qualified"): 2,
    }
    readonly = next(log for log in found.logs if log.standing.final_size == 1213760846)
    assert len(readonly.standing.final_root) == 32
    assert found.log(readonly.log_id) is readonly
    assert found.log(bytes(32)) is None
    expiry = datetime(2026, 8, 1, tzinfo=UTC)
    taking = found.taking(expiry)
    assert 10 < len(taking) < len(found.logs)
    assert all(log.interval.start <= expiry < log.interval.end for log in taking)


def test_a_key_that_is_not_known(folder) -> None:
    """A log with a key of no known kind is told, and unknown; the others are read."""
    found = LogList.loads((folder / "ctgo_loglist3_testdata.json").read_bytes())
    assert found.unreadable
    assert found.unreadable[0] == (
        "operators[0].logs[2].key: no public key; expected the key of a log"
    )


def test_foreign_signatures(folder) -> None:
    """Google's signature holds over the list's bytes alone."""
    for case in json.loads((folder / "signatures.json").read_text())["cases"]:
        data, signature = (folder / case["json"]).read_bytes(), (folder / case["sig"]).read_bytes()
        if case["expect_valid"]:
            LogList.verify(data, signature)
            with pytest.raises(LogListSignatureError, match="of the log list does not hold"):
                LogList.verify(data + b"\n", signature)
        else:
            with pytest.raises(LogListSignatureError):
                LogList.verify(data, signature)


def test_a_key_of_ones_own() -> None:
    """Another key is an argument; one that does not sign lists is refused."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signature = private.sign(b"{}", padding.PKCS1v15(), SHA256())
    LogList.verify(b"{}", signature, key=spki(private))
    with pytest.raises(LogListSignatureError):
        LogList.verify(b"{}", signature)
    with pytest.raises(CertificateError, match="a key that is not RSA"):
        LogList.verify(b"{}", signature, key=KEY)
    with pytest.raises(CertificateError, match="no public key"):
        LogList.verify(b"{}", signature, key=b"?")


def test_apples_list() -> None:
    """Apple's has no time, and more beside what is common to both."""
    value = listed(state={"usable": {"timestamp": "2026-01-01T00:00:00Z", "version": "9"}})
    del value["log_list_timestamp"], value["operators"][0]["tiled_logs"]
    found = LogList.loads(json.dumps({**value, "assetVersion": 9, "assetVersionV2": 12}))
    assert found.timestamp is None
    assert found.logs[0].state_at(JUNE) is State.USABLE


def test_both_interfaces() -> None:
    """A log that is listed twice is found by its RFC 6962 row, whichever comes first."""
    tiled = {
        **LOG,
        "submission_url": "https://a.example/s",
        "monitoring_url": "https://a.example/m",
    }
    value = listed(tiled=(tiled,))
    other = {"name": "First", "tiled_logs": [tiled]}
    found = LogList.loads(json.dumps(value))
    assert [log.api for log in found.logs] == [Api.RFC6962, Api.STATIC]
    assert found.logs[1].submission_url == "https://a.example/s/"
    assert found.logs[1].monitoring_url == "https://a.example/m/"
    assert found.log(LogKey(KEY).log_id).api is Api.RFC6962
    del value["operators"][0]["tiled_logs"]
    found = LogList.loads(json.dumps({**value, "operators": [other, *value["operators"]]}))
    assert found.log(LogKey(KEY).log_id).operator == "We"


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        ("pending", None, State.PENDING),
        ("qualified", None, State.QUALIFIED),
        ("usable", None, State.USABLE),
        ("readonly", State.QUALIFIED, State.READONLY),
        ("retired", State.QUALIFIED, State.RETIRED),
        ("rejected", None, State.REJECTED),
        ("expired", None, None),
    ],
)
def test_the_state_at_a_moment(state: str, before, after) -> None:
    """A state holds from its time on; what was before is known of some alone."""
    log = only(state={state: {"timestamp": "2026-06-01T00:00:00Z"}})
    assert log.state_at(JUNE - timedelta(seconds=1)) is before
    assert log.state_at(JUNE) is after


def test_no_state() -> None:
    """A list may say nothing of a log but that it is there."""
    value = listed()
    for name in ("state", "description"):
        del value["operators"][0]["logs"][0][name]
    (log,) = LogList.loads(json.dumps(value)).logs
    assert (log.state_at(JUNE), log.description) == (None, "https://log.example/")
    assert log.log_type == ""
    assert only(log_type="test").log_type == "test"


def test_the_operator_at_a_moment() -> None:
    """Who ran a log when it promised counts, not who runs it."""
    log = only(
        previous_operators=[
            {"name": "Second", "end_time": "2026-06-01T00:00:00Z"},
            {"name": "First", "end_time": "2025-06-01T00:00:00Z"},
        ]
    )
    moments = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), JUNE)
    assert [log.operator_at(moment) for moment in moments] == ["First", "Second", "We"]


def test_shards() -> None:
    """A shard takes what expires from its start on, and before its end; others take all."""
    interval = {"start_inclusive": "2026-06-01T00:00:00Z", "end_exclusive": "2027-01-01T00:00:00Z"}
    log = only(temporal_interval=interval)
    moments = (JUNE - timedelta(seconds=1), JUNE, datetime(2027, 1, 1, tzinfo=UTC))
    assert [log.takes(moment) for moment in moments] == [False, True, False]
    assert only().takes(JUNE)


def final(size: object, root: bytes) -> dict:
    """Return the state of a log that does not grow any more."""
    head = {"tree_size": size, "sha256_root_hash": b64encode(root).decode()}
    return {"readonly": {"timestamp": "2026-06-01T00:00:00Z", "final_tree_head": head}}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"log_id": b64encode(bytes(32)).decode()},
         "logs[0].log_id: an ID that is not the key's; expected SHA-256 of the key"),
        ({"key": "?"}, "logs[0].key: '?'; expected base64"),
        ({"mmd": -1}, "logs[0].mmd: -1; expected a whole number below 2147483648"),
        ({"url": "x"}, "logs[0].url: 'x'; expected a web address"),
        ({"state": {}}, "logs[0].state: 0 states; expected one state"),
        ({"state": {"usable": 1}}, "logs[0].state.usable: 1; expected an object"),
        ({"state": final(7, b"x")}, "logs[0].state.readonly.final_tree_head.sha256_root_hash: a "
         "root of 1 bytes; expected 32"),
        ({"state": final("7", bytes(32))}, "logs[0].state.readonly.final_tree_head.tree_size: "
         "'7'; expected a whole number below 9223372036854775808"),
        ({"temporal_interval": {"start_inclusive": "2026-06-01T00:00:00Z",
                                "end_exclusive": "2026-06-01T00:00:00Z"}},
         "logs[0].temporal_interval: an end before its start; expected an interval"),
    ],
)  # fmt: skip
def test_broken_logs(changes: dict, complaint: str) -> None:
    """A list with a log that breaks the form is refused, with the place."""
    with pytest.raises(LogListError) as caught:
        LogList.loads(json.dumps(listed(**changes)), name="l.json")
    assert str(caught.value) == f"l.json: operators[0].{complaint}"


def test_the_same_log_twice() -> None:
    """One log has one state."""
    value = listed()
    value["operators"].append(deepcopy(value["operators"][0]))
    with pytest.raises(LogListError, match=r"^operators: the log 'A log' twice; expected each log"):
        LogList.loads(json.dumps(value))


def test_limits() -> None:
    """What is too long or too deep is no list."""
    with pytest.raises(LogListError, match=f"a list of {MAX_LOG_LIST + 1} bytes"):
        LogList.loads(b" " * (MAX_LOG_LIST + 1))
    for text in ("[" * 100_000, "", "[]", "\ud800", '{"version": 1' + "0" * 5000 + "}"):
        with pytest.raises(LogListError):
            LogList.loads(text, name="l.json")


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", "AAAA"])
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*LOG, "name"]), inner)
)


@given(st.sampled_from([*LOG, "temporal_interval", "previous_operators", "log_type"]), values)
def test_nothing_else_is_raised(name: str, value: object) -> None:
    """Whatever stands in a log's place, it is read or refused by name."""
    with suppress(LogListError):
        LogList.loads(json.dumps(listed(**{name: value})))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Whatever the bytes are, they are a list or refused by name."""
    with suppress(LogListError):
        LogList.loads(data)
