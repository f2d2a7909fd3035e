"""`keypin lab`: starting it, listing it, touring it, and testing a client with it."""

import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from keypin.lab import SCENARIOS


def test_list(keypin) -> None:
    """The list names every scenario and what it proves."""
    ran = keypin("lab", "list")
    assert all(name in ran.out for name in SCENARIOS)
    shape = json.loads(keypin("lab", "list", "--json").out)
    assert [row["name"] for row in shape["scenarios"]] == list(SCENARIOS)


def test_tour(keypin) -> None:
    """Keypin itself judges every server rightly."""
    ran = keypin("lab", "tour")
    assert ran.code == 0, ran.out
    assert f"{len(SCENARIOS)} real handshakes judged, 0 wrongly." in ran.out


def test_start_and_stop(tmp_path: Path) -> None:
    """The lab starts, says how to trust its CA, keeps its keys private, and ends on SIGINT."""
    process = subprocess.Popen(
        [sys.executable, "-m", "keypin", "lab", "--directory", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert errors == "keypin: the lab has stopped\n"
    assert any(f"curl --cacert {tmp_path}/ca.pem https://localhost:" in line for line in lines)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("keys/*.key")} == {0}


def test_a_client_that_checks_nothing(keypin, tmp_path: Path) -> None:
    """Curl --insecure is caught: it trusts the man in the middle, and the flaw has a name."""
    junit = tmp_path / "report.xml"
    ran = keypin(
        "lab", "test", "--scenario", "good-ecdsa", "--scenario", "man-in-the-middle",
        "--junit", junit, "--json", "--", "curl", "-ksS", "{url}",
    )  # fmt: skip
    assert ran.code == 1
    rows = json.loads(ran.out)["results"]
    assert [row["verdict"] for row in rows] == ["ok", "trusted-hostile"]
    assert rows[1]["flaw"] == "does not check pins"
    root = ET.parse(junit).getroot()  # noqa: S314 - keypin wrote it
    assert len(root.findall("testcase/failure")) == 1


def test_a_client_that_refuses_everything(keypin) -> None:
    """A client that refuses every good server proves nothing, and that is said."""
    ran = keypin("lab", "test", "--scenario", "good-ecdsa", "--", "false", "{url}")
    assert ran.code == 1
    assert "refused every good server: check the command" in ran.out


def test_a_command_without_a_server(keypin) -> None:
    """A command that names no server would do the same everywhere: refused."""
    ran = keypin("lab", "test", "--", "true")
    assert ran.code == 2
    assert ran.err.startswith("keypin: the command names no server; expected {url}")


def test_unknown_scenario(keypin) -> None:
    """A scenario that does not exist is unusable input."""
    ran = keypin("lab", "test", "--scenario", "nope", "--", "true", "{url}")
    assert ran.err == "keypin: no scenario 'nope'; list them with `keypin lab list`\n"
