"""Pins for requests: an adapter whose every connection is made with a context of keypin.

Mount it on `https://` as a whole. requests chooses an adapter by the beginning of the URL's text,
and the same host has other texts (`https://user@host/`, `https://host:443/`); here the pins choose,
by the host of the connection.
"""

from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from keypin.tls.context import SSLContext, create_default_context
from keypin.tls.source import Pins
from keypin.tls.strict import WeakenedContextError

if TYPE_CHECKING:
    from urllib3.connectionpool import HTTPConnectionPool


class PinnedAdapter(HTTPAdapter):
    """An adapter for `requests.Session.mount` that makes pinned connections, through proxies too.

    What is trusted is the context's affair alone: a CA file in `verify=` or in `REQUESTS_CA_BUNDLE`
    adds nothing to it, and `verify=False` is refused.

    Args:
        pins: a context of `keypin.create_default_context`, or pins for one with its defaults.
        options: the options of `requests.adapters.HTTPAdapter`.

    Attributes:
        context: the context.

    Raises:
        InputError: the pins are malformed, or break a rule.
    """

    # A pickled adapter would come back without pins; with the context among what is pickled, it
    # refuses to go.
    __attrs__ = [*HTTPAdapter.__attrs__, "context"]  # noqa: RUF012 - as in the base class

    def __init__(self, pins: SSLContext | Pins, **options: Any) -> None:  # noqa: ANN401 - of requests
        self.context = pins if isinstance(pins, SSLContext) else create_default_context(pins)
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - of requests
        """Make direct connections with the pinned context."""
        super().init_poolmanager(*args, **options, ssl_context=self.context)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401 - of requests
        """Make connections within a proxy's tunnel with the pinned context."""
        return super().proxy_manager_for(proxy, **options, ssl_context=self.context)

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - of requests
        proxies: dict[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> "HTTPConnectionPool":
        """Return the pool for a request.

        Raises:
            WeakenedContextError: the request is not to be verified.
        """
        _demand_verification(verify)
        return super().get_connection_with_tls_context(request, True, proxies, cert)

    def cert_verify(
        self,
        conn: Any,  # noqa: ANN401 - of requests
        url: str,
        verify: bool | str | None,  # noqa: FBT001 - of requests
        cert: tuple[str, str] | str | None,
    ) -> None:
        """Leave the trust anchors to the context; requests would add its own at each connection.

        Raises:
            WeakenedContextError: the request is not to be verified.
        """
        _demand_verification(verify)
        super().cert_verify(conn, url, True, cert)
        conn.ca_certs = conn.ca_cert_dir = None


def pinned_session(pins: SSLContext | Pins, **options: Any) -> requests.Session:  # noqa: ANN401
    """Return a session that speaks `https://` alone, pinned.

    Without an adapter for `http://`, no redirect leads to a connection that has no TLS:
    `requests.exceptions.InvalidSchema` is raised instead.

    Args:
        pins: as for `PinnedAdapter`.
        options: the options of `requests.adapters.HTTPAdapter`.

    Raises:
        InputError: the pins are malformed, or break a rule.
    """
    session = requests.Session()
    session.mount("https://", PinnedAdapter(pins, **options))
    del session.adapters["http://"]
    return session


def _demand_verification(verify: object) -> None:
    if not verify:
        raise WeakenedContextError(
            f"verify={verify!r} on a session of keypin: pins are matched on the verified chain",
            next_step="leave verify as it is; what is trusted is said when the context is made",
        )
