"""poplib with a context of keypin, with TLS from the start and with STLS."""

import poplib
import ssl

import pytest

import keypin


def speak_pop(wire) -> None:
    """Take a login, after STLS where there is no TLS yet."""
    wire.send("+OK lab")
    while line := wire.line():
        match line.split()[0].upper():
            case "CAPA":
                wire.send("+OK", *(() if wire.secure else ("STLS",)), ".")
            case "STLS":
                wire.send("+OK go")
                wire.start_tls()
            case "QUIT":
                wire.send("+OK bye")
                return
            case _:
                wire.send("+OK")


def connect(server, context: ssl.SSLContext, how: str) -> poplib.POP3:
    """Log in, as the page shows it."""
    if how == "POP3_SSL":
        pop = poplib.POP3_SSL("localhost", server.port, timeout=20, context=context)
    else:
        pop = poplib.POP3("localhost", server.port, timeout=20)
        pop.stls(context=context)
    pop.user("user")
    pop.pass_("secret")
    return pop


@pytest.fixture(params=["POP3_SSL", "stls"])
def how(request) -> str:
    """Return each of the two ways to TLS."""
    return request.param


@pytest.fixture
def start(serve, how):
    """Return a function that starts a mail server for the way that is tried."""
    return lambda name="good-ecdsa": serve(name, speak_pop, implicit=how == "POP3_SSL")


def test_a_good_server(start, pinned, how) -> None:
    """It lets the user in."""
    server = start()
    assert connect(server, pinned(), how).quit() == b"+OK bye"
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
    server = serve("man-in-the-middle", speak_pop, implicit=False)
    pop = poplib.POP3("localhost", server.port, timeout=20)
    with pytest.raises(keypin.PinMismatchError):
        pop.stls(context=pinned())
    with pytest.raises(OSError, match="Bad file descriptor"):
        pop.user("user")
    server.wait()
    assert server.received == []
    assert b"USER" not in b"".join(server.plain)


def test_stls_that_is_not_offered(serve, pinned) -> None:
    """An attacker who takes the offer out of the list stops the login, as the library has it."""

    def strip(wire) -> None:
        wire.send("+OK lab")
        while wire.line():
            wire.send("+OK", ".")

    server = serve(script=strip, implicit=False)
    pop = poplib.POP3("localhost", server.port, timeout=20)
    with pytest.raises(poplib.error_proto, match="STLS not supported"):
        pop.stls(context=pinned())
    pop.close()
    server.wait()
    assert b"USER" not in b"".join(server.plain)


def test_a_host_without_pins(start, pinned, how) -> None:
    """It is refused, though it shows the certificate of one with pins."""
    server = start()
    with pytest.raises(keypin.UnpinnedHostError):
        connect(server, pinned("mail.shop.example"), how)
    server.wait()
    assert server.received == []
