"""What a connection shows beside its verified chain: its leaf, its resumed session, its port."""

import ssl
from functools import lru_cache
from typing import cast

from keypin.certs import Certificate
from keypin.tls.refusal import UnprovenPeerError
from keypin.tls.verified import Connection


@lru_cache(maxsize=1024)
def certificate_of(der: bytes) -> Certificate:
    """Read a certificate; intermediates and roots come again and again."""
    return Certificate.from_der(der)


def not_verified(connection: Connection) -> UnprovenPeerError:
    """Return the refusal of a connection on which OpenSSL verified nothing, or no name.

    A context of keypin cannot be brought to that; a plain one, under `keypin.install`, can.
    """
    context, host = connection.context, connection.server_hostname
    return UnprovenPeerError(
        f"{host}: its certificate was not verified (verify_mode={context.verify_mode.name}, "
        f"check_hostname={context.check_hostname}), so pins prove nothing"
        "\n  next step: verify certificates; pins come on top of that",
        host=host,
    )


def own_certificate(connection: Connection) -> tuple[bytes, ...]:
    """Return the server's own certificate, whose key the handshake proved; nothing above it."""
    leaf = connection.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()


def chains_of_session(
    connection: Connection, host: str | None, now: float
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the chains that were verified and presented when a resumed session began.

    OpenSSL checks neither the host's name nor the dates again on a resumed connection: we do.
    """
    session = getattr(connection, "_keypin_session", None)
    if not connection.session_reused or session is None or not session.chain:
        raise UnprovenPeerError(
            f"{host}: the server proved its identity by no certificate", host=host
        )
    if session.host != host:
        raise UnprovenPeerError(
            f"{host}: the session that was resumed was begun with {session.host}", host=host
        )
    for der in session.chain:
        certificate = certificate_of(der)
        if not certificate.not_before.timestamp() <= now <= certificate.not_after.timestamp():
            raise UnprovenPeerError(
                f"{host}: {certificate.label} of the resumed session is not valid now; "
                "connect without the session",
                host=host,
            )
    return session.chain, session.presented


def port_of(connection: Connection) -> int | None:
    """Return the port at the other end, of a socket that is still connected to one."""
    if not isinstance(connection, ssl.SSLSocket):
        return None
    try:
        address = connection.getpeername()
    except OSError:
        return None
    return cast("int", address[1]) if isinstance(address, tuple) else None
