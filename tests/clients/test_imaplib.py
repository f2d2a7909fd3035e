"""imaplib with a context of keypin, with TLS from the start and with STARTTLS."""

import imaplib
import ssl

import pytest

import keypin


def speak_imap(wire) -> None:
    """Take a login, after STARTTLS where there is no TLS yet."""
    wire.send("* OK lab")
    while line := wire.line():
        tag, command, *_ = line.split()
        match command.upper():
            case "CAPABILITY":
                wire.send(f"* CAPABILITY IMAP4rev1{'' if wire.secure else ' STARTTLS'}")
            case "STARTTLS":
                wire.send(f"{tag} OK go")
                wire.start_tls()
                continue
            case "LOGOUT":
                wire.send("* BYE", f"{tag} OK bye")
                return
        wire.send(f"{tag} OK done")


def connect(server, context: ssl.SSLContext, how: str) -> imaplib.IMAP4:
    """Log in, as the page shows it."""
    if how == "IMAP4_SSL":
        imap = imaplib.IMAP4_SSL("localhost", server.port, ssl_context=context, timeout=20)
    else:
        imap = imaplib.IMAP4("localhost", server.port, timeout=20)
        imap.starttls(ssl_context=context)
    imap.login("user", "secret")
    return imap


@pytest.fixture(params=["IMAP4_SSL", "starttls"])
def how(request) -> str:
    """Return each of the two ways to TLS."""
    return request.param


@pytest.fixture
def start(serve, how):
    """Return a function that starts a mail server for the way that is tried."""
    return lambda name="good-ecdsa": serve(name, speak_imap, implicit=how == "IMAP4_SSL")


def test_a_good_server(start, pinned, how) -> None:
    """It lets the user in."""
    server = start()
    with connect(server, pinned(), how) as imap:
        assert imap.state == "AUTH"
    assert b"secret" in b"".join(server.received)


def test_an_attacker(start, pinned, how, story) -> None:
    """The error is keypin's own, and the password has not left the machine."""
    server = start("man-in-the-middle")
    with pytest.raises(keypin.PinMismatchError) as caught:
        connect(server, pinned(), how)
    assert story(caught.value)
    server.wait()
    assert server.received == []
    assert b"secret" not in b"".join(server.plain)


@pytest.mark.parametrize("name", ["wrong-host", "unknown-root-pinned-key", "stuffed-after"])
def test_hostile_servers(name, start, pinned, how) -> None:
    """None is sent anything over TLS."""
    server = start(name)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(server, pinned(), how)
    server.wait()
    assert server.received == []


def test_a_refused_connection_is_used_further(serve, pinned) -> None:
    """A program that catches the error and logs in anyway sends nothing: the connection is gone."""
    server = serve("man-in-the-middle", speak_imap, implicit=False)
    imap = imaplib.IMAP4("localhost", server.port, timeout=20)
    with pytest.raises(keypin.PinMismatchError):
        imap.starttls(ssl_context=pinned())
    with pytest.raises(imaplib.IMAP4.abort):
        imap.login("user", "secret")
    server.wait()
    assert server.received == []
    assert b"secret" not in b"".join(server.plain)


def test_a_block_around_starttls_hides_the_error(serve, pinned, story) -> None:
    """At the end of `with` imaplib says goodbye on the lost connection; keypin's error is below."""
    server = serve("man-in-the-middle", speak_imap, implicit=False)
    with pytest.raises(imaplib.IMAP4.abort) as caught:
        with imaplib.IMAP4("localhost", server.port, timeout=20) as imap:
            imap.starttls(ssl_context=pinned())
    below = caught.value
    while not isinstance(below, keypin.PinMismatchError):
        below = below.__context__
    assert story(below)


def test_starttls_that_is_not_offered(serve, pinned) -> None:
    """An attacker who takes the offer out of the list stops the login, as the library has it."""

    def strip(wire) -> None:
        wire.send("* OK lab")
        while line := wire.line():
            wire.send("* CAPABILITY IMAP4rev1", f"{line.split()[0]} OK done")

    server = serve(script=strip, implicit=False)
    imap = imaplib.IMAP4("localhost", server.port, timeout=20)
    with pytest.raises(imaplib.IMAP4.abort, match="TLS not supported"):
        imap.starttls(ssl_context=pinned())
    imap.shutdown()
    server.wait()
    assert b"secret" not in b"".join(server.plain)


def test_a_host_without_pins(start, pinned, how) -> None:
    """It is refused, though it shows the certificate of one with pins."""
    server = start()
    with pytest.raises(keypin.UnpinnedHostError):
        connect(server, pinned("mail.shop.example"), how)
    server.wait()
    assert server.received == []
