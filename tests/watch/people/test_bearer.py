"""Secrets are of 256 bits, and only their digests are kept."""

import hashlib

import pytest

from keypin.watch.people import bearer


def test_a_secret_is_long_and_never_the_same() -> None:
    """43 characters of 6 bits each."""
    secrets = {bearer.new() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {43}


def test_a_prefix_tells_what_it_is() -> None:
    """So that a leaked one is found."""
    assert bearer.new("kp_").startswith("kp_")


def test_what_is_kept_is_its_digest() -> None:
    """SHA-256: there is nothing to guess in 256 bits."""
    assert bearer.digest("abc") == hashlib.sha256(b"abc").digest()


@pytest.mark.parametrize("text", ["é", "x" * 101], ids=["not ASCII", "long"])
def test_a_text_that_is_none_of_ours_has_no_digest(text) -> None:
    """No row has an empty one."""
    assert bearer.digest(text) == b""
