"""redis-py against a real Redis with TLS."""

import asyncio

import pytest
import redis
import redis.asyncio

from keypin.tls.adapters.redis import async_connection_pool, connection_pool


@pytest.fixture
def server(party, program, free_port, start, tmp_path) -> int:
    """Return the port of a running Redis."""
    port = free_port()
    command = [
        *(program("redis-server"), "--port", "0", "--tls-port", str(port)),
        *("--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)),
        *("--tls-cert-file", str(party.folder / "chain.pem")),
        *("--tls-key-file", str(party.folder / "key.pem")),
        *("--tls-ca-cert-file", str(party.folder / "ca.pem"), "--tls-auth-clients", "no"),
    ]
    return start(command, port)


def test_a_key(server, party, refusal) -> None:
    """It is set and got; a man in the middle is refused, with the story in the text."""
    pool = connection_pool(party.context, host="localhost", port=server)
    with redis.Redis(connection_pool=pool) as client:
        if party.good:
            client.set("shop", "open")
            assert client.get("shop") == b"open"
        else:
            with pytest.raises((redis.ConnectionError, OSError)) as caught:
                client.get("shop")
            assert "no pin matches the verified chain" in str(caught.value)
            assert refusal(caught.value).host == "localhost"
    pool.disconnect()


def test_asyncio(server, party, refusal) -> None:
    """The same in asyncio."""

    async def main() -> None:
        pool = async_connection_pool(party.context, host="localhost", port=server)
        client = redis.asyncio.Redis(connection_pool=pool)
        try:
            if party.good:
                await client.set("shop", "open")
                assert await client.get("shop") == b"open"
            else:
                with pytest.raises((redis.ConnectionError, OSError)) as caught:
                    await client.get("shop")
                assert "no pin matches the verified chain" in str(caught.value)
                assert refusal(caught.value).host == "localhost"
        finally:
            await client.aclose()
            await pool.disconnect()

    asyncio.run(main())
