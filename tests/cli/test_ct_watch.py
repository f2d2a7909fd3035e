"""`keypin ct watch`: what it tells of the laboratory's logs, to a pipe and to a script."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keypin.certs import Certificate
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import RFC6962, STATIC, CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog, certify
from keypin.lab.ct_server import CtServer
from keypin.pins import Pin

NOW = datetime.now(UTC)
KEY = new_key("ecdsa")
CA = issue(Request(name="Watched CA", key=KEY, ca=True), NOW)


@pytest.fixture
def logs() -> tuple[CtLog, CtLog]:
    """Return two logs with the same certificate for a watched name, and one more each."""
    both = (CtLog("pages", roots=[CA.der]), CtLog("tiles", roots=[CA.der]))
    for name in ("other.example", "api.watched.example"):
        certify(Request(name=name, key=KEY, hosts=(name,), issuer=CA), both, NOW)
    for log in both:
        log.publish(datetime.now(UTC))
    return both


@pytest.fixture
def listed(logs, tmp_path) -> Iterator[Path]:
    """Serve the logs, and return a log list with them."""
    with CtServer(CtApi(logs[0], RFC6962)) as first, CtServer(CtApi(logs[1], STATIC)) as second:
        path = tmp_path / "logs.json"
        path.write_text(json.dumps(log_list([first, second], NOW)), encoding="utf-8")
        yield path


@pytest.fixture
def watch(keypin, listed, tmp_path):
    """Return a function that watches the logs once, and returns the run and the documents."""

    def run(*arguments: object, **env: str):
        how = ("--log-list", listed, "--state", tmp_path / "state", "--start", "beginning")
        ran = keypin("ct", "watch", *how, "--once", *arguments, **env)
        return ran, [json.loads(line) for line in ran.out.splitlines()]

    return run


def test_a_certificate_is_told_once(watch, keypin, listed) -> None:
    """Whatever the number of logs and of runs; with a proof that verifies."""
    ran, told = watch("--domains", "watched.example")
    assert ran.code == 1, ran.err
    [body] = told
    assert (body["schema"], body["type"]) == ("keypin/ct-news/1", "certificate")
    assert (body["names"], body["index"]) == (["api.watched.example"], 1)
    proved = keypin("ct", "prove", "-", "--log-list", listed, stdin=json.dumps(body))
    assert proved.code == 0, proved.err
    ran, told = watch("--domains", "watched.example")
    assert (ran.code, told) == (0, [])


def test_every_entry_is_told_on_request(watch) -> None:
    """With where the certificate was told first."""
    _, told = watch("--domains", "watched.example", "--every-entry")
    assert sorted(body["log"] for body in told) == ["pages", "tiles"]
    [second] = [body for body in told if "known" in body]
    [first] = [body for body in told if "known" not in body]
    assert second["known"] == {"log": first["log"], "index": 1}
    assert second["id"] == first["id"]
    assert [one["id"] for one in second["findings"]] == ["ct-duplicate"]
    assert first["findings"] == []


def test_what_is_issued_is_judged_by_releases(watch, tmp_path) -> None:
    """A key that a release does not pin would break it; a pinned one is in order."""
    pins = tmp_path / "pins.toml"
    own = Pin.of_key(Certificate.from_der(CA.der))
    for pin, said in ((own, []), (f"sha256/{'A' * 43}=", ["ct-key-not-pinned"])):
        pins.write_text(
            'version = 1\n[[policy]]\nhost = "api.watched.example"\n'
            f'pins = ["{pin}", "sha256/{"E" * 43}="]\n',
            encoding="utf-8",
        )
        state = tmp_path / f"state-{len(said)}"
        ran, told = watch("--pins", f"1.0={pins}", "--state", state)
        assert ran.code == 1, ran.err
        assert [one["id"] for one in told[0]["findings"] if one["severity"] == "error"] == said


def test_a_script_is_handed_each_piece(watch, tmp_path) -> None:
    """What fails is told again by the next run, as a repetition."""
    file = tmp_path / "out"
    ran, _ = watch("--domains", "watched.example", "--script", "exit 3")
    assert "keypin: the script ended with 3; the next run tells this again" in ran.err
    ran, told = watch("--domains", "watched.example", "--script", f"cat >> {file}")
    assert told[0]["repeated"] is True
    assert json.loads(file.read_text(encoding="utf-8"))["id"] == told[0]["id"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "nothing to watch for; name your domains: --domains example.com, or --pins pins.toml"),
        (("--domains", "*.example.com"), "a wildcard in '*.example.com'"),
        (("--keys", f"sha512/{'A' * 86}=="), "expected sha256/ of a public key"),
        (("--domains", "a.example", "--log", "none"), "no log is called 'none'"),
    ],
)
def test_what_cannot_be_watched_is_one_sentence(watch, arguments, sentence) -> None:
    """And exit code 2."""
    ran, _ = watch(*arguments)
    assert ran.code == 2
    assert sentence in ran.err


def test_domains_come_from_a_file(watch, tmp_path) -> None:
    """One a line; a line that is none is named."""
    file = tmp_path / "domains"
    file.write_text("# ours\nwatched.example  # all of it\n\n", encoding="utf-8")
    assert len(watch("--domains-file", file)[1]) == 1
    file.write_text("a.example\nb..example\n", encoding="utf-8")
    ran, _ = watch("--domains-file", file)
    assert ran.code == 2
    assert f"{file}:2: an empty label" in ran.err
