"""paho-mqtt against a real mosquitto."""

import gc
import queue

import paho.mqtt.client as mqtt
import pytest

CONFIGURATION = """
listener {port} 127.0.0.1
user root
allow_anonymous true
certfile {folder}/chain.pem
keyfile {folder}/key.pem
"""


@pytest.fixture
def broker(party, program, free_port, start, tmp_path) -> int:
    """Return the port of a running mosquitto."""
    port = free_port()
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(CONFIGURATION.format(port=port, folder=party.folder))
    return start([program("mosquitto"), "-c", str(configuration)], port)


# paho leaves a socket whose handshake failed to the garbage collector, pinned or not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_message(broker, party, refusal) -> None:
    """It is published and comes back; a man in the middle is refused before CONNECT is sent."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.tls_set_context(party.context)
    if not party.good:
        with pytest.raises(OSError) as caught:  # noqa: PT011 - keypin's own error
            client.connect("localhost", broker)
        assert "no pin matches the verified chain" in str(caught.value)
        assert refusal(caught.value).host == "localhost"
        del caught
        gc.collect()
        return
    received: queue.Queue[bytes] = queue.Queue()
    client.on_message = lambda _client, _data, message: received.put(message.payload)
    client.on_subscribe = lambda *_: client.publish("shop", b"open")
    client.on_connect = lambda *_: client.subscribe("shop")
    client.connect("localhost", broker)
    client.loop_start()
    try:
        assert received.get(timeout=10) == b"open"
    finally:
        client.disconnect()
        client.loop_stop()
