"""`keypin ct verify`: whose the SCTs are, whether they hold, and what browsers make of them."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keypin.certs import load_certificates


def test_two_good_scts(keypin, transparency) -> None:
    """Each SCT is shown with its log, its operator and its signature; both browsers accept."""
    ran = keypin(
        "ct", "verify", transparency.file("alpha", "beta"), "--log-list", transparency.list
    )
    assert ran.code == 0, ran.out + ran.err
    head, *lines = ran.out.strip("\n").splitlines()
    assert head.startswith("✓ ")
    assert head.endswith("alpha-beta.pem  2 SCTs: accepted by Chrome and Apple")
    lines = [line.rstrip() for line in lines]
    assert lines[2] == "  ✓ alpha"
    stamp = f"{transparency.now:%Y-%m-%dT%H:%M:%SZ}"
    assert lines[3] == f"    promised {stamp}, embedded; signature holds"
    assert lines[4].startswith("    alpha operator, RFC 6962, usable since ")
    assert "✓ Chrome accepts it: 2 SCTs count, by 2 operators; a lifetime of 90 days" in ran.out
    assert "(version 7.1 of" in " ".join(ran.out.split())
    assert "signature not checked" in ran.out


def test_chrome_accepts_and_apple_does_not(keypin, transparency) -> None:
    """Of static logs alone Chrome takes SCTs and Apple does not; the reason is told."""
    first, second = transparency.logs["alpha"], transparency.logs["beta"]
    path = transparency.list
    listed = json.loads(path.read_text())
    for operator in listed["operators"]:
        for log in operator["logs"]:
            url = log.pop("url")
            operator["tiled_logs"].append({**log, "submission_url": url, "monitoring_url": url})
        operator["logs"] = []
    path.write_text(json.dumps(listed))
    assert first.signer.log_id != second.signer.log_id
    ran = keypin("ct", "verify", transparency.file("alpha", "beta"), "--log-list", path)
    assert ran.code == 1
    assert "2 SCTs: Chrome accepts, Apple does not" in ran.out
    assert "✗ Apple does not accept it\n" in ran.out
    said = " ".join(ran.out.split())
    assert "Apple does not accept it: all of them are of static logs, and one must be of" in said


def test_the_document(keypin, transparency) -> None:
    """With --json everything is in one document: SCTs, verdicts, the list, findings."""
    ran = keypin(
        "ct", "verify", transparency.file("alpha"), "--log-list", transparency.list, "--json"
    )
    assert ran.code == 1
    shape = json.loads(ran.out)
    assert shape["schema"] == "keypin/ct-verify/1"
    assert shape["log_list"]["version"] == "7.1"
    assert shape["log_list"]["signed"] is False
    (sct,) = shape["scts"]
    assert (sct["log"], sct["operator"], sct["api"]) == ("alpha", "alpha operator", "rfc6962")
    assert (sct["signature"], sct["delivery"], sct["inclusion"]) == ("good", "embedded", None)
    assert [one["accepted"] for one in shape["browsers"]] == [False, False]
    assert shape["browsers"][0]["reasons"] == ["1 SCT counts, and a lifetime of 90 days takes 2"]
    assert shape["browsers"][0]["scts"] == [{"counts": True, "why": "its log is usable"}]
    assert [one["id"] for one in shape["findings"]] == ["ct-not-accepted"] * 2


def test_without_the_issuer(keypin, transparency) -> None:
    """Without the issuer nothing can be verified: not judged; with --issuer it can."""
    path = transparency.file("alpha", "beta", chain=False)
    call = ("ct", "verify", path, "--log-list", transparency.list)
    ran = keypin(*call)
    assert ran.code == 1
    assert "2 SCTs: not judged without the issuer" in ran.out
    assert "? Chrome could not be judged\n" in ran.out
    assert "cure: Give the chain in one file, or the issuer by --issuer." in ran.out
    issuer = transparency.folder / "issuer.pem"
    issuer.write_bytes(transparency.ca.pem)
    assert keypin(*call, "--issuer", issuer).code == 0


def test_no_sct(keypin, transparency) -> None:
    """A certificate without any is accepted by nobody."""
    ran = keypin("ct", "verify", transparency.file(), "--log-list", transparency.list)
    assert ran.code == 1
    assert "no SCTs: not accepted by Chrome nor Apple" in ran.out
    assert "it comes with no SCT" in ran.out


def test_a_server(keypin, transparency, at_host) -> None:
    """A live server is read as a client would read it."""
    call = at_host(transparency, transparency.issued("alpha", "beta"))
    ran = keypin("ct", "verify", *call, "--log-list", transparency.list)
    assert ran.code == 0, ran.out + ran.err
    assert f"✓ {call[0]}  2 SCTs: accepted by Chrome and Apple" in ran.out


def test_a_server_that_is_not_there(keypin, transparency) -> None:
    """Who does not answer is told in a sentence: could not tell."""
    call = ("localhost:1", "--connect", "127.0.0.1:1", "--timeout", "2")
    ran = keypin("ct", "verify", *call, "--log-list", transparency.list)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("keypin: localhost:1: ")


def test_inclusion(keypin, transparency) -> None:
    """Both kinds of log prove that they hold the certificate, and the proof is in the document."""
    path = transparency.file("alpha", "tiled")
    call = ("ct", "verify", path, "--log-list", transparency.list, "--inclusion")
    ran = keypin(*call)
    assert ran.code == 0, ran.out + ran.err
    stamp = f"{transparency.now:%Y-%m-%dT%H:%M:%SZ}"
    assert ran.out.count(f"    included: entry 1 of 2, in the head of {stamp} ") == 2
    proofs = [sct["inclusion"] for sct in json.loads(keypin(*call, "--json").out)["scts"]]
    assert [one["outcome"] for one in proofs] == ["included", "included"]
    assert [(one["index"], one["head"]["size"], len(one["path"])) for one in proofs] == [
        (1, 2, 1)
    ] * 2


def test_a_log_that_may_take_its_time(keypin, transparency) -> None:
    """A log that has until tomorrow to merge it is not blamed today."""
    path = transparency.file("alpha", "tiled", publish=False)
    ran = keypin("ct", "verify", path, "--log-list", transparency.list, "--inclusion")
    assert ran.code == 0, ran.out
    due = transparency.now + timedelta(days=1)
    words = f"not included yet: it may take until {due:%Y-%m-%d %H:%M}Z"
    assert ran.out.count(words) == 2


def test_a_broken_promise(keypin, transparency) -> None:
    """A log that does not hold it after its maximum merge delay has broken its word."""
    path = transparency.file("alpha", "tiled", publish=False, age=timedelta(days=2))
    for log in transparency.logs.values():
        del log.entries[1:]
        log.publish(transparency.now)
    ran = keypin("ct", "verify", path, "--log-list", transparency.list, "--inclusion")
    assert ran.code == 1
    said = " ".join(ran.out.split())
    assert said.count("error ct-inclusion-missing") == 2
    assert "alpha promised it and does not hold the certificate: it was to hold it by" in said


def test_a_log_that_proves_nothing(keypin, transparency) -> None:
    """A proof that does not hold is an error."""
    path = transparency.file("alpha", "beta")
    transparency.logs["alpha"].misbehave("wrong-proof")
    ran = keypin("ct", "verify", path, "--log-list", transparency.list, "--inclusion")
    assert ran.code == 1
    assert "error ct-inclusion-wrong" in ran.out
    assert "not proved: leaf 1 of a tree of 2: computed root" in " ".join(ran.out.split())


def test_a_log_that_does_not_answer(keypin, transparency) -> None:
    """Whether it holds it is not known then: could not tell."""
    path = transparency.file("alpha", "beta")
    transparency.logs["alpha"].misbehave("server-error")
    call = ("--log-list", transparency.list, "--inclusion", "--timeout", "0.5")
    ran = keypin("ct", "verify", path, *call)
    assert ran.code == 3
    said = " ".join(ran.out.split())
    assert "not known if included: http://127.0.0.1:" in said
    assert "answered 503 Service Unavailable; no answer within 1 s" in said


@pytest.mark.slow
def test_real_certificates(keypin, vectors: Path, tmp_path: Path) -> None:
    """106 SCTs of real certificates hold, and what cannot be told is told as that."""
    cases = json.loads((vectors / "ct/real_sct_cases.json").read_text())["cases"]
    listed = tmp_path / "log_list.json"
    listed.write_text(json.dumps(list_of_keys(cases)))
    files = [as_pem(vectors / case["file"], tmp_path / f"{n}.pem") for n, case in enumerate(cases)]
    ran = keypin("ct", "verify", *files, "--log-list", listed, "--json")
    found = Counter[tuple[str, str]]()
    for line, case in zip(ran.out.splitlines(), cases, strict=True):
        scts = json.loads(line)["scts"]
        assert [one["log_id"] for one in scts] == [one["log_id"] for one in case["scts"]]
        found.update(
            (expected["expect"], sct["signature"])
            for sct, expected in zip(scts, case["scts"], strict=True)
        )
    assert found == {
        ("valid", "good"): 106,
        ("no-issuer-in-file", "no-issuer"): 19,
        ("unknown-log", "unknown-log"): 2,
    }


def list_of_keys(cases: list[dict]) -> dict:
    """Return a log list with every log whose key is known."""
    scts = {sct["log_id"]: sct for case in cases for sct in case["scts"] if sct["log_key"]}
    logs = [
        {"log_id": log_id, "key": sct["log_key"], "mmd": 86400, "url": "https://log.example/"}
        for log_id, sct in scts.items()
    ]
    return {"version": "1", "operators": [{"name": "all of them", "logs": logs}]}


def as_pem(path: Path, copy: Path) -> Path:
    """Return a file that can be read as it is, or a copy of the PEM that a JSON file holds."""
    if path.suffix != ".json":
        return path
    blocks = re.findall(r"-----BEGIN.*?END CERTIFICATE-----", path.read_text(), re.DOTALL)
    copy.write_text("\n".join(block.replace("\\n", "\n") for block in blocks))
    return copy


def test_the_file_may_be_in_any_order(keypin, transparency) -> None:
    """The server's own certificate is found, wherever in the file it is."""
    issued = transparency.issued("alpha", "beta")
    path = transparency.folder / "turned.pem"
    path.write_bytes(transparency.ca.pem + issued.pem)
    assert len(load_certificates(path.read_bytes())) == 2
    ran = keypin("ct", "verify", path, "--log-list", transparency.list)
    assert "2 SCTs: accepted by Chrome and Apple" in ran.out


def test_at_another_time(keypin, transparency) -> None:
    """`--at` judges as of another time, at which the list may be too old."""
    later = datetime.now(UTC) + timedelta(days=80)
    call = ("--log-list", transparency.list, "--at", f"{later:%Y-%m-%d}")
    ran = keypin("ct", "verify", transparency.file("alpha", "beta"), *call)
    assert ran.code == 1
    assert "warning ct-list-stale" in ran.out
