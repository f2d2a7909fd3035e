"""Promises of logs: real ones, tampered ones, and what each is over."""

import json
import pickle
from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import load_certificates, load_keys
from keypin.ct.merkle import leaf_hash, verify_inclusion
from keypin.ct.sct import Entry, LogKey, Sct, SctError, SctFormatError, embedded, parse_list
from keypin.errors import CertificateError, InputError


@pytest.fixture(scope="module")
def folder(vectors):
    """Return the folder of the vectors of CT."""
    return vectors / "ct"


def certificate(path):
    """Return the first certificate of a file."""
    return load_certificates(path.read_bytes())[0]


def chain(path) -> bytes:
    """Return the PEM of a file; some stand inside the JSON of a case."""
    if path.suffix != ".json":
        return path.read_bytes()
    case = json.loads(path.read_text())
    pems = (case["peer_certificate"], *case["untrusted_intermediates"], *case["trusted_certs"])
    return "\n".join(pems).encode()


def promise(case, base, cert) -> Sct:
    """Return the SCT of a foreign case: of its own file, or embedded."""
    if case.get("sct_file"):
        return Sct.parse((base / case["sct_file"]).read_bytes())
    found = embedded(cert)
    if not found:
        raise SctError("no SCT")
    return found[0]


def entry_of(case, base, cert) -> Entry:
    """Return what the SCT of a foreign case should be over."""
    if case["kind"] == "x509":
        return Entry.of_certificate(cert)
    issuer = certificate(base / case["issuer"])
    signer = case.get("precert_signing_issuer")
    return Entry.of_precertificate(
        cert, issuer, signer=certificate(base / signer) if signer else None
    )


def test_foreign_cases(folder) -> None:
    """Detached, embedded, of precertificates and of dedicated signers; and everything tampered."""
    base = folder / "google_testdata"
    cases = json.loads((folder / "sct_cases.json").read_text())["cases"]
    assert len(cases) == 30
    for case in cases:
        try:
            cert = certificate(base / case["cert"])
            key = LogKey(load_keys((base / case["log_key"]).read_bytes())[0].spki)
            sct = promise(case, base, cert)
            key.verify(sct, entry_of(case, base, cert))
        except (SctError, InputError):
            assert not case["expect_valid"], case["id"]
        else:
            assert case["expect_valid"], case["id"]
            assert sct.timestamp_ms == case["sct_timestamp_ms"]


def test_real_certificates(folder, vectors) -> None:
    """More than a hundred promises of real logs hold."""
    held = 0
    for case in json.loads((folder / "real_sct_cases.json").read_text())["cases"]:
        certificates = load_certificates(chain(vectors / case["file"]))
        leaf, issuer = certificates[0], certificates[1:2]
        for sct, expected in zip(embedded(leaf), case["scts"], strict=True):
            assert sct.log_id == b64decode(expected["log_id"])
            assert sct.timestamp_ms == expected["timestamp_ms"]
            if expected["expect"] == "valid":
                key = LogKey(b64decode(expected["log_key"]))
                key.verify(sct, Entry.of_precertificate(leaf, issuer[0]))
                held += 1
    assert held == 106


def test_the_leaf_is_what_was_signed(folder) -> None:
    """A tree of that entry alone has its leaf as root, and inclusion is proved with it."""
    base = folder / "google_testdata"
    cert = certificate(base / "test-cert.pem")
    sct = Sct.parse((base / "test-cert.proof").read_bytes())
    leaf = leaf_hash(Entry.of_certificate(cert).leaf(sct))
    verify_inclusion(leaf, 0, 1, [], leaf)
    assert sct.timestamp == datetime(2013, 4, 5, 17, 4, 16, 89000, tzinfo=UTC)


def test_an_impossible_moment() -> None:
    """A log may write any number; the moment is then as late as can be."""
    sct = Sct(bytes(32), 2**64 - 1, b"", 4, 3, b"")
    assert sct.timestamp == datetime.max.replace(tzinfo=UTC)


def test_neither_certificate_nor_precertificate(folder) -> None:
    """A certificate without SCTs has no part that a log could have signed as a precertificate."""
    base = folder / "google_testdata"
    root = certificate(base / "ca-cert.pem")
    assert embedded(root) == ()
    with pytest.raises(CertificateError, match=r"^neither a list of SCTs nor the poison"):
        Entry.of_precertificate(root, root)


SCT = bytes([0]) + bytes(32) + bytes(8) + b"\x00\x00" + b"\x04\x03\x00\x02ab"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "a list whose length is not what it says; expected a list of SCTs"),
        (b"\x00\x02ab", "an SCT that is longer than its list; expected a list of SCTs"),
        (b"\x00\x02\x00\x00", "an SCT that is longer than its list; expected a list of SCTs"),
        (b"\x00\x03\x00\x01a", "an SCT of 1 bytes; expected its fixed part of 43"),
        (b"\x00\x2d\x00\x2b" + SCT[:41] + b"\x00\x09", "an SCT that ends within its extensions; "
         "expected a signature"),
        (b"\x00\x30\x00\x2e" + SCT[:-3], "an SCT that ends within its extensions; expected a "
         "signature"),
        (b"\x00\x32\x00\x30" + SCT[:-1], "a signature of 1 bytes; expected the 2 that it "
         "announces"),
        (bytes(70_000), "a list of 70000 bytes; expected 65537 at most"),
    ],
)  # fmt: skip
def test_malformed_lists(data: bytes, complaint: str) -> None:
    """What is not exactly a list of SCTs is refused."""
    with pytest.raises(SctFormatError) as caught:
        parse_list(data)
    assert str(caught.value) == complaint


@given(st.binary(max_size=300))
def test_nothing_else_is_raised(data: bytes) -> None:
    """Whatever the bytes are, they are a list of SCTs or refused by name."""
    with suppress(SctFormatError):
        parse_list(len(data).to_bytes(2, "big") + data)


def test_keys_that_logs_do_not_use() -> None:
    """Ed25519 signs checkpoints, not SCTs; what is no key is none."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(CertificateError, match="a key that logs do not use"):
        LogKey(spki)
    with pytest.raises(CertificateError, match="no public key"):
        LogKey(b"x")


def test_a_key_goes_to_another_process() -> None:
    """It is pickled as its bytes, and reads the same there."""
    spki = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    there = pickle.loads(pickle.dumps(LogKey(spki)))  # noqa: S301 - our own bytes
    assert (there.spki, there.log_id) == (spki, LogKey(spki).log_id)
