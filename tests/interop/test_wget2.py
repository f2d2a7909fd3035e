"""The real wget2 obeys what the form `wget2` writes."""

import subprocess

import pytest

from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

REFUSED = 5  # WG_EXIT_STATUS_TLS


@pytest.fixture
def fetch(lab, program, tmp_path):
    """Return a function that runs wget2 with a database, and gives its exit code."""
    path = program("wget2")

    def run(text: str, url: str) -> int:
        database = tmp_path / "hpkp"
        database.write_text(text)
        command = [path, "-q", "-O-", "--no-config", "--no-hsts", "--no-ocsp", "--no-ocsp-stapling"]
        command += [f"--ca-certificate={lab.ca_file}", "--ca-directory=", "--tries=1"]
        command += ["--hpkp", f"--hpkp-file={database}", url]
        home = {"HOME": str(tmp_path)}
        ran = subprocess.run(command, capture_output=True, check=False, timeout=60, env=home)
        assert (ran.returncode == 0) == (b"keypin lab" in ran.stdout)
        return ran.returncode

    return run


def _set(lab, *names: str, host: str = "localhost", **settings) -> PinSet:
    pins = tuple(
        PolicyPin(Pin.parse(lab.cast.pin(name)), comment=f"the {name} key") for name in names
    )
    return PinSet([Policy(host=HostPattern.parse(host), pins=pins, **settings)], "lab")


@pytest.mark.parametrize("host", ["localhost", "**.localhost"])
@pytest.mark.parametrize(
    ("server", "code"),
    [
        ("good-ecdsa", 0),
        ("backup-deployed", 0),
        ("man-in-the-middle", REFUSED),
        ("renewed-new-key", REFUSED),
    ],
)
def test_pins(lab, fetch, host, server, code) -> None:
    """Matching and backup pins are accepted, another key is refused, comments disturb nothing."""
    text = form("wget2").dumps(_set(lab, "active", "backup", host=host, comment="the lab"))
    assert fetch(text, lab[server].url) == code


@pytest.mark.parametrize(
    ("name", "code"), [("intermediate", 0), ("root", REFUSED), ("attacker", REFUSED)]
)
def test_the_presented_chain(lab, fetch, name, code) -> None:
    """A CA's key matches if the server sends it; a root that is not sent does not match."""
    text = form("wget2").dumps(_set(lab, name, no_backup="one"))
    assert fetch(text, lab["good-ecdsa"].url) == code


def test_addresses(lab, fetch) -> None:
    """An IP address is pinned as it is written."""
    url = lab["good-ecdsa"].url.replace("localhost", "127.0.0.1")
    for names, code in ((("active", "backup"), 0), (("attacker", "backup"), REFUSED)):
        text = form("wget2").dumps(_set(lab, *names, host="127.0.0.1"))
        assert fetch(text, url) == code


def test_what_is_dead(lab, fetch) -> None:
    """Records that the reader calls dead are ignored, and pins that it calls dead never match."""
    url, pin = lab["good-ecdsa"].url, Pin.parse(lab.cast.pin("active")).spell("base64")
    wrong = Pin.parse(lab.cast.pin("attacker")).spell("base64")
    for record in ("LOCALHOST 0 0 253402300799", "localhost 0 0 1", "localhost 0 0 0"):
        assert fetch(f"{record}\n*sha256 {wrong}\n", url) == 0
    assert fetch(f"localhost 0 0 253402300799\n*sha-256 {pin}\n", url) == REFUSED


def test_the_label_walk(lab, fetch) -> None:
    """A record for a name alone masks what stands above it; one with subdomains reaches down."""
    url = lab["good-ecdsa"].url.replace("localhost", "127.0.0.1")
    wrong = Pin.parse(lab.cast.pin("attacker")).spell("base64")
    parent = f"1 1 0 253402300799\n*sha256 {wrong}\n"
    assert fetch(parent, url) == REFUSED
    assert fetch(f"0.1 0 0 253402300799\n*sha256 {wrong}\n{parent}", url) == 0
