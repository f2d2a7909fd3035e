"""pika and aio-pika against a real RabbitMQ."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import aio_pika
import pika
import pytest

CONFIGURATION = """
listeners.tcp = none
listeners.ssl.default = 127.0.0.1:{port}
ssl_options.certfile = {folder}/chain.pem
ssl_options.keyfile = {folder}/key.pem
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.verify = verify_none
loopback_users = none
distribution.listener.interface = 127.0.0.1
"""


@pytest.fixture
def world(party) -> Iterator[Path]:
    """Return a folder for a server that is not root.

    It boots for seconds, and another run of pytest closes the folder of all runs to others.
    """
    with TemporaryDirectory(prefix="keypin-") as name:
        Path(name).chmod(0o755)
        yield Path(shutil.copytree(party.folder, Path(name) / "world"))


@pytest.fixture
def broker(world, program, free_port, start, unprivileged_folder) -> Iterator[int]:
    """Return the port of a running RabbitMQ, in a world of its own."""
    program("rabbitmq-server")
    command = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # the other one is for the system's own
    port, epmd, distribution = free_port(), free_port(), free_port()
    (world / "rabbitmq.conf").write_text(CONFIGURATION.format(port=port, folder=world))
    (world / "plugins").write_text("[].\n")
    environment = {
        **os.environ,
        "HOME": str(world),
        "RABBITMQ_NODENAME": f"keypin{port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(world / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(world / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(world / "mnesia"),
        "RABBITMQ_LOG_BASE": str(world / "log"),
        "RABBITMQ_DIST_PORT": str(distribution),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(epmd),
    }
    nobody = unprivileged_folder(world)
    yield start([command], port, env=environment, cwd=world, seconds=60, **nobody)
    listing = subprocess.run(
        ["pgrep", "-f", f"epmd.*{epmd}"], capture_output=True, text=True, check=False
    )
    for process in listing.stdout.split():
        os.kill(int(process), signal.SIGTERM)


@pytest.mark.slow
def test_a_message(broker, party, refusal) -> None:
    """It is published and comes back, in both libraries; a man in the middle gets no login."""
    options = pika.SSLOptions(party.context, "localhost")
    parameters = pika.ConnectionParameters(
        "localhost", broker, ssl_options=options, connection_attempts=1
    )
    if party.good:
        with pika.BlockingConnection(parameters) as connection:
            channel = connection.channel()
            channel.queue_declare("shop")
            channel.basic_publish("", "shop", b"open")
            assert channel.basic_get("shop", auto_ack=True)[2] == b"open"
    else:
        with pytest.raises((pika.exceptions.AMQPError, OSError)) as caught:
            pika.BlockingConnection(parameters)
        assert "no pin matches the verified chain" in repr(caught.value)
        assert refusal(caught.value).host == "localhost"
    asyncio.run(in_asyncio(broker, party, refusal))


async def in_asyncio(broker, party, refusal) -> None:
    """Do the same with aio-pika."""
    url = f"amqps://guest:guest@localhost:{broker}/"
    if party.good:
        async with await aio_pika.connect(url, ssl_context=party.context) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue("till", exclusive=True)
            await channel.default_exchange.publish(aio_pika.Message(b"open"), "till")
            assert (await queue.get(no_ack=True)).body == b"open"
        return
    with pytest.raises((aio_pika.exceptions.AMQPError, OSError)) as caught:
        await aio_pika.connect(url, ssl_context=party.context)
    assert "no pin matches the verified chain" in str(caught.value)
    assert refusal(caught.value).host == "localhost"
