"""The real curl obeys what the forms `curl` and `curlrc` write."""

import subprocess

import pytest

from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

MISMATCH = 90  # CURLE_SSL_PINNEDPUBKEYNOTMATCH


@pytest.fixture
def pin_set(lab) -> PinSet:
    """Return the pins of the laboratory: the key that is deployed, and the one in the safe."""
    pins = [Pin.parse(lab.cast.pin(name), position="leaf") for name in ("active", "backup")]
    entries = (PolicyPin(pins[0]), PolicyPin(pins[1], Role.BACKUP, "in the safe"))
    return PinSet([Policy(host=HostPattern("localhost"), pins=entries)], "lab")


SERVERS = pytest.mark.parametrize(
    ("server", "code"),
    [
        ("good-ecdsa", 0),
        ("backup-deployed", 0),
        ("man-in-the-middle", MISMATCH),
        ("renewed-new-key", MISMATCH),
    ],
)


@SERVERS
def test_the_command(lab, program, pin_set, tmp_path, server, code) -> None:
    """The line that is written, with the laboratory's port and CA put in, run by a shell."""
    program("curl")
    url = f"--cacert {lab.ca_file} -sS {lab[server].url}"
    script = tmp_path / "pins.sh"
    script.write_text(form("curl").dumps(pin_set).replace("https://localhost/", url))
    ran = subprocess.run(["sh", str(script)], capture_output=True, check=False, timeout=30)
    assert ran.returncode == code, ran.stderr
    assert ran.stdout == (b"" if code else b"keypin lab\n")


@SERVERS
def test_the_curlrc(lab, program, pin_set, tmp_path, server, code) -> None:
    """The file that is written, with the laboratory's port put in, read by -K."""
    config = tmp_path / ".curlrc"
    text = form("curlrc").dumps(pin_set).replace("https://localhost/", lab[server].url)
    config.write_text(text)
    command = [program("curl"), "-sS", "--cacert", str(lab.ca_file), "-K", str(config)]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert ran.returncode == code, ran.stderr


@pytest.mark.parametrize(("between", "code"), [(";", 0), ("; ", MISMATCH), (",", MISMATCH)])
def test_a_blank_in_the_list(lab, program, between, code) -> None:
    """What stands beside a blank is dropped, as the reader says."""
    one, two = (Pin.parse(lab.cast.pin(name)).spell("curl") for name in ("backup", "active"))
    command = [program("curl"), "-sS", "--cacert", str(lab.ca_file)]
    command += ["--pinnedpubkey", one + between + two, lab["good-ecdsa"].url]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert ran.returncode == code, ran.stderr


@pytest.mark.parametrize(("name", "code"), [("active", 0), ("attacker", MISMATCH)])
def test_insecure_leaves_the_pin(lab, program, name, code) -> None:
    """--insecure turns off all but the pin, as the remark says."""
    pin = Pin.parse(lab.cast.pin(name)).spell("curl")
    command = [program("curl"), "-sSk", "--pinnedpubkey", pin, lab["good-ecdsa"].url]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert ran.returncode == code, ran.stderr


@pytest.mark.parametrize("name", ["intermediate", "root"])
def test_the_leaf_alone(lab, program, name) -> None:
    """The key of a CA never matches."""
    pin = Pin.parse(lab.cast.pin(name)).spell("curl")
    command = [program("curl"), "-sS", "--cacert", str(lab.ca_file), "--pinnedpubkey", pin]
    command.append(lab["good-ecdsa"].url)
    ran = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert ran.returncode == MISMATCH, ran.stderr
