"""How each protocol of text is led from clear text to TLS, and the table of all that can be.

Each is the shortest dialogue that its specification allows: no name, no password, no command but
the one that starts TLS. The binary protocols are in `keypin.probe.starttls_binary`.
"""

from collections.abc import Callable, Generator

from keypin.certs import Cause, Protocol
from keypin.probe.engine import Wait
from keypin.probe.failure import ProbeError
from keypin.probe.starttls_binary import ldap, mysql, postgresql
from keypin.probe.wire import Wire

Dialogue = Generator[Wait, None, None]


def smtp(wire: Wire, _host: str) -> Dialogue:
    """RFC 3207: EHLO, then STARTTLS."""
    yield from _reply(wire, b"220", "greet with 220")
    # RFC 5321 section 4.1.3: a client without a name gives an address literal.
    yield from wire.send(b"EHLO [127.0.0.1]\r\n")
    offered = yield from _reply(wire, b"250", "answer EHLO with 250")
    if not any(line[4:].strip().upper() == b"STARTTLS" for line in offered):
        raise _refused(wire, "offer STARTTLS", offered[-1])
    yield from wire.send(b"STARTTLS\r\n")
    yield from _reply(wire, b"220", "answer STARTTLS with 220")


def ftp(wire: Wire, _host: str) -> Dialogue:
    """RFC 4217 section 4: AUTH TLS."""
    yield from _reply(wire, b"220", "greet with 220")
    yield from wire.send(b"AUTH TLS\r\n")
    yield from _reply(wire, b"234", "answer AUTH TLS with 234")


def pop3(wire: Wire, _host: str) -> Dialogue:
    """RFC 2595 section 4: STLS."""
    greeting = yield from wire.line()
    _expect(wire, greeting, b"+OK", "greet with +OK")
    yield from wire.send(b"STLS\r\n")
    answer = yield from wire.line()
    _expect(wire, answer, b"+OK", "answer STLS with +OK")


def imap(wire: Wire, _host: str) -> Dialogue:
    """RFC 9051 section 6.2.1: STARTTLS."""
    greeting = yield from wire.line()
    _expect(wire, greeting.upper(), b"* OK", "greet with OK")
    yield from wire.send(b"a1 STARTTLS\r\n")
    answer = yield from wire.line()
    while answer.startswith(b"* "):
        answer = yield from wire.line()
    _expect(wire, answer.upper(), b"A1 OK", "answer STARTTLS with OK")


def xmpp(wire: Wire, host: str) -> Dialogue:
    """RFC 6120 section 5.4: a stream, its features, then starttls."""
    yield from wire.send(
        f"<?xml version='1.0'?><stream:stream to='{host}' version='1.0' xml:lang='en' "
        "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>".encode("ascii")
    )
    features = yield from wire.until_ends_with(
        (b"</stream:features>", b"<stream:features/>", b"</stream:error>", b"</stream:stream>")
    )
    if b"urn:ietf:params:xml:ns:xmpp-tls" not in features:
        raise _refused(wire, "offer STARTTLS", features[-80:])
    yield from wire.send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    answer = yield from wire.until_ends_with((b">",))
    _expect(wire, answer.lstrip(), b"<proceed", "answer starttls with proceed")


DIALOGUES: dict[Protocol, Callable[[Wire, str], Dialogue]] = {
    Protocol.SMTP: smtp,
    Protocol.IMAP: imap,
    Protocol.POP3: pop3,
    Protocol.FTP: ftp,
    Protocol.XMPP: xmpp,
    Protocol.LDAP: ldap,
    Protocol.POSTGRESQL: postgresql,
    Protocol.MYSQL: mysql,
}


def start_tls(wire: Wire, protocol: Protocol, host: str) -> Dialogue:
    """Lead `wire` to where the TLS handshake begins.

    Raises:
        ProbeError: the server refuses, breaks its protocol, or sends clear text after its consent.
    """
    if protocol is Protocol.TLS:
        return
    stage, wire.stage = wire.stage, f"the STARTTLS dialogue of {protocol.upper()}"
    yield from DIALOGUES[protocol](wire, host)
    wire.refuse_rest()
    wire.stage = stage


def _reply(wire: Wire, code: bytes, duty: str) -> Generator[Wait, None, list[bytes]]:
    """Return the lines of one reply (RFC 5321 section 4.2.1: the last has no hyphen)."""
    lines: list[bytes] = []
    while not lines or (lines[-1][3:4] == b"-" or not lines[-1][:3].isdigit()):
        line = yield from wire.line()
        if not lines:
            _expect(wire, line, code, duty)
        lines.append(line)
    return lines


def _expect(wire: Wire, line: bytes, start: bytes, duty: str) -> None:
    if not line.startswith(start):
        raise _refused(wire, duty, line)


def _refused(wire: Wire, duty: str, said: bytes) -> ProbeError:
    return ProbeError(
        Cause.STARTTLS, f"in {wire.stage} the server did not {duty}; it said {said[:80]!r}"
    )
