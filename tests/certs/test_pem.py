"""PEM blocks, and what is said of broken ones."""

import pytest

from keypin.certs import Certificate
from keypin.certs.pem import blocks
from keypin.errors import CertificateError

GOOD = b"-----BEGIN THING-----\nAQID\n-----END THING-----"


def refusal(data: bytes) -> str:
    """Return the text of the error that reading `data` raises."""
    with pytest.raises(CertificateError) as caught:
        [block.der for block in blocks(data, "a.pem")]
    return str(caught.value)


def test_blocks_and_their_lines() -> None:
    """Each block knows its label, its line and its bytes."""
    found = list(blocks(b"text\n" + GOOD + b"\nmore\n  " + GOOD.replace(b"\n", b" \r\n ")))
    assert [block.label for block in found] == ["THING", "THING"]
    assert [block.place.line for block in found] == [2, 6]
    assert [block.der for block in found] == [b"\x01\x02\x03"] * 2


def test_an_end_without_a_beginning() -> None:
    """Text that only looks like an end is text."""
    assert list(blocks(b"-----END THING-----\n")) == []


def test_no_end() -> None:
    """A block that does not end was cut off."""
    assert refusal(b"\n-----BEGIN THING-----\nAQID") == (
        "a.pem:2: the block THING does not end; expected a line -----END THING-----"
    )


@pytest.mark.parametrize("second", [b"-----BEGIN THING-----", b"-----END OTHER-----"])
def test_another_boundary_first(second) -> None:
    """A block that begins or ends another is not read past."""
    assert "the block THING does not end" in refusal(b"-----BEGIN THING-----\n" + second)


def test_not_base64() -> None:
    """What is no base64 is named with its line."""
    text = refusal(b"-----BEGIN THING-----\nA?==\n-----END THING-----")
    assert text.startswith("a.pem:1: the block THING is not base64: ")
    assert text.endswith("; expected base64 as RFC 7468 has it")


def test_only_one_certificate(pki) -> None:
    """`from_pem` takes one certificate, as text or bytes, and no more."""
    found = pki.root().certificate
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - one use

    pem = found.x509.public_bytes(Encoding.PEM)
    assert Certificate.from_pem(pem) == Certificate.from_pem(pem.decode()) == found
    for data, count in ((pem * 2, 2), (b"", 0)):
        with pytest.raises(CertificateError) as caught:
            Certificate.from_pem(data)
        assert str(caught.value) == (
            f"{count} certificates in the text; expected exactly one CERTIFICATE block"
        )
