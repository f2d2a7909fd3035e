"""Whether a chain is something that a server could send at all, whatever is pinned."""

from collections.abc import Sequence

from keypin.certs import Certificate
from keypin.errors import CertificateError, Place


def check_deployable(chain: Sequence[Certificate], name: str | None = None) -> None:
    """Refuse a chain whose first certificate is a precertificate (RFC 6962 section 3.1).

    Args:
        chain: the certificates, the server's own first.
        name: the file's name, for errors.

    Raises:
        CertificateError: it is one.
    """
    if chain and chain[0].is_precertificate:
        raise CertificateError(
            f"{chain[0].label} is a precertificate, which goes to the logs and is never deployed",
            expected="the certificate itself",
            next_step="take the certificate that its CA issued after it; that has the same key",
            place=Place(file=name) if name else None,
        )
