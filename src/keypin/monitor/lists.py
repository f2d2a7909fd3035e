"""Fetching a log list: the one that Chrome publishes, its signature verified, or another."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx2

from keypin.ct.log_list import MAX_LOG_LIST, LogList, LogListError
from keypin.errors import InputError
from keypin.monitor.client import Client, LogError, StoppedError

# https://googlechrome.github.io/CertificateTransparency/log_lists.html
CHROME_URL = "https://www.gstatic.com/ct/log_list/v3/log_list.json"

_MAX_SIGNATURE = 1 << 12
# Chrome renews its list daily, and wants it to be at most 70 days old.
FRESH = 24 * 3600


def fetch(url: str, http: httpx2.Client, *, signed: bool) -> LogList:
    """Return the log list at a URL.

    Args:
        url: where.
        http: the connections to use.
        signed: whether its signature by Google is beside it, and must hold.

    Raises:
        LogError: it cannot be had.
        LogListSignatureError: the signature does not hold.
        LogListError: it is no log list.
    """
    return LogList.loads(_bytes(url, http, signed=signed), name=url)


def chrome(
    cache: Path, http: httpx2.Client, pause: Callable[[float], None] = time.sleep
) -> LogList:
    """Return Chrome's log list, at most a day old; an older copy where it cannot be had.

    Args:
        cache: the folder of the copy.
        http: the connections to use.
        pause: what waits between two tries; see `Client`.

    Raises:
        LogError: it cannot be had, and there is no copy.
        LogListSignatureError: the signature does not hold.
        LogListError: what is signed is no log list.
    """
    file = cache / "log_list.json"
    copy = _copy(file)
    if copy is not None and 0 <= time.time() - file.stat().st_mtime < FRESH:
        return copy
    try:
        data = _bytes(CHROME_URL, http, signed=True, pause=pause if copy is None else _hurried)
    except LogError:
        if copy is None:
            raise
        return copy
    found = LogList.loads(data, name=CHROME_URL)
    _keep(file, data)
    return found


def _hurried(seconds: float) -> None:
    """Wait for nothing: there is a copy."""
    if seconds:
        raise StoppedError("a copy is at hand")


def _copy(file: Path) -> LogList | None:
    """Return the copy; None where there is none, or none that can be read."""
    try:
        return LogList.loads(file.read_bytes(), name=str(file))
    except (OSError, LogListError):
        return None


def _keep(file: Path, data: bytes) -> None:
    """Keep a copy; where that cannot be, the list is fetched again."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = file.with_suffix(f".{os.getpid()}")
        whole.write_bytes(data)
        whole.replace(file)


def _bytes(
    url: str,
    http: httpx2.Client,
    *,
    signed: bool,
    pause: Callable[[float], None] = time.sleep,
) -> bytes:
    base, _, name = url.rpartition("/")
    if not base.startswith(("http://", "https://")):
        raise InputError(f"the address {url!r}", expected="http:// or https://")
    client = Client(base, http, pause)
    data = client.get(name, MAX_LOG_LIST)
    if signed:
        signature = name.removesuffix(".json") + ".sig"
        LogList.verify(data, client.get(signature, _MAX_SIGNATURE))
    return data
