"""skeleton."""
from collections.abc import Iterable
from keypin.certs.certificate import Certificate


def assemble(bag: Iterable[Certificate], *, leaf: Certificate | None = None) -> tuple[tuple[Certificate, ...], ...]:
    """Assemble."""
    return (tuple(bag),)
