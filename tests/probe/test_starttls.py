"""Each dialogue to TLS as its specification tells it, and how a server may break it."""

import socket
import ssl
from collections.abc import Callable

import pytest

from keypin.certs import Cause, Observation
from keypin.lab import Lab
from keypin.probe import Limits

Look = Callable[..., Observation]
Serving = Callable[[Callable[[socket.socket], None]], int]
Turn = tuple[bytes | None, bytes]

MYSQL_GREETING = b"\x0a8.0\0" + bytes(13) + b"\x00\x08" + bytes(20)
MYSQL_PLAIN = b"\x0a8.0\0" + bytes(13) + b"\x00\x00" + bytes(20)
FEATURES = (
    b"<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    b"</stream:features>"
)
LDAP_OK = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"


def packet(body: bytes) -> bytes:
    """Frame a MySQL packet."""
    return len(body).to_bytes(3, "little") + b"\0" + body


# What the server expects (None: it speaks first), and what it answers.
DIALOGUES: dict[str, list[Turn]] = {
    "smtp": [
        (None, b"220-mx\r\n220 ready\r\n"),
        (b"EHLO [127.0.0.1]\r\n", b"250-mx\r\n250-SIZE 1\r\n250 STARTTLS\r\n"),
        (b"STARTTLS\r\n", b"220 go\r\n"),
    ],
    "imap": [(None, b"* OK hi\r\n"), (b"a1 STARTTLS\r\n", b"* CAPABILITY X\r\na1 OK go\r\n")],
    "pop3": [(None, b"+OK hi\r\n"), (b"STLS\r\n", b"+OK go\r\n")],
    "ftp": [(None, b"220-hi\r\n yes\r\n220 there\r\n"), (b"AUTH TLS\r\n", b"234 go\r\n")],
    "xmpp": [
        (b"<?xml", FEATURES),
        (b"<starttls", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ],
    "ldap": [(b"\x30\x1d\x02\x01\x01\x77", LDAP_OK)],
    "postgresql": [(b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S")],
    "mysql": [(None, packet(MYSQL_GREETING)), (b"\x20\x00\x00\x01", b"")],
}


def play(client: socket.socket, turns: list[Turn]) -> None:
    """Speak the turns, the client's words checked."""
    for expected, answer in turns:
        if expected is not None:
            said = client.recv(36 if expected.startswith(b"\x20") else 4096)
            if not said.startswith(expected):
                raise OSError(said)
        client.sendall(answer)


@pytest.mark.parametrize("protocol", DIALOGUES)
def test_each_protocol_leads_to_tls(lab: Lab, look: Look, serving: Serving, protocol: str) -> None:
    """After the dialogue, the handshake is like any other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab.client_file)

    def serve(client: socket.socket) -> None:
        play(client, DIALOGUES[protocol])
        with context.wrap_socket(client, server_side=True) as tls:
            tls.recv(1)

    seen = look(f"{protocol}://h.example", serving(serve))
    assert seen.failures == ()
    assert len(seen.handshakes) == 1


@pytest.mark.parametrize(
    ("protocol", "turns", "detail"),
    [
        ("smtp", [(None, b"554 no\r\n")], "did not greet with 220; it said b'554 no'"),
        (
            "smtp",
            [(None, b"220 hi\r\n"), (b"EHLO", b"250 SIZE\r\n")],
            "did not offer STARTTLS; it said b'250 SIZE'",
        ),
        (
            "ftp",
            [(None, b"220 hi\r\n"), (b"AUTH", b"502 no\r\n")],
            "did not answer AUTH TLS with 234; it said b'502 no'",
        ),
        (
            "pop3",
            [(None, b"+OK\r\n"), (b"STLS", b"-ERR no\r\n")],
            "did not answer STLS with +OK; it said b'-ERR no'",
        ),
        (
            "imap",
            [(None, b"* OK\r\n"), (b"a1", b"a1 BAD no\r\n")],
            "did not answer STARTTLS with OK; it said b'A1 BAD NO'",
        ),
        (
            "xmpp",
            [(b"<?xml", b"<stream:features/>")],
            "did not offer STARTTLS; it said b'<stream:features/>'",
        ),
        (
            "xmpp",
            [(b"<?xml", FEATURES), (b"<starttls", b"<failure/>")],
            "did not answer starttls with proceed; it said b'<failure/>'",
        ),
        ("ldap", [(b"\x30", b"\x31\x05")], "answered 3105, which is no LDAP message"),
        ("ldap", [(b"\x30", b"\x30\x84\xff\xff\xff\xff")], "which is no LDAP message"),
        ("ldap", [(b"\x30", LDAP_OK.replace(b"\x0a\x01\x00", b"\x0a\x01\x35"))], "refused"),
        ("postgresql", [(b"\x00", b"N")], "answered b'N' to SSLRequest instead of b'S'"),
        ("mysql", [(None, packet(MYSQL_PLAIN))], "the server does not offer TLS"),
        ("mysql", [(None, packet(b"\xff\x10\x04Host blocked"))], "refused the connection: b'Host"),
        ("mysql", [(None, packet(b"\x09old"))], "greeted with protocol 9 instead of 10"),
        ("mysql", [(None, b"\xff\xff\xff\x00")], "which is no MySQL packet"),
        (
            "pop3",
            [(None, b"+OK\r\n"), (b"STLS", b"+OK\r\ninjected")],
            "the server went on in clear text after it agreed to TLS: b'injected'",
        ),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(
    look: Look, serving: Serving, protocol: str, turns: list[Turn], detail: str
) -> None:
    """What the server said stands in the failure."""
    seen = look(f"{protocol}://h.example", serving(lambda client: play(client, turns)))
    (failure,) = seen.failures
    assert failure.cause is Cause.STARTTLS
    assert detail in failure.detail


@pytest.mark.parametrize(
    ("protocol", "speech", "detail"),
    [
        ("smtp", b"220-more\r\n" * 50, "more than 20 lines in the STARTTLS dialogue of SMTP"),
        ("smtp", b"220 " + b"x" * 500, "a line of more than 100 bytes"),
        ("xmpp", b"<a>" * 200, "bytes in the STARTTLS dialogue of XMPP"),
    ],
)
def test_the_dialogue_is_limited(
    look: Look, serving: Serving, protocol: str, speech: bytes, detail: str
) -> None:
    """Lines are counted and measured."""

    def talk(client: socket.socket) -> None:
        client.sendall(speech)
        client.recv(4096)

    limits = Limits(prologue_lines=20, prologue_line=100, handshake=2)
    (failure,) = look(f"{protocol}://h.example", serving(talk), limits=limits).failures
    assert failure.cause is Cause.TOO_LARGE
    assert detail in failure.detail
