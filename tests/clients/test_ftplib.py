"""ftplib with a context of keypin: the control connection and the one for data."""

# ruff: noqa: S321 - FTP within TLS is what is tried

import ftplib
import gc
import io
import queue
import ssl

import pytest

import keypin


class Ftp:
    """A server for FTP with AUTH TLS (RFC 4217), whose data connections may be another's.

    Attributes:
        control: the server of the commands.
        data: the server of the data; its TLS is the same, until it is changed.
        reused: whether each data connection resumed a session.
    """

    def __init__(self, serve, name: str) -> None:
        self.control = serve(name, self._command, implicit=False)
        self.data = serve(name, self._transfer)
        self.data.context = self.control.context
        self.reused: list[bool] = []
        self._verbs: queue.Queue[str] = queue.Queue()
        self._done: queue.Queue[None] = queue.Queue()

    def release(self) -> None:
        """Let the commands go on although no data was transferred."""
        self._done.put(None)

    def _command(self, wire) -> None:
        wire.send("220 lab")
        while line := wire.line():
            match line.split()[0].upper():
                case "AUTH":
                    wire.send("234 go")
                    wire.start_tls()
                case "USER":
                    wire.send("331 password, please")
                case "PASV":
                    high, low = divmod(self.data.port, 256)
                    wire.send(f"227 (127,0,0,1,{high},{low})")
                case "RETR" | "STOR" as verb:
                    self._verbs.put(verb)
                    wire.send("150 opening")
                    self._done.get(timeout=20)
                    wire.send("226 done")
                case "QUIT":
                    wire.send("221 bye")
                    return
                case _:
                    wire.send("200 ok")

    def _transfer(self, wire) -> None:
        self.reused.append(wire.socket.session_reused)
        if self._verbs.get(timeout=20) == "RETR":
            wire.socket.sendall(b"hello")
        else:
            while wire.read():
                pass
        wire.socket.unwrap()
        self._done.put(None)


class ReusingFtp(ftplib.FTP_TLS):
    """Data connections resume the session of the control connection; as the page shows it."""

    def ntransfercmd(self, cmd: str, rest: object = None):
        """Open a data connection."""
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            session = self.sock.session
            conn = self.context.wrap_socket(conn, server_hostname=self.host, session=session)
        return conn, size


@pytest.fixture
def start(serve):
    """Return a function that starts an FTP server with the TLS of a scenario."""
    return lambda name="good-ecdsa": Ftp(serve, name)


@pytest.fixture
def dial():
    """Return a function that gives a client, connected, which the test's end closes."""
    made: list[ftplib.FTP_TLS] = []

    def connect(server: Ftp, context: ssl.SSLContext, kind=ftplib.FTP_TLS) -> ftplib.FTP_TLS:
        made.append(kind(context=context, timeout=20))
        made[-1].connect("localhost", server.control.port)
        return made[-1]

    yield connect
    for client in made:
        client.close()


@pytest.mark.parametrize("kind", [ftplib.FTP_TLS, ReusingFtp])
def test_a_good_server(kind, start, dial, pinned) -> None:
    """It gives and takes files; a data connection may resume the session of the commands."""
    server = start()
    ftp = dial(server, pinned(), kind)
    ftp.login("user", "secret")
    ftp.prot_p()
    found = io.BytesIO()
    ftp.retrbinary("RETR file", found.write)
    ftp.storbinary("STOR file", io.BytesIO(b"goodbye"))
    ftp.quit()
    assert found.getvalue() == b"hello"
    assert b"".join(server.data.received) == b"goodbye"
    assert server.reused == [kind is ReusingFtp] * 2


def test_an_attacker(start, dial, pinned, story) -> None:
    """The error is keypin's own, and neither name nor password has left the machine."""
    server = start("man-in-the-middle")
    ftp = dial(server, pinned())
    with pytest.raises(keypin.PinMismatchError) as caught:
        ftp.login("user", "secret")
    assert story(caught.value)
    with pytest.raises(OSError, match="Bad file descriptor"):
        ftp.login("user", "secret")
    ftp.close()
    server.control.wait()
    assert server.control.received == []
    assert b"USER" not in b"".join(server.control.plain)


@pytest.mark.parametrize("name", ["wrong-host", "unknown-root-pinned-key", "stuffed-after"])
def test_hostile_servers(name, start, dial, pinned) -> None:
    """None is sent anything over TLS."""
    server = start(name)
    ftp = dial(server, pinned())
    with pytest.raises(ssl.SSLCertVerificationError):
        ftp.login("user", "secret")
    ftp.close()
    server.control.wait()
    assert server.control.received == []


@pytest.mark.parametrize("kind", [ftplib.FTP_TLS, ReusingFtp])
@pytest.mark.parametrize("verb", ["RETR", "STOR"])
def test_an_attacker_on_the_data_connection(verb, kind, start, dial, pinned, tls_of, story) -> None:
    """It is judged for itself: a file is neither taken from an impostor nor given to one."""
    server = start()
    server.data.context = tls_of("man-in-the-middle")
    ftp = dial(server, pinned(), kind)
    ftp.login("user", "secret")
    ftp.prot_p()
    with pytest.raises(keypin.PinMismatchError) as caught:
        ftp.transfercmd(f"{verb} file")
    assert story(caught.value)
    server.release()
    server.data.wait()
    assert server.data.received == []


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # ftplib leaves its socket open
def test_a_session_of_another_context(start, dial, pinned) -> None:
    """It is refused: what was verified when it began was verified by other pins."""
    server = start()
    ftp = dial(server, pinned(), ReusingFtp)
    ftp.login("user", "secret")
    ftp.prot_p()
    ftp.context = pinned()
    with pytest.raises(ValueError, match="different SSLContext"):
        ftp.retrbinary("RETR file", print)
    gc.collect()
    server.release()
