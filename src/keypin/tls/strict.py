"""What the contexts of clients and servers share: nobody weakens them.

The checks of chain, name and dates stay on, and whoever turns them off on a context of keypin, be
it a library, gets an error and not a weaker context.
"""

# pyright: reportIncompatibleVariableOverride=false
# The stubs describe ssl's properties as plain attributes.

import ssl
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from keypin.errors import InputError
from keypin.tls.connection import PinnedObject, PinnedSocket

# CPython's own class: truststore can put another in its place.
GENUINE: Any = next(found for found in ssl.SSLContext.__mro__ if found.__module__ == "ssl")

if TYPE_CHECKING:
    _Context = ssl.SSLContext
else:
    _Context = GENUINE

# A renegotiated handshake would bring another certificate after the verdict (TLS 1.2).
_ALWAYS = ssl.OP_NO_RENEGOTIATION


class WeakenedContextError(InputError, ValueError):
    """Somebody tried to turn off what pins rest on."""


class PinnedContext(_Context):
    """What the contexts of clients and servers share: nobody weakens them.

    Attributes:
        sslsocket_class: makes its sockets; not to be changed.
        sslobject_class: makes its memory connections; not to be changed.
    """

    sslsocket_class = PinnedSocket
    sslobject_class = PinnedObject

    def _refuse(self, what: str, why: str) -> NoReturn:
        raise WeakenedContextError(
            f"{what} on a context of keypin: {why}",
            next_step="leave it as it is; for a device with a certificate of its own making, "
            'use trust="pins-only"',
        )

    @property  # type: ignore[override]
    def verify_mode(self) -> ssl.VerifyMode:
        """Whether the peer's certificate is demanded: always."""
        return ssl.CERT_REQUIRED

    @verify_mode.setter
    def verify_mode(self, value: ssl.VerifyMode) -> None:
        if value != ssl.CERT_REQUIRED:
            self._refuse(f"verify_mode={value!r}", "pins are matched on the verified chain")

    @property  # type: ignore[override]
    def verify_flags(self) -> ssl.VerifyFlags:
        """The flags of OpenSSL's verifier."""
        return GENUINE.verify_flags.fget(self)  # type: ignore[no-any-return]

    @verify_flags.setter
    def verify_flags(self, value: ssl.VerifyFlags) -> None:
        if value & ssl.VerifyFlags.VERIFY_ALLOW_PROXY_CERTS:
            self._refuse(
                "VERIFY_ALLOW_PROXY_CERTS", "every server's key could then sign certificates"
            )
        GENUINE.verify_flags.fset(self, value)

    @property  # type: ignore[override]
    def options(self) -> ssl.Options:
        """The options of OpenSSL; renegotiation stays off."""
        return GENUINE.options.fget(self)  # type: ignore[no-any-return]

    @options.setter
    def options(self, value: ssl.Options) -> None:
        GENUINE.options.fset(self, value | _ALWAYS)

    def __setattr__(self, name: str, value: object) -> None:
        if name in {"sslsocket_class", "sslobject_class", "keypin_judge"}:
            self._refuse(name, "it is what judges the connections")
        super().__setattr__(name, value)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"cannot copy or pickle {type(self).__name__}: build another")

    def harden(self) -> None:
        """Set what every context of keypin has."""
        self.options |= _ALWAYS
        if sys.version_info >= (3, 13):  # as ssl.create_default_context does from there on
            strict = ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
            self.verify_flags |= strict


def verify_peer(context: PinnedContext, *, demanded: bool) -> None:
    """Say whether OpenSSL itself verifies the peer's chain, beneath what the context shows.

    Only where pins alone are trusted does it not.
    """
    if not demanded:
        GENUINE.check_hostname.__set__(context, False)
    GENUINE.verify_mode.fset(context, ssl.CERT_REQUIRED if demanded else ssl.CERT_NONE)
