"""What the watch trusts: what the platform does, and the roots that the settings name besides."""

from keypin.certs import Profile, TrustStore
from keypin.trust import platform_trust, trust_from_file
from keypin.watch.settings import Settings


def trust_of(settings: Settings) -> TrustStore:
    """Return the anchors that endpoints are verified to.

    Where an organisation's own roots are among them, all are held to RFC 5280 alone: its CAs
    promised the CA/Browser Forum nothing.

    Raises:
        InputError: the file cannot be read, or holds no certificate.
    """
    platform = platform_trust()
    if settings.trust is None:
        return platform
    own = trust_from_file(settings.trust)
    return TrustStore(
        (*platform.certificates, *own.certificates),
        f"{platform.name} and {own.name}",
        profile=Profile.RFC5280,
    )
