"""asyncio's streams and protocols with a context of keypin."""

import asyncio
import gc
import ssl

import pytest

import keypin


async def talk(server, context: ssl.SSLContext, **options) -> bytes:
    """Send a word over a new connection and return the answer."""
    reader, writer = await asyncio.open_connection(
        options.pop("host", "localhost"), server.port, ssl=context, **options
    )
    return await _exchange(reader, writer)


async def talk_after_start_tls(server, context: ssl.SSLContext) -> bytes:
    """Ask for TLS on a plain connection, then send a word."""
    reader, writer = await asyncio.open_connection("localhost", server.port)
    try:
        writer.write(b"STARTTLS\r\n")
        assert await reader.readline() == b"GO\r\n"
        await writer.start_tls(context, server_hostname="localhost")
    except BaseException:
        writer.close()
        raise
    return await _exchange(reader, writer)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        writer.write(b"hello")
        await writer.drain()
        return await reader.readexactly(5)
    finally:
        writer.close()
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])


def test_a_good_server(serve, pinned, echo) -> None:
    """It answers, and the evidence is on the connection."""
    server = serve(script=echo)
    assert asyncio.run(talk(server, pinned())) == b"hello"

    async def verdict():
        _, writer = await asyncio.open_connection("localhost", server.port, ssl=pinned())
        found = writer.get_extra_info("ssl_object").verdict
        writer.close()
        await writer.wait_closed()
        return found

    assert isinstance(asyncio.run(verdict()), keypin.Matched)


def test_an_attacker(serve, pinned, story, echo) -> None:
    """The error is keypin's own; the port is not known to TLS over memory."""
    server = serve("man-in-the-middle", echo)
    with pytest.raises(keypin.PinMismatchError) as caught:
        asyncio.run(talk(server, pinned()))
    assert story(caught.value)
    assert caught.value.port is None
    server.wait()
    assert server.received == []


def test_hostile_servers(hostile, pinned) -> None:
    """None is sent anything."""
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(talk(hostile, pinned()))
    hostile.wait()
    assert hostile.received == []


def test_start_tls(serve, pinned, story, upgrade) -> None:
    """A connection that goes over to TLS is judged as any other."""
    server = serve(script=upgrade, implicit=False)
    assert asyncio.run(talk_after_start_tls(server, pinned())) == b"hello"
    impostor = serve("man-in-the-middle", upgrade, implicit=False)
    with pytest.raises(keypin.PinMismatchError) as caught:
        asyncio.run(talk_after_start_tls(impostor, pinned()))
    assert story(caught.value)
    impostor.wait()
    assert impostor.plain == [b"STARTTLS\r\n"]
    assert impostor.received == []


def test_a_protocol(serve, pinned, echo) -> None:
    """A protocol hears of no connection before the verdict."""
    server = serve("man-in-the-middle", echo)
    heard: list[str] = []

    class Secretive(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            heard.append("made")
            transport.write(b"secret")

    async def run() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(Secretive, "localhost", server.port, ssl=pinned())

    with pytest.raises(keypin.PinMismatchError):
        asyncio.run(run())
    server.wait()
    assert (heard, server.received) == ([], [])


def test_many_at_once(serve, pinned, echo) -> None:
    """Connections that share a context get the verdict of their own server."""
    context = pinned()
    servers = [serve(name, echo) for name in ("good-ecdsa", "man-in-the-middle")]

    async def run() -> list[object]:
        calls = [talk(server, context) for server in servers * 20]
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(run())
    assert answers[0::2] == [b"hello"] * 20
    assert all(isinstance(answer, keypin.PinMismatchError) for answer in answers[1::2])
    servers[1].wait()
    assert servers[1].received == []


def test_the_name_that_is_asked_for(serve, pinned, echo) -> None:
    """Pins are chosen by `server_hostname`."""
    server = serve(script=echo)
    named = talk(server, pinned(), host="127.0.0.1", server_hostname="localhost")
    assert asyncio.run(named) == b"hello"
    with pytest.raises(keypin.UnpinnedHostError):
        asyncio.run(talk(server, pinned(), host="127.0.0.1"))


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # asyncio leaves its socket open
def test_no_name(serve, pinned, echo) -> None:
    """An empty `server_hostname`, which elsewhere means *any*, is refused."""
    server = serve(script=echo)
    with pytest.raises(ValueError, match="pins are chosen by it"):
        asyncio.run(talk(server, pinned(), server_hostname=""))
    gc.collect()
    server.wait()
    assert server.received == []
