"""smtplib with a context of keypin, with TLS from the start and with STARTTLS."""

import smtplib
import ssl

import pytest

import keypin


def speak_smtp(wire) -> None:
    """Take a login and a mail, after STARTTLS where there is no TLS yet."""
    wire.send("220 lab")
    while line := wire.line():
        match line.split()[0].upper():
            case "EHLO":
                wire.send("250-lab", "250 AUTH PLAIN" if wire.secure else "250 STARTTLS")
            case "STARTTLS":
                wire.send("220 go")
                wire.start_tls()
            case "AUTH":
                wire.send("235 welcome")
            case "DATA":
                wire.send("354 go on")
                wire.until(b"\r\n.\r\n")
                wire.send("250 taken")
            case "QUIT":
                wire.send("221 bye")
                return
            case _:
                wire.send("250 ok")


def send_mail(server, context: ssl.SSLContext, how: str) -> dict:
    """Log in and send a mail, as the page shows it."""
    if how == "SMTP_SSL":
        with smtplib.SMTP_SSL("localhost", server.port, timeout=20, context=context) as smtp:
            smtp.login("user", "secret")
            return smtp.sendmail("a@shop.example", ["b@shop.example"], "Subject: hello")
    with smtplib.SMTP("localhost", server.port, timeout=20) as smtp:
        smtp.starttls(context=context)
        smtp.login("user", "secret")
        return smtp.sendmail("a@shop.example", ["b@shop.example"], "Subject: hello")


@pytest.fixture(params=["SMTP_SSL", "starttls"])
def how(request) -> str:
    """Return each of the two ways to TLS."""
    return request.param


@pytest.fixture
def start(serve, how):
    """Return a function that starts a mail server for the way that is tried."""
    return lambda name="good-ecdsa": serve(name, speak_smtp, implicit=how == "SMTP_SSL")


def test_a_good_server(start, pinned, how) -> None:
    """It takes the mail."""
    server = start()
    assert send_mail(server, pinned(), how) == {}
    assert b"Subject: hello" in b"".join(server.received)


def test_an_attacker(start, pinned, how, story) -> None:
    """The error is keypin's own, and the password has not left the machine."""
    server = start("man-in-the-middle")
    with pytest.raises(keypin.PinMismatchError) as caught:
        send_mail(server, pinned(), how)
    assert story(caught.value)
    server.wait()
    assert server.received == []
    assert b"AUTH" not in b"".join(server.plain)


@pytest.mark.parametrize("name", ["wrong-host", "unknown-root-pinned-key", "stuffed-after"])
def test_hostile_servers(name, start, pinned, how) -> None:
    """None is sent anything over TLS."""
    server = start(name)
    with pytest.raises(ssl.SSLCertVerificationError):
        send_mail(server, pinned(), how)
    server.wait()
    assert server.received == []


def test_a_refused_connection_is_used_further(serve, pinned) -> None:
    """A program that catches the error and goes on anyway sends nothing: the connection is gone."""
    server = serve("man-in-the-middle", speak_smtp, implicit=False)
    smtp = smtplib.SMTP("localhost", server.port, timeout=20)
    with pytest.raises(keypin.PinMismatchError):
        smtp.starttls(context=pinned())
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.docmd("AUTH", "PLAIN secret")
    server.wait()
    assert server.received == []
    assert b"AUTH" not in b"".join(server.plain)


def test_starttls_that_is_not_offered(serve, pinned) -> None:
    """An attacker who takes the offer out of the greeting stops the mail, as the library has it."""

    def strip(wire) -> None:
        wire.send("220 lab")
        while line := wire.line():
            wire.send("221 bye" if line == "QUIT" else "250 ok")

    server = serve(script=strip, implicit=False)
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send_mail(server, pinned(), "starttls")
    server.wait()
    assert b"AUTH" not in b"".join(server.plain)


def test_a_host_without_pins(start, pinned, how) -> None:
    """It is refused, though it shows the certificate of one with pins."""
    server = start()
    with pytest.raises(keypin.UnpinnedHostError):
        send_mail(server, pinned("mail.shop.example"), how)
    server.wait()
    assert server.received == []
