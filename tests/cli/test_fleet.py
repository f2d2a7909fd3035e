"""`keypin check --hosts`: a fleet as JSON Lines, resumable."""

import json
import os
import subprocess
import sys


def fleet(lab, tmp_path, *names: str):
    """Return a file of hosts: servers of the lab, by address."""
    file = tmp_path / "hosts.txt"
    lines = [f"127.0.0.1:{lab[name].port}  # {name}" for name in names]
    file.write_text("\n".join(["# the lab", "", *lines]) + "\n")
    return file


def test_json_lines(keypin, lab, tmp_path) -> None:
    """Each host is one document, and the worst makes the exit code."""
    hosts = fleet(lab, tmp_path, "good-ecdsa", "expired", "garbage")
    ran = keypin("check", "--hosts", hosts, "--cafile", lab.ca_file, "--timeout", "3")
    documents = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 1
    assert len(documents) == 3
    assert {document["schema"] for document in documents} == {"keypin/check/1"}
    assert "3 of 3 hosts read" in ran.err


def test_resumes(keypin, lab, tmp_path) -> None:
    """A second run with the same journal reads only what the first had not finished."""
    hosts = fleet(lab, tmp_path, "good-ecdsa", "good-rsa")
    journal = tmp_path / "journal.jsonl"
    flags = ("--cafile", lab.ca_file, "--journal", journal)
    assert len(keypin("check", "--hosts", hosts, *flags).out.splitlines()) == 2
    journal.write_bytes(journal.read_bytes()[:-10])
    again = keypin("check", "--hosts", hosts, *flags)
    assert len(again.out.splitlines()) == 1
    assert keypin("check", "--hosts", hosts, *flags).out == ""


def test_a_journal_that_cannot_grow(lab, tmp_path) -> None:
    """When the journal cannot be written, that is said, and the exit code is no success."""
    hosts = fleet(lab, tmp_path, "good-ecdsa")
    command = (
        f"ulimit -f 0; exec {sys.executable} -m keypin check --hosts {hosts} "
        f"--cafile {lab.ca_file} --journal {tmp_path / 'journal'}"
    )
    # Coverage could not write its data under that limit either, and would say so.
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    ran = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=quiet,
    )
    assert ran.returncode == 3
    assert ran.stderr == "keypin: File too large: the work is not finished\n"


def test_bad_lines_are_named(keypin, lab, tmp_path) -> None:
    """A line that is no host is named with its number, and the others are read: exit code 2."""
    hosts = fleet(lab, tmp_path, "good-ecdsa")
    hosts.write_text(hosts.read_text() + "not a host\n")
    ran = keypin("check", "--hosts", hosts, "--cafile", lab.ca_file)
    assert ran.code == 2
    assert len(ran.out.splitlines()) == 1
    assert f"{hosts}:4: " in ran.err


def test_killed_and_resumed(lab, tmp_path) -> None:
    """A run that is killed at any moment is taken up again: each host is read, and none twice."""
    silent = f"127.0.0.1:{lab['silent'].port}"
    names = ["good-ecdsa", "good-rsa", "good-ed25519", "expired", "wrong-host", "garbage"]
    hosts, journal = fleet(lab, tmp_path, *names), tmp_path / "journal.jsonl"
    hosts.write_text(hosts.read_text() + silent + "\n")
    command = [
        *(sys.executable, "-m", "keypin", "check", "--hosts", str(hosts), "--timeout", "30"),
        *("--cafile", str(lab.ca_file), "--journal", str(journal)),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        seen = [running.stdout.readline() for _ in names]  # the silent host holds it up
        running.kill()
    assert all(line.startswith(b"{") for line in seen)
    command[command.index("30")] = "1"
    again = subprocess.run(command, capture_output=True, check=False, timeout=60)
    lines = again.stdout.splitlines()
    assert [json.loads(line)["endpoint"] for line in lines] == [silent]
    assert b"7 of 7 hosts read" in again.stderr
