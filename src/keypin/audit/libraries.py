"""Pinning libraries, by what they leave in an app: where none of their pins is found, that is told.

Rows of facts: a type in the code, or a folder of an iOS app.
"""

from collections.abc import Iterable

# In most apps, and unused in most: it counts where code hands it pins.
OKHTTP = "OkHttp's CertificatePinner"

# A Dalvik type that nobody but the library has.
TYPES: tuple[tuple[str, str], ...] = (
    ("Lcom/datatheorem/android/trustkit/TrustKit;", "TrustKit"),
    ("Lcom/wultra/android/sslpinning/CertStore;", "Wultra SSL Pinning"),
    ("Lcom/criticalblue/approovsdk/Approov;", "Approov"),
    ("Lcloud/trustpin/kotlin/sdk/TrustPin;", "TrustPin"),
    ("Lcom/toyberman/RNSslPinningModule;", "react-native-ssl-pinning"),
    ("Lcom/reactnativesslpublickeypinning/SslPublicKeyPinningModule;",
     "react-native-ssl-public-key-pinning"),
    ("Ldiefferson/http_certificate_pinning/HttpCertificatePinningPlugin;",
     "http_certificate_pinning"),
)  # fmt: skip

FRAMEWORKS: tuple[tuple[str, str], ...] = (
    ("TrustKit.framework/", "TrustKit"),
    ("WultraSSLPinning.framework/", "Wultra SSL Pinning"),
    ("Approov.framework/", "Approov"),
    ("TrustPinKit.framework/", "TrustPin"),
)


def frameworks_in(names: Iterable[str]) -> tuple[str, ...]:
    """Return the pinning libraries whose frameworks are among the names of an archive."""
    present = "\n".join(names)
    return tuple(library for folder, library in FRAMEWORKS if f"/{folder}" in present)
