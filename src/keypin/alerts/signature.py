"""The signature of keypin's webhook: HMAC-SHA256 (RFC 2104) over the time and the body.

The header is `Keypin-Signature: t=1795424400,v1=5257a8…`. `t` is the time of sending in seconds
since 1970, `v1` the HMAC of `t`, a full stop and the body, in hexadecimal. While a key is being
replaced there is a `v1` for each key. The time is signed, so that a recorded request is worth
nothing later.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from keypin.errors import InputError

HEADER = "Keypin-Signature"

# As long as the digest (RFC 2104 section 3 discourages less).
MIN_KEY = 32
TOLERANCE = timedelta(minutes=5)

_HEADER = re.compile(r"t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,4})", re.ASCII)
_FORM = "t=SECONDS,v1=HEX"


def sign(body: bytes, keys: Sequence[bytes], at: datetime) -> str:
    """Return the value of the header.

    Args:
        body: the request's, as it is sent.
        keys: one, or while it is being replaced the new and the old one; 32 bytes or more each.
        at: when it is sent, aware.

    Raises:
        InputError: there is no key, or one is too short.
    """
    if not keys:
        raise InputError("no key to sign with", expected="one at least")
    seconds = int(at.timestamp())
    return f"t={seconds}" + "".join(f",v1={_hmac(body, key, seconds)}" for key in keys)


def verify(
    header: str,
    body: bytes,
    key: bytes,
    at: datetime,
    *,
    tolerance: timedelta = TOLERANCE,
) -> datetime:
    """Verify a signature; for whoever receives a webhook.

    Args:
        header: the value of `Keypin-Signature`.
        body: the request's, as it was received, before it is parsed.
        key: what both sides know.
        at: the time now, aware.
        tolerance: how far the time of sending may be from now.

    Returns:
        When it was sent.

    Raises:
        InputError: it is not signed with this key, or not now.
    """
    match = _HEADER.fullmatch(header)
    if match is None:
        raise InputError(f"the header {header[:80]!r}", expected=_FORM)
    seconds = int(match[1])
    computed = _hmac(body, key, seconds)
    given = [part.removeprefix("v1=") for part in match[2].split(",")[1:]]
    if not any(hmac.compare_digest(computed, one) for one in given):
        raise InputError(
            "the signature does not match",
            expected="one with this key over this body",
            next_step="compare the key, and verify the bytes as they were received",
        )
    if abs(at.timestamp() - seconds) > tolerance.total_seconds():
        raise InputError(
            f"signed at {seconds}, and it is {int(at.timestamp())}",
            expected=f"{int(tolerance.total_seconds())} seconds between them at most",
            next_step="check both clocks; if they are right, somebody sends an old request again",
        )
    return datetime.fromtimestamp(seconds, UTC)


def _hmac(body: bytes, key: bytes, seconds: int) -> str:
    if len(key) < MIN_KEY:
        raise InputError(f"a key of {len(key)} bytes", expected=f"{MIN_KEY} at least")
    return hmac.new(key, b"%d." % seconds + body, hashlib.sha256).hexdigest()
