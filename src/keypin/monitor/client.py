"""Asking one log over HTTP: every answer bounded in size and time, every log left in peace.

What a log says about its limits is followed by all who ask it: 429 and 503 with Retry-After hold
the whole client back (RFC 9110 section 10.2.3, RFC 6585 section 4). What passes is tried again with
growing, jittered pauses. Bodies are decompressed here, so that a limit comes before the bytes.
"""

import random
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

import httpx2

from keypin.errors import KeypinError

ATTEMPTS = 6
# One answer may take this long in all, however steadily its bytes drip.
ANSWER_SECONDS = 60.0
LONGEST_PAUSE = 60.0
# Longer than this nobody is waited for within one request; the follower comes back later.
LONGEST_RETRY_AFTER = 600.0
# Longer than this nobody is left alone, whatever he asks for: it may be a slip.
LONGEST_HOLD = 86400.0

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 529})
_GZIP = 31  # zlib's number for a gzip stream


class LogError(KeypinError):
    """A log did not answer as it must."""


class UnreachableError(LogError):
    """A log gives no answer, or asks to be left alone; later it may."""


class RefusedError(LogError):
    """A log refuses a request for good.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[Self], tuple[str, int]]:
        """Go from one process to another with the status, which `args` does not have."""
        return type(self), (str(self), self.status)


class AnswerError(LogError):
    """An answer is not what it says that it is, as no gzip stream."""


class TooLargeError(AnswerError):
    """An answer has more bytes than were allowed."""


class StoppedError(LogError):
    """The monitor is stopping."""


class _PassingError(Exception):
    def __init__(self, what: str, retry_after: float = 0.0) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class Client:
    """What asks one log.

    Args:
        url: what the log's paths stand below; a slash at its end is added.
        http: the connections; may be shared.
        pause: waits some seconds; raises StoppedError where the wait is to end for good.
    """

    def __init__(
        self, url: str, http: httpx2.Client, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.url = url.rstrip("/") + "/"
        self._http = http
        self._pause = pause
        self._not_before = 0.0
        self.bytes_read = 0

    def get(self, path: str, limit: int) -> bytes:
        """Return the body at a path, decompressed.

        Args:
            path: below the log's URL, with its query.
            limit: the most bytes that it may have.

        Raises:
            UnreachableError: there is no answer after some tries.
            RefusedError: the answer is that there will be none.
            TooLargeError: it has more bytes.
            AnswerError: it is no gzip, though it says so.
            StoppedError: the monitor is stopping.
        """
        url = self.url + path
        what = ""
        for attempt in range(ATTEMPTS):
            try:
                self._wait(attempt)
                return self._once(url, limit)
            except StoppedError as error:
                why = f"{what}; {error}" if what else str(error)
                raise StoppedError(f"{url}: {why}") from error
            except _PassingError as error:
                what = str(error)
                self._hold(error.retry_after)
                if error.retry_after > LONGEST_RETRY_AFTER:
                    break
            except httpx2.HTTPError as error:
                what = str(error) or type(error).__name__
            except (httpx2.InvalidURL, UnicodeError) as error:
                raise AnswerError(f"{url}: no address ({error})") from error
        raise UnreachableError(f"{url}: {what}")

    def _wait(self, attempt: int) -> None:
        pause = max(0.0, self._not_before - time.monotonic())
        if pause > LONGEST_RETRY_AFTER:
            raise UnreachableError(f"{self.url}: asks to be left alone for {pause:.0f} s more")
        if attempt:
            longest = min(LONGEST_PAUSE, 2.0 ** (attempt - 1))
            pause = max(pause, random.uniform(longest / 4, longest))  # noqa: S311 - jitter
        self._pause(pause)

    def _hold(self, seconds: float) -> None:
        hold = min(seconds, LONGEST_HOLD)
        self._not_before = max(self._not_before, time.monotonic() + hold)

    def _once(self, url: str, limit: int) -> bytes:
        deadline = time.monotonic() + ANSWER_SECONDS
        with self._http.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
            self._check_status(url, answer)
            chunks = self._timely(answer, deadline)
            encoding = answer.headers.get("content-encoding", "identity").strip().lower()
            if encoding == "identity":
                return _whole(url, chunks, limit)
            if encoding in ("gzip", "x-gzip"):
                return _unzipped(url, chunks, limit)
        raise AnswerError(f"{url}: the answer is encoded as {encoding[:40]!r}, which was not asked")

    def _check_status(self, url: str, answer: httpx2.Response) -> None:
        status = answer.status_code
        if status in _PASSING:
            after = _retry_after(answer.headers.get("retry-after", ""))
            raise _PassingError(f"answered {status} {answer.reason_phrase}", after)
        if status != 200:  # noqa: PLR2004 - the only status that carries what was asked
            raise RefusedError(f"{url}: answered {status} {answer.reason_phrase}", status)

    def _timely(self, answer: httpx2.Response, deadline: float) -> Iterator[bytes]:
        for chunk in answer.iter_raw():
            self.bytes_read += len(chunk)
            yield chunk
            if time.monotonic() > deadline:
                raise _PassingError(f"no whole answer within {ANSWER_SECONDS:.0f} s")
            self._pause(0.0)  # an end of the monitor is an end of slow answers


def _whole(url: str, chunks: Iterator[bytes], limit: int) -> bytes:
    body, size = list[bytes](), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise _too_large(url, limit)
        body.append(chunk)
    return b"".join(body)


def _unzipped(url: str, chunks: Iterator[bytes], limit: int) -> bytes:
    body, size = list[bytes](), 0
    stream = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        try:
            part = stream.decompress(chunk, limit + 1 - size)
        except zlib.error as error:
            raise AnswerError(f"{url}: no gzip stream, though it says so ({error})") from error
        if stream.unused_data:
            raise AnswerError(f"{url}: bytes behind the end of the gzip stream")
        size += len(part)
        if size > limit:
            raise _too_large(url, limit)
        body.append(part)
    if not stream.eof:
        raise _PassingError("the gzip stream breaks off")
    return b"".join(body)


def _too_large(url: str, limit: int) -> TooLargeError:
    return TooLargeError(f"{url}: an answer of more than {limit} bytes")


def _retry_after(text: str) -> float:
    """Return the seconds that a Retry-After asks for, 0 where it says nothing to be understood."""
    if text.strip().isdecimal():
        return float(text.strip()[:9])
    with suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return 0.0
