"""Secrets that whoever has them may use: random, 256 bits, and kept as digests alone.

With so much chance in them a plain SHA-256 is enough: there is nothing to guess, so nothing to slow
down (NIST SP 800-63B section 5.1.2.2 asks 112 bits for that). Looking a digest up in an index tells
by its time no more than parts of a digest.
"""

import hashlib
import secrets

_BYTES = 32

# A longer text is none of ours, and is not hashed.
_LONGEST = 100


def new(prefix: str = "") -> str:
    """Return a new secret, in the URL-safe alphabet.

    Args:
        prefix: what it begins with, so that people and scanners of repositories know it.
    """
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(text: str) -> bytes:
    """Return what is kept of a secret, 32 bytes; of a text that is none of ours, what none has."""
    if len(text) > _LONGEST or not text.isascii():
        return b""
    return hashlib.sha256(text.encode("ascii")).digest()
