"""The trust anchors of a context, as facts: where another path may end.

OpenSSL looks for anchors in folders when it needs them and tells only those that it has loaded; so
what was given to the context is kept here, and read when a chain first misses its pins.
"""

import ssl
from os import PathLike, fspath
from pathlib import Path
from weakref import ref

from keypin.certs import Certificate, Profile, TrustStore
from keypin.errors import CertificateError
from keypin.trust import platform_trust, trust_from_file


class Anchors:
    """What one context trusts.

    Args:
        context: the context, which knows what it loaded into memory.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        # Weakly: the context has its judge, which has these, and is to go when nobody uses it.
        self._context = ref(context)
        self._folders: list[Path] = []
        self._platform = False
        self._read: TrustStore | None = None

    def add_folder(self, folder: str | bytes | PathLike[str] | PathLike[bytes] | None) -> None:
        """Note that a folder was given, and that what was read before is out of date."""
        if folder is not None:
            path = fspath(folder)
            self._folders.append(Path(path if isinstance(path, str) else path.decode()))
        self._read = None

    def add_platform(self) -> None:
        """Note that the platform's anchors were loaded."""
        self._platform = True
        self._read = None

    def read(self) -> TrustStore:
        """Return the anchors, read once for each change.

        The platform's CAs are held to the rules of public CAs, a context's own to RFC 5280.
        """
        if self._read is None:
            self._read = self._collect()
        return self._read

    def _collect(self) -> TrustStore:
        found: list[Certificate] = []
        context = self._context()
        for der in context.get_ca_certs(binary_form=True) if context else ():
            try:
                found.append(Certificate.from_der(der))
            except CertificateError:
                continue  # OpenSSL reads some that DER forbids; no path of ours ends there
        for folder in self._folders:
            found += trust_from_file(folder).certificates
        if self._platform:
            found += platform_trust().certificates
        profile = Profile.WEB_PKI if self._platform else Profile.RFC5280
        return TrustStore(found, "the context's trust anchors", profile=profile)
