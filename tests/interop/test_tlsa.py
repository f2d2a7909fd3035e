"""Real DANE clients and tools obey and agree with the forms `tlsa` and `tlsa-smtp`."""

import re
import subprocess

import pytest

from keypin.certs import load_certificates
from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinPosition, PinSet, Policy, PolicyPin


@pytest.fixture
def connect(lab, program):
    """Return a function that gives records to OpenSSL's DANE client, and tells what it says."""
    path = program("openssl")

    def run(text: str, server: str, *, trusted: bool) -> bool:
        records = [line.partition(" TLSA ")[2] for line in text.splitlines() if " TLSA " in line]
        command = [path, "s_client", "-connect", f"127.0.0.1:{lab[server].port}"]
        command += ["-verify_return_error", "-brief", "-dane_tlsa_domain", "localhost"]
        command += ["-CAfile", str(lab.ca_file)] if trusted else ["-no-CAfile"]
        for record in records:
            command += ["-dane_tlsa_rrdata", record.partition(" ;")[0]]
        ran = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=30)
        verified = b"Verification: OK" in ran.stderr
        assert (ran.returncode == 0) == verified, ran.stderr
        return verified

    return run


def _pin(lab, name: str, position: str, **settings) -> PolicyPin:
    issued = lab.cast.authority(name) if "root" in name or "intermediate" in name else None
    (certificate,) = load_certificates((issued or lab.cast.leaf(name)).pem)
    return PolicyPin(Pin.of_key(certificate, position=position, **settings))


def _text(form_id: str, *pins: PolicyPin) -> str:
    policy = Policy(host=HostPattern("localhost"), pins=pins, no_backup="a test")
    return form(form_id).dumps(PinSet([policy]))


FORMS = pytest.mark.parametrize("form_id", ["tlsa", "tlsa-smtp"])


@FORMS
@pytest.mark.parametrize("position", ["leaf", "any"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize(
    ("server", "accepted"),
    [
        ("good-ecdsa", True),
        ("backup-deployed", True),
        ("man-in-the-middle", False),
        ("renewed-new-key", False),
    ],
)
def test_leaf_keys(lab, connect, form_id, position, algorithm, server, accepted) -> None:
    """Active and backup keys are accepted, others refused, with and without CAs."""
    pins = (_pin(lab, name, position, algorithm=algorithm) for name in ("active", "backup"))
    text = _text(form_id, *pins)
    assert connect(text, server, trusted=form_id == "tlsa") is accepted


@FORMS
@pytest.mark.parametrize(
    ("name", "position", "accepted"),
    [
        ("intermediate", "ca", True),
        ("intermediate", "any", True),
        ("intermediate", "leaf", False),
        ("active", "ca", False),
        ("other-intermediate", "ca", False),
    ],
)
def test_positions(lab, connect, form_id, name, position, accepted) -> None:
    """A leaf's record does not match a CA, nor the reverse."""
    text = _text(form_id, _pin(lab, name, position))
    assert connect(text, "good-ecdsa", trusted=form_id == "tlsa") is accepted


def test_a_root(lab, connect) -> None:
    """Usage 0 finds a root that the server does not send; usage 2 cannot."""
    root = _pin(lab, "root", "ca")
    assert connect(_text("tlsa", root), "good-ecdsa", trusted=True) is True
    assert connect(_text("tlsa-smtp", root), "good-ecdsa", trusted=False) is False


def test_the_ca_counts_as_well(lab, connect) -> None:
    """With usage 1 a chain that no CA verifies is refused in spite of its pinned key."""
    text = _text("tlsa", _pin(lab, "active", "leaf"))
    assert connect(text, "good-ecdsa", trusted=False) is False


def test_two_digests(lab, connect) -> None:
    """OpenSSL passes over SHA-256 beside SHA-512, as the loss and the remark say."""
    pin, other = _pin(lab, "active", "leaf"), _pin(lab, "attacker", "leaf", algorithm="sha512")
    text = _text("tlsa", pin)
    assert connect(text, "good-ecdsa", trusted=True) is True
    both = text + _text("tlsa", other)
    assert connect(both, "good-ecdsa", trusted=True) is False
    read = form("tlsa").loads(both).pin_set
    assert [entry.pin for entry in read.policies[0].pins] == [other.pin]


@FORMS
@pytest.mark.parametrize("hashed", ["sha256", "sha512"])
@pytest.mark.parametrize("selector", ["key", "certificate"])
@pytest.mark.parametrize("usage", ["leaf", "ca"])
def test_danetool(lab, program, tmp_path, form_id, hashed, selector, usage) -> None:
    """The record that GnuTLS makes of a certificate is the one that is written, and is read."""
    issued = lab.cast.leaf() if usage == "leaf" else lab.cast.authority("intermediate")
    path = tmp_path / "certificate.pem"
    path.write_bytes(issued.pem)
    port = "443" if form_id == "tlsa" else "25"
    command = [program("danetool"), "--tlsa-rr", "--host", "localhost", "--port", port]
    command += ["--proto", "tcp", "--load-certificate", str(path), "--hash", hashed]
    command += ["--x509"] if selector == "certificate" else []
    command += ["--ca"] if usage == "ca" else []
    command += ["--no-domain"] if form_id == "tlsa" else []
    made = subprocess.run(command, capture_output=True, check=True, timeout=30, text=True).stdout
    (certificate,) = load_certificates(issued.pem)
    make = Pin.of_key if selector == "key" else Pin.of_certificate
    pin = make(certificate, algorithm=hashed, position=PinPosition(usage))
    (policy,) = form(form_id).loads(made).pin_set.policies
    assert [entry.pin for entry in policy.pins] == [pin]
    written = _text(form_id, PolicyPin(pin)).splitlines()[-1]
    assert written.split() == re.sub(r"[()]|\b0(?=\d\b)", "", made).split()
