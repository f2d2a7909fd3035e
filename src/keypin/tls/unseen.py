"""Libraries with a TLS of their own, which no `ssl.SSLContext` reaches.

`keypin.install` cannot pin them, so it says which of them a program uses: silence would be taken
for safety. Their pins are set in their own way; the how-to pages say how.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_log = logging.getLogger("keypin.tls")

# Top-level module, and what makes its connections. One row a library; a submodule stands for the
# part that does it.
OWN_TLS = {
    "OpenSSL": "pyOpenSSL",
    "aioquic": "aioquic (QUIC)",
    "awscrt": "the AWS common runtime (s2n)",
    "confluent_kafka": "librdkafka",
    "curl_cffi": "libcurl",
    "eventlet": "eventlet's own sockets",
    "gevent": "gevent's own sockets",
    "grpc": "gRPC (BoringSSL)",
    "ldap": "libldap",
    "M2Crypto": "M2Crypto",
    "_mysql": "libmysqlclient",
    "_mysql_connector": "libmysqlclient",
    "MySQLdb": "libmysqlclient",
    "primp": "primp (BoringSSL)",
    "psycopg": "libpq",
    "psycopg2": "libpq",
    "pycurl": "libcurl",
    "pyodbc": "the ODBC driver",
    "PyQt6": "Qt",
    "PySide6": "Qt",
    "qh3": "qh3 (QUIC)",
    "rnet": "rnet (BoringSSL)",
    "tlslite": "tlslite",
    "wolfssl": "wolfSSL",
}


class _Watch:
    """A finder that finds nothing, and notes which of the libraries is asked for."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Note an import; the next finder finds the module."""
        del path, target
        self.note(name)
        return None

    def note(self, name: str) -> None:
        """Warn of a library, once."""
        if name in OWN_TLS and name not in self._told:
            self._told.add(name)
            _log.warning(
                "keypin does not see the TLS connections of %s: %s makes them without Python's "
                "ssl; pin them there",
                name,
                OWN_TLS[name],
            )


def watch_imports() -> Callable[[], None]:
    """Warn of libraries that go past the pins, of those that are imported and of those to come.

    Returns:
        What ends the watch.
    """
    watch = _Watch()
    for name in sorted(OWN_TLS.keys() & sys.modules.keys()):
        watch.note(name)
    sys.meta_path.insert(0, watch)
    return lambda: sys.meta_path.remove(watch)
