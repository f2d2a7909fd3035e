"""HTTP to addresses that somebody else names: what was judged is dialled, the name stays SNI.

    with guarded_client(guard) as http:
        http.post(url, content=body)

Certificates are verified for the name, no redirect is followed, no proxy of the environment taken,
and no connection kept: one that was made for a name must not serve another name on its address. A
request has a time altogether, from its name to the last byte of its answer.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from ssl import SSLContext

import httpx2

from keypin.probe import Address
from keypin.watch.guarding import Guard, Use
from keypin.watch.guarding_sockets import guarded_sockets
from keypin.watch.time_limit import TOTAL, TimeLimit

# Seconds for each step; `TOTAL` is for all.
TIMEOUT = 10.0
_SCHEMES = {"http": 80, "https": 443}


class LimitedTransport(httpx2.BaseTransport):
    """Sends requests of which each has a time altogether.

    Args:
        inner: sends them, and keeps no connection, for a kept one is held by no limit.
        total: seconds from the name to the last byte of the answer.
    """

    def __init__(self, inner: httpx2.BaseTransport, total: float = TOTAL) -> None:
        self._inner = inner
        self._total = total

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            httpx2.ReadTimeout: the time was over; while the answer is read as well.
        """
        limit = TimeLimit(self._total)
        try:
            with _in_time(limit), guarded_sockets(None, limit=limit):
                answer = self._inner.handle_request(request)
        except BaseException:
            limit.end()
            raise
        if isinstance(answer.stream, httpx2.SyncByteStream):
            answer.stream = _InTime(answer.stream, limit)
        return answer

    def close(self) -> None:
        """Close what sends."""
        self._inner.close()


class _InTime(httpx2.SyncByteStream):
    """An answer's body, which ends with the limit."""

    def __init__(self, inner: httpx2.SyncByteStream, limit: TimeLimit) -> None:
        self._inner = inner
        self._limit = limit

    def __iter__(self) -> Iterator[bytes]:
        with _in_time(self._limit):
            yield from self._inner

    def close(self) -> None:
        try:
            self._inner.close()
        finally:
            self._limit.end()


@contextmanager
def _in_time(limit: TimeLimit) -> Generator[None]:
    """Say that the time is over, whatever its end looks like from within."""
    try:
        yield
    except (httpx2.HTTPError, OSError) as error:
        if limit.over or isinstance(error, TimeoutError):
            raise httpx2.ReadTimeout(str(limit.error())) from error
        raise
    if limit.over:
        raise httpx2.ReadTimeout(str(limit.error()))


class GuardedTransport(httpx2.BaseTransport):
    """Sends requests to addresses that a guard has judged.

    Args:
        guard: the judge.
        verify: what verifies certificates; the public roots unless given.
        use: what for.
    """

    def __init__(
        self, guard: Guard, *, verify: SSLContext | bool = True, use: Use = Use.TELL
    ) -> None:
        self._guard = guard
        self._use = use
        self._inner = httpx2.HTTPTransport(
            verify=verify, limits=httpx2.Limits(max_keepalive_connections=0), trust_env=False
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the first address of its host that takes the connection.

        Raises:
            InternalError: the host is internal.
            UnresolvedError: it has no address.
            httpx2.HTTPError: no address takes it, or it fails afterwards.
        """
        url = request.url
        if url.scheme not in _SCHEMES:
            raise httpx2.UnsupportedProtocol(f"{url.scheme!r} is neither http nor https")
        port = url.port or _SCHEMES[url.scheme]
        found = self._guard.addresses(url.host, port, self._use)
        problem: httpx2.ConnectError | httpx2.ConnectTimeout | None = None
        for one in self._aimed(request, found):
            try:
                return self._inner.handle_request(one)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                # Nothing was sent yet, so the next address may be tried.
                problem = error
        raise problem or httpx2.ConnectError(f"{url.host} has no address")

    def close(self) -> None:
        """Close what sends."""
        self._inner.close()

    @staticmethod
    def _aimed(request: httpx2.Request, found: tuple[Address, ...]) -> Iterator[httpx2.Request]:
        """Yield the request for each address; `Host` and SNI stay the name's."""
        for address in found:
            yield httpx2.Request(
                request.method,
                request.url.copy_with(host=address.ip, port=address.port),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.host},
            )


def guarded_client(
    guard: Guard,
    *,
    timeout: float = TIMEOUT,
    total: float = TOTAL,
    verify: SSLContext | bool = True,
) -> httpx2.Client:
    """Return a client whose every request is judged.

    Args:
        guard: the judge.
        timeout: for each step of a request, in seconds.
        total: for a request altogether, in seconds.
        verify: what verifies certificates; the public roots unless given.
    """
    return httpx2.Client(
        transport=LimitedTransport(GuardedTransport(guard, verify=verify), total),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
    )
