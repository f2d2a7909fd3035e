"""The fuzz target runs, and finds nothing in its seeds."""

import runpy
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

TARGET = Path(__file__).parents[2] / "fuzz" / "fuzz_certificates.py"


@pytest.fixture(scope="module")
def one_input():
    """Return the function that the fuzzer calls."""
    return runpy.run_path(str(TARGET))["one_input"]


def test_seeds(one_input, pki) -> None:
    """A certificate in DER and in PEM, damaged and cut off, raise nothing."""
    issued = pki.leaf(pki.root(), "shop.test")
    der = issued.certificate.der
    pem = issued.certificate.x509.public_bytes(Encoding.PEM)
    for seed in (b"", der, pem, der[:-1], pem * 2, der[:100] + b"\xff" + der[101:]):
        one_input(seed)


def test_every_oddity(one_input, vectors) -> None:
    """The odd certificates that CPython's users met raise nothing."""
    for path in sorted((vectors / "chains/ctpython").glob("*.*")):
        one_input(path.read_bytes())
