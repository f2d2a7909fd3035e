"""`keypin pin`: the pins of anything that carries a public key."""

import json
import subprocess

import pytest

from keypin.certs import load_certificates
from keypin.pins import Pin, Spelling


@pytest.fixture
def chain(lab, tmp_path):
    """Return a file with two certificates, and their pins in order."""
    data = lab.ca_file.read_bytes()
    file = tmp_path / "chain.pem"
    file.write_bytes(data)
    return file, [str(Pin.of_key(cert)) for cert in load_certificates(data)]


def test_one_pin_a_line_through_a_pipe(keypin, chain) -> None:
    """Through a pipe it is one `sha256/...` a line, in the order of the certificates."""
    file, pins = chain
    ran = keypin("pin", file)
    assert (ran.code, ran.out.splitlines(), ran.err) == (0, pins, "")


def test_agrees_with_openssl(keypin, lab, tmp_path) -> None:
    """The pin is what openssl's own pipeline computes, as every ecosystem documents it."""
    certificate = tmp_path / "one.pem"
    certificate.write_bytes(lab.ca_file.read_bytes().split(b"-----END CERTIFICATE-----\n")[0])
    certificate.write_bytes(certificate.read_bytes() + b"-----END CERTIFICATE-----\n")
    pipeline = (
        f"openssl x509 -in {certificate} -pubkey -noout | openssl pkey -pubin -outform der"
        " | openssl dgst -sha256 -binary | openssl enc -base64"
    )
    done = subprocess.run(["sh", "-c", pipeline], capture_output=True, text=True, check=True)
    assert keypin("pin", certificate).out == f"sha256/{done.stdout}"


def test_private_key_csr_and_public_key_agree(keypin, tmp_path) -> None:
    """A key has one pin, whether it is found alone, in a request or as a public key."""
    key, csr, public = (tmp_path / name for name in ("a.key", "a.csr", "a.pub"))
    for command in (
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-out", key],
        ["openssl", "req", "-new", "-key", key, "-subj", "/CN=a.example", "-out", csr],
        ["openssl", "pkey", "-in", key, "-pubout", "-out", public],
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    pins = keypin("pin", key, csr, public).out.split()
    assert len(pins) == 3
    assert len(set(pins)) == 1


@pytest.mark.parametrize("spelling", list(Spelling))
def test_spellings(keypin, chain, spelling: Spelling) -> None:
    """Each ecosystem's own spelling can be had."""
    file, pins = chain
    expected = [Pin.parse(pin).spell(spelling) for pin in pins]
    assert keypin("pin", file, "--spelling", spelling).out.splitlines() == expected


def test_whole_certificate(keypin, chain, lab) -> None:
    """`--certificate` digests the certificate, and marks the pin as such."""
    file, _ = chain
    certificates = load_certificates(lab.ca_file.read_bytes())
    expected = [str(Pin.of_certificate(cert)) for cert in certificates]
    assert keypin("pin", file, "--certificate").out.splitlines() == expected


def test_live_server(keypin, lab, reach) -> None:
    """Of a live server it is the verified chain, leaf first, with the root that was not sent."""
    ran = keypin("pin", *reach("good-ecdsa"))
    assert ran.code == 0
    assert len(ran.out.split()) == 3
    assert ran.out.split()[0] == lab["good-ecdsa"].pins[0]


def test_dead_server(keypin, reach) -> None:
    """A server that cannot be read is not known: exit code 3, and why."""
    ran = keypin("pin", *reach("garbage"))
    assert (ran.code, ran.out) == (3, "")
    assert "does not speak TLS" in ran.err


def test_json(keypin, chain) -> None:
    """JSON has a versioned shape."""
    file, pins = chain
    shape = json.loads(keypin("pin", file, "--json").out)
    assert shape["schema"] == "keypin/pin/1"
    assert [row["pin"] for row in shape["pins"]] == pins


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"", "empty"), (b"\xff\xfenonsense", "bad.pem"), (b"-----BEGIN CERTIFICATE-----\n", "bad")],
)
def test_bad_file(keypin, tmp_path, content: bytes, complaint: str) -> None:
    """A file that holds no key is named, with exit code 2 and nothing on standard output."""
    file = tmp_path / "bad.pem"
    file.write_bytes(content)
    ran = keypin("pin", file)
    assert (ran.code, ran.out) == (2, "")
    assert complaint in ran.err


def test_missing_file(keypin) -> None:
    """A mistyped path is spoken of as a file, not as a host."""
    ran = keypin("pin", "no-such.pem")
    assert ran.code == 2
    assert ran.err == (
        "keypin: no-such.pem: cannot be read: No such file or directory; "
        "check the name and the permissions\n"
    )
