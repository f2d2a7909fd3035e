"""The connections to logs: one pool for all, with limits on how long anything may take."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import certifi
import httpx2

from keypin._version import __version__
from keypin.errors import InputError, Place

# Seconds to connect, between two pieces of an answer, and to wait for a free connection.
_TIMEOUT = httpx2.Timeout(20.0, connect=10.0, pool=120.0)
_LIMITS = httpx2.Limits(max_connections=256, max_keepalive_connections=64, keepalive_expiry=90.0)


@contextmanager
def connections(cafile: str | None = None) -> Generator[httpx2.Client]:
    """Give connections that verify whom they talk to.

    Args:
        cafile: the CAs to trust, in PEM; None for those of certifi.

    Raises:
        InputError: the file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=cafile or certifi.where())
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"no CA certificates: {error}",
            expected="PEM",
            place=Place(file=Path(cafile or "").name),
        ) from error
    # A log that knows its clients again could show each another tree; and cookies take memory.
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    with httpx2.Client(
        verify=context,
        timeout=_TIMEOUT,
        limits=_LIMITS,
        headers={"User-Agent": f"keypin/{__version__} (certificate transparency monitor)"},
        cookies=cookies,
    ) as http:
        yield http
