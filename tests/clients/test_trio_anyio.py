"""trio, and anyio on both of its backends, with a context of keypin."""

import ssl

import anyio
import pytest
import trio
from anyio.streams.tls import TLSAttribute, TLSStream

import keypin


async def talk_by_trio(server, context: ssl.SSLContext, host: str = "localhost") -> bytes:
    """Send a word with trio and return the answer; the handshake is made by the first send."""
    stream = await trio.open_ssl_over_tcp_stream(host, server.port, ssl_context=context)
    try:
        await stream.send_all(b"hello")
        return await stream.receive_some()
    finally:
        await trio.aclose_forcefully(stream)


async def talk_by_anyio(server, context: ssl.SSLContext, host: str = "localhost") -> bytes:
    """Send a word with anyio and return the answer."""
    stream = await anyio.connect_tcp(host, server.port, tls=True, ssl_context=context)
    try:
        tls = stream.extra_attributes[TLSAttribute.ssl_object]()
        assert isinstance(tls.verdict, keypin.Matched)
        await stream.send(b"hello")
        return await stream.receive()
    finally:
        await anyio.aclose_forcefully(stream)


@pytest.fixture(params=["trio", "anyio-asyncio", "anyio-trio"])
def talk(request):
    """Return a function that sends a word and returns the answer, in each of the ways."""
    if request.param == "trio":
        return lambda *args: trio.run(talk_by_trio, *args)
    backend = request.param.partition("-")[2]
    return lambda *args: anyio.run(talk_by_anyio, *args, backend=backend)


def cause(error: BaseException) -> BaseException | None:
    """Return the error of the handshake: anyio's is itself, trio's stands behind it."""
    return error.__cause__ if isinstance(error, trio.BrokenResourceError) else error


def test_a_good_server(serve, pinned, talk, echo) -> None:
    """It answers."""
    assert talk(serve(script=echo), pinned()) == b"hello"


def test_an_attacker(serve, pinned, talk, story, echo) -> None:
    """The error of keypin comes out, by anyio as it is, by trio as the cause of another."""
    server = serve("man-in-the-middle", echo)
    with pytest.raises((keypin.PinMismatchError, trio.BrokenResourceError)) as caught:
        talk(server, pinned())
    assert isinstance(cause(caught.value), keypin.PinMismatchError)
    assert story(cause(caught.value))
    server.wait()
    assert server.received == []


def test_hostile_servers(hostile, pinned, talk) -> None:
    """None is sent anything."""
    with pytest.raises((ssl.SSLCertVerificationError, trio.BrokenResourceError)) as caught:
        talk(hostile, pinned())
    assert isinstance(cause(caught.value), ssl.SSLCertVerificationError)
    hostile.wait()
    assert hostile.received == []


def test_a_host_without_pins(serve, pinned, talk, echo) -> None:
    """It is refused, though it shows the certificate of one with pins."""
    server = serve(script=echo)
    with pytest.raises((keypin.UnpinnedHostError, trio.BrokenResourceError)) as caught:
        talk(server, pinned(), "127.0.0.1")
    assert isinstance(cause(caught.value), keypin.UnpinnedHostError)
    server.wait()
    assert server.received == []


def test_a_stream_of_trio_after_its_refusal(serve, pinned, echo) -> None:
    """It stays broken: nothing can be sent on it."""
    server = serve("man-in-the-middle", echo)

    async def run() -> None:
        stream = await trio.open_ssl_over_tcp_stream("localhost", server.port, ssl_context=pinned())
        with pytest.raises(trio.BrokenResourceError):
            await stream.do_handshake()
        for method in (stream.do_handshake, stream.receive_some):
            with pytest.raises(trio.BrokenResourceError):
                await method()
        with pytest.raises(trio.BrokenResourceError):
            await stream.send_all(b"secret")
        await trio.aclose_forcefully(stream)

    trio.run(run)
    server.wait()
    assert server.received == []


@pytest.mark.parametrize("name", ["good-ecdsa", "man-in-the-middle"])
def test_start_tls_by_trio(name, serve, pinned, upgrade) -> None:
    """`SSLStream` around a plain stream is judged as any other."""
    server = serve(name, upgrade, implicit=False)

    async def run() -> bytes:
        plain = await trio.open_tcp_stream("localhost", server.port)
        await plain.send_all(b"STARTTLS\r\n")
        assert await plain.receive_some() == b"GO\r\n"
        stream = trio.SSLStream(plain, pinned(), server_hostname="localhost")
        try:
            await stream.send_all(b"hello")
            return await stream.receive_some()
        finally:
            await trio.aclose_forcefully(stream)

    if name == "good-ecdsa":
        assert trio.run(run) == b"hello"
        return
    with pytest.raises(trio.BrokenResourceError) as caught:
        trio.run(run)
    assert isinstance(caught.value.__cause__, keypin.PinMismatchError)
    server.wait()
    assert server.received == []


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("name", ["good-ecdsa", "man-in-the-middle"])
def test_start_tls_by_anyio(backend, name, serve, pinned, upgrade) -> None:
    """`TLSStream.wrap` around a plain stream is judged as any other; it must name the host."""
    server = serve(name, upgrade, implicit=False)

    async def run(hostname: str | None) -> bytes:
        plain = await anyio.connect_tcp("localhost", server.port)
        async with plain:
            await plain.send(b"STARTTLS\r\n")
            assert await plain.receive() == b"GO\r\n"
            stream = await TLSStream.wrap(
                plain, hostname=hostname, ssl_context=pinned(), server_side=False
            )
            await stream.send(b"hello")
            return await stream.receive()

    with pytest.raises(ValueError, match="pins are chosen by it"):
        anyio.run(run, None, backend=backend)
    if name == "good-ecdsa":
        assert anyio.run(run, "localhost", backend=backend) == b"hello"
        return
    with pytest.raises(keypin.PinMismatchError):
        anyio.run(run, "localhost", backend=backend)
    server.wait()
    assert server.received == []
