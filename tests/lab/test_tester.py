"""Somebody's client against the scenarios: real curl, and clients that are broken on purpose."""

import sys
from pathlib import Path

import pytest

from keypin.errors import InputError
from keypin.lab import SCENARIOS, Lab
from keypin.lab.tester import (
    Verdict,
    check_command,
    fill,
    judge,
    placeholders,
    run_client,
    useless,
)

# A client that pins as many do: verification off, and the pinned key looked for in whatever the
# server presents.
PRESENTED = """
import socket, ssl, sys, hashlib, base64
from keypin.certs import Certificate
host, port, pins = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(",")
context = ssl.create_default_context(cafile=sys.argv[4])
with socket.create_connection((host, port), timeout=2) as plain:
    with context.wrap_socket(plain, server_hostname=host) as tls:
        chain = tls._sslobj.get_unverified_chain()
        ders = [c if isinstance(c, bytes) else ssl.PEM_cert_to_DER_cert(c.public_bytes())
                for c in chain]
        digests = [Certificate.from_der(der).spki_sha256 for der in ders]
        seen = {"sha256/" + base64.b64encode(digest).decode() for digest in digests}
        sys.exit(0 if seen & set(pins) else 1)
"""

# A client whose pin replaces verification, as the fingerprint options of several libraries do.
REPLACING = PRESENTED.replace(
    "with socket.create_connection",
    "context.check_hostname = False; context.verify_mode = ssl.CERT_NONE\n"
    "with socket.create_connection",
    1,
).replace("for c in chain]", "for c in chain[:1]]")


def results_of(command: list[str], *names: str, timeout: float = 10.0):
    """Return the verdict and the flaw of each scenario."""
    with Lab(names=names) as lab:
        found = list(run_client(lab, command, timeout=timeout))
    return {result.scenario.name: (result.verdict, result.flaw) for result in found}


def script(tmp_path: Path, source: str) -> list[str]:
    """Return the command of a client written in Python."""
    file = tmp_path / "client.py"
    file.write_text(source)
    return [sys.executable, str(file), "{host}", "{port}", "{pins}", "{cafile}"]


CURL = ["curl", "-sS", "--cacert", "{cafile}", "--pinnedpubkey", "{curl_pins}",
        "--max-time", "3", "{url}"]  # fmt: skip

# curl pins the leaf alone (CURLOPT_PINNEDPUBLICKEY): what is pinned above it is refused.
CURL_REFUSES = {"intermediate-pinned", "root-pinned", "cross-signed-root-pinned"}


def test_curl() -> None:
    """Curl trusts no hostile server; of the good ones it cannot take pins above the leaf."""
    results = results_of(CURL, *SCENARIOS)
    assert {name for name, (verdict, _) in results.items() if verdict is not Verdict.OK} == (
        CURL_REFUSES
    )
    assert results["intermediate-pinned"] == (
        Verdict.REFUSED_GOOD,
        "matches pins on the leaf alone",
    )


def test_matching_the_presented_chain(tmp_path: Path) -> None:
    """A client that looks for its pin in the presented chain falls for chain stuffing."""
    names = [name for name in SCENARIOS if name.startswith("stuffed-")]
    results = results_of(script(tmp_path, PRESENTED), "good-ecdsa", "man-in-the-middle", *names)
    assert results["good-ecdsa"] == (Verdict.OK, None)
    assert results["man-in-the-middle"] == (Verdict.OK, None)
    assert {results[name] for name in names} == {
        (Verdict.TRUSTED_HOSTILE, "matches pins on the presented chain (chain stuffing)")
    }


def test_pins_that_replace_verification(tmp_path: Path) -> None:
    """A client whose pin switches verification off falls for every bad certificate of that key."""
    names = ["expired", "wrong-host", "self-signed", "unknown-root-pinned-key", "bad-signature"]
    results = results_of(script(tmp_path, REPLACING), "good-ecdsa", "self-signed-attacker", *names)
    assert results["good-ecdsa"] == (Verdict.OK, None)
    assert results["self-signed-attacker"] == (Verdict.OK, None)
    assert {results[name][0] for name in names} == {Verdict.TRUSTED_HOSTILE}
    assert results["expired"][1] == "lets pins replace the check of dates"
    assert results["wrong-host"][1] == "lets pins replace the check of the host"


def test_a_client_that_hangs(tmp_path: Path) -> None:
    """A client without a time limit hangs, is killed with its children, and that is its flaw."""
    source = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])\n"
    source += "import time; time.sleep(60)"
    results = results_of(script(tmp_path, source), "silent", timeout=1)
    assert results["silent"] == (Verdict.HUNG, "has no time limit")


def test_output_is_evidence() -> None:
    """The end of what the client printed is kept, and no more."""
    command = [sys.executable, "-c", "print('x' * 100000); print('last')", "{url}"]
    with Lab(names=["good-ecdsa"]) as lab:
        (result,) = run_client(lab, command)
    assert result.output.endswith("last")
    assert len(result.output) <= 2000


def test_sending_before_the_verdict(tmp_path: Path) -> None:
    """A client that refuses after it has sent data has lost what it sent."""
    source = PRESENTED.replace(
        "chain = tls", "tls.sendall(b'password'); tls.recv(1); chain = tls"
    ).replace("sys.exit(0 if", "sys.exit(1 if True else 0 if")
    results = results_of(script(tmp_path, source), "man-in-the-middle")
    assert results["man-in-the-middle"] == (Verdict.SENT_DATA, "sends data before its verdict")


@pytest.mark.parametrize(
    ("name", "exit_code", "sent", "verdict"),
    [
        ("good-ecdsa", 0, 10, Verdict.OK),
        ("good-ecdsa", 1, 0, Verdict.REFUSED_GOOD),
        ("good-ecdsa", None, 0, Verdict.HUNG),
        ("man-in-the-middle", 0, 0, Verdict.TRUSTED_HOSTILE),
        ("man-in-the-middle", 1, 0, Verdict.OK),
        ("man-in-the-middle", 1, 10, Verdict.SENT_DATA),
        ("missing-intermediate", 0, 10, Verdict.OK),
        ("missing-intermediate", 1, 0, Verdict.OK),
    ],
)
def test_judge(name: str, exit_code: int | None, sent: int, verdict: Verdict) -> None:
    """Exit code and bytes together make the verdict."""
    assert judge(SCENARIOS[name], exit_code, sent) is verdict


def test_placeholders(lab) -> None:
    """Every documented placeholder is filled; other braces stay."""
    server = lab["good-ecdsa"]
    values = placeholders(lab, server)
    assert fill(["{url}", "a={host}:{port}", "{x}"], values) == [
        server.url,
        f"a=localhost:{server.port}",
        "{x}",
    ]
    assert values["curl_pins"].startswith("sha256//")
    assert set(values) == {
        "url", "host", "port", "address", "cafile", "client_cert", "pin", "pins", "curl_pins",
        "pins_toml",
    }  # fmt: skip


def test_a_command_must_name_its_server() -> None:
    """A command without a server proves nothing: refused, with an example."""
    with pytest.raises(InputError, match=r"the command names no server; expected \{url\}, or"):
        check_command(["curl", "https://example.com"])


def test_a_command_that_does_not_exist(lab) -> None:
    """A client that cannot be started is unusable input, not a refusal."""
    with pytest.raises(InputError, match="the client 'no-such-client' cannot be started"):
        list(run_client(lab, ["no-such-client", "{url}"]))


def test_useless() -> None:
    """A client that refuses every good server has proved nothing."""
    with Lab(names=["good-ecdsa", "man-in-the-middle"]) as lab:
        assert useless(list(run_client(lab, ["false", "{url}"])))
        assert not useless(list(run_client(lab, ["true", "{url}"])))
