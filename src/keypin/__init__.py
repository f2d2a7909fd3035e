"""keypin: certificate pinning that cannot brick you.

The one door. Names are in the order of the documentation, and each is imported when it is first
used, so that `import keypin` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from keypin._version import __version__

if TYPE_CHECKING:
    from keypin.certs import (
        Certificate,
        Endpoint,
        Observation,
        TrustStore,
        VerificationError,
        VerifiedChain,
        load_certificates,
        load_keys,
        verify,
    )
    from keypin.errors import (
        CertificateError,
        FormatError,
        HostError,
        InputError,
        KeypinError,
        PinError,
        PinSetError,
        Place,
    )
    from keypin.findings import Finding, Severity
    from keypin.formats import LossError
    from keypin.pins import (
        HostPattern,
        Matched,
        MismatchError,
        NotPinned,
        Pin,
        PinSet,
        Policy,
        decide,
        explain,
    )
    from keypin.pins.clients import ClientMatched, ClientPins
    from keypin.tls import (
        ClientRefusedError,
        Event,
        PinFile,
        PinMismatchError,
        PinningError,
        PinSource,
        Reporter,
        ServerContext,
        SSLContext,
        UnpinnedHostError,
        UnprovenPeerError,
        create_default_context,
        create_server_context,
        install,
    )

__all__ = [  # noqa: RUF022 - the order of the documentation
    "create_default_context",
    "SSLContext",
    "PinSource",
    "PinFile",
    "create_server_context",
    "ServerContext",
    "ClientPins",
    "ClientMatched",
    "install",
    "Reporter",
    "Event",
    "PinningError",
    "PinMismatchError",
    "ClientRefusedError",
    "UnpinnedHostError",
    "UnprovenPeerError",
    "Pin",
    "HostPattern",
    "Policy",
    "PinSet",
    "decide",
    "Matched",
    "NotPinned",
    "MismatchError",
    "explain",
    "Certificate",
    "load_certificates",
    "load_keys",
    "TrustStore",
    "verify",
    "VerifiedChain",
    "VerificationError",
    "Endpoint",
    "Observation",
    "Finding",
    "Severity",
    "KeypinError",
    "InputError",
    "CertificateError",
    "PinError",
    "HostError",
    "PinSetError",
    "FormatError",
    "LossError",
    "Place",
    "__version__",
]

_ROOMS = {
    "keypin.tls": (
        "create_default_context SSLContext PinSource PinFile create_server_context ServerContext "
        "install Reporter "
        "Event PinningError PinMismatchError ClientRefusedError UnpinnedHostError "
        "UnprovenPeerError"
    ),
    "keypin.pins.clients": "ClientPins ClientMatched",
    "keypin.pins": ("Pin HostPattern Policy PinSet decide Matched NotPinned MismatchError explain"),
    "keypin.certs": (
        "Certificate load_certificates load_keys TrustStore verify VerifiedChain "
        "VerificationError Endpoint Observation"
    ),
    "keypin.findings": "Finding Severity",
    "keypin.formats": "LossError",
    "keypin.errors": (
        "KeypinError InputError CertificateError PinError HostError PinSetError FormatError Place"
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Import the room of a public name when the name is first used (PEP 562)."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
