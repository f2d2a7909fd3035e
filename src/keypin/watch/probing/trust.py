"""What the watch trusts: what the platform does, and the roots that the settings name besides."""

from dataclasses import dataclass
from typing import Self

from keypin.certs import Profile, TrustStore
from keypin.trust import platform_trust, public_roots, trust_from_file
from keypin.watch.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The anchors of an installation.

    Attributes:
        anchors: what endpoints are verified to.
        public: the roots of the public web, to tell a private CA from a public one.
        own: the organisation's own roots, which are private and expected to be.
    """

    anchors: TrustStore
    public: TrustStore | None = None
    own: TrustStore | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the anchors of an installation.

        Where an organisation's own roots are among them, all are held to RFC 5280 alone: its CAs
        promised the CA/Browser Forum nothing.

        Raises:
            InputError: the file cannot be read, or holds no certificate.
        """
        platform = platform_trust()
        if settings.trust is None:
            return cls(anchors=platform, public=public_roots())
        own = trust_from_file(settings.trust)
        both = TrustStore(
            (*platform.certificates, *own.certificates),
            f"{platform.name} and {own.name}",
            profile=Profile.RFC5280,
        )
        return cls(anchors=both, public=public_roots(), own=own)
