"""How the binary protocols are led from clear text to TLS: LDAP, PostgreSQL and MySQL.

The messages sent are constants; of the answers only the fields that decide are read, at fixed
places, each length checked against its own limit.
"""

from collections.abc import Generator

from keypin.certs import Cause
from keypin.probe.engine import Wait
from keypin.probe.failure import ProbeError
from keypin.probe.wire import Wire

Dialogue = Generator[Wait, None, None]

# RFC 4511 section 4.14.1: message 1, ExtendedRequest 1.3.6.1.4.1.1466.20037, in BER.
_LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
# An answer is some 20 bytes; one with a long text and referrals is still under a kilobyte.
_LDAP_ANSWER = 4096
# RFC 4511 section 4.1.9: LDAPResult begins with the resultCode, an ENUMERATED of one byte.
_LDAP_SUCCESS = b"\x0a\x01\x00"
_LDAP_EXTENDED_RESPONSE = 0x78

# PostgreSQL 17, section 54.7, SSLRequest: length 8, code 80877103.
_POSTGRESQL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"

# MySQL's Protocol::HandshakeV10 and Protocol::SSLRequest; MariaDB's are the same.
_MYSQL_PROTOCOL = 10
_MYSQL_ERROR = 0xFF
_MYSQL_GREETING = 4096
_MYSQL_CLIENT_SSL = 0x0800
# CLIENT_LONG_PASSWORD, PROTOCOL_41, SSL, SECURE_CONNECTION; 16 MiB packets; utf8mb4; filler.
_MYSQL_REQUEST = (
    b"\x20\x00\x00\x01" + (0x0001 | 0x0200 | 0x0800 | 0x8000).to_bytes(4, "little")
) + (b"\x00\x00\x00\x01" + b"\x2d" + bytes(23))


def ldap(wire: Wire, _host: str) -> Dialogue:
    """RFC 4511 section 4.14: the StartTLS operation."""
    yield from wire.send(_LDAP_REQUEST)
    head = yield from wire.exactly(2)
    size = head[1]
    if size & 0x80:
        more = yield from wire.exactly(size & 0x7F)
        size = int.from_bytes(more, "big")
    if head[0] != 0x30 or size > _LDAP_ANSWER:  # noqa: PLR2004 - the tag of a SEQUENCE
        raise _refused("LDAP", f"answered {head.hex()}, which is no LDAP message")
    message = yield from wire.exactly(size)
    operation = message[3:]
    if operation[:1] != bytes([_LDAP_EXTENDED_RESPONSE]) or _LDAP_SUCCESS not in operation[:9]:
        raise _refused("LDAP", f"refused StartTLS: {message[:60]!r}")


def postgresql(wire: Wire, _host: str) -> Dialogue:
    """PostgreSQL's SSLRequest: one byte answers, S for TLS."""
    yield from wire.send(_POSTGRESQL_REQUEST)
    answer = yield from wire.exactly(1)
    if answer != b"S":
        raise _refused("PostgreSQL", f"answered {answer!r} to SSLRequest instead of b'S'")


def mysql(wire: Wire, _host: str) -> Dialogue:
    """MySQL's handshake: the server greets with its capabilities, the client asks for TLS."""
    head = yield from wire.exactly(4)
    size = int.from_bytes(head[:3], "little")
    if not 0 < size <= _MYSQL_GREETING:
        raise _refused("MySQL", f"greeted with {head!r}, which is no MySQL packet")
    greeting = yield from wire.exactly(size)
    if greeting[0] == _MYSQL_ERROR:
        raise _refused("MySQL", f"refused the connection: {greeting[3:83]!r}")
    if greeting[0] != _MYSQL_PROTOCOL:
        raise _refused("MySQL", f"greeted with protocol {greeting[0]} instead of 10")
    # Version text up to NUL, thread id (4), authentication data (8), filler (1), capabilities (2).
    _, _, rest = greeting[1:].partition(b"\0")
    if not int.from_bytes(rest[13:15], "little") & _MYSQL_CLIENT_SSL:
        raise _refused("MySQL", "does not offer TLS")
    yield from wire.send(_MYSQL_REQUEST)


def _refused(protocol: str, what: str) -> ProbeError:
    return ProbeError(Cause.STARTTLS, f"in the STARTTLS dialogue of {protocol} the server {what}")
