"""CaliDog's certstream client reads the stream as it reads certstream's own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import httpx2
import pytest

from keypin.ct.certstream import Kind, Origin
from keypin.ct.sct import LogKey
from keypin.lab.authority import Request, issue, new_key
from keypin.lab.ct_api import RFC6962, CtApi
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer
from keypin.monitor.client import Client
from keypin.monitor.log import Log
from keypin.monitor.monitor import Monitor
from keypin.monitor.source import Pages
from keypin.monitor.stream import Stream
from keypin.monitor.stream_feed import Feed, FeedStore
from keypin.monitor.stream_hub import Hub

NOW = datetime.now(UTC)
NAMES = ("one.example", "*.two.example")

pytestmark = pytest.mark.skipif(find_spec("certstream") is None, reason="certstream is not here")


@pytest.fixture
def log() -> CtLog:
    """Return a log that holds what certstream's client shall see, and garbage between."""
    ca = issue(Request(name="A CA", key=new_key("ecdsa"), ca=True), NOW)
    log = CtLog("a log", roots=[ca.der])
    log.certify(Request(name="one", key=ca.key, hosts=NAMES, issuer=ca), NOW)
    log.extend([(int(NOW.timestamp()) * 1000, b"garbage", None, None)])
    log.certify(Request(name="three", key=ca.key, hosts=("three.example",), issuer=ca), NOW)
    log.publish(NOW)
    return log


@contextmanager
def client(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run certstream's command."""
    process = subprocess.Popen(
        [sys.executable, "-m", "certstream.cli", "--url", url, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def follow(log: CtLog, hub: Hub, path) -> None:
    """Read the log once, and publish what it holds."""
    with CtServer(CtApi(log, RFC6962)) as server, httpx2.Client(trust_env=False) as http:
        feed = Feed({log.signer.log_id: Origin(log.name, server.url, tiled=False)}, hub)
        with closing(FeedStore(path, feed)) as store:
            monitor = Monitor(store, feed.found, begin=NOW - timedelta(days=9999), once=True)
            source = Pages(Client(server.url, http, monitor.pause), LogKey(log.signer.spki))
            monitor.start([Log(log.signer.log_id, log.name, timedelta(days=1), source)])
            while monitor.running():
                monitor.wait(0.01)
            monitor.stop()


@pytest.mark.parametrize(("path", "kind"), [("", Kind.LITE), ("full-stream", Kind.FULL)])
def test_the_client_reads_every_message(log, tmp_path, path, kind) -> None:
    """As JSON, what cannot be parsed too."""
    hub = Hub()
    with Stream(hub, str) as stream, client(stream.url + path, "--json") as process:
        while not hub.wants(kind):
            assert process.poll() is None
        follow(log, hub, tmp_path)
        found = [json.loads(process.stdout.readline())["data"] for _ in range(3)]
    assert [one["cert_index"] for one in found] == [0, 1, 2]
    assert found[0]["leaf_cert"]["all_domains"] == [*NAMES, "one"]
    assert found[1]["flaw"].startswith("not a readable certificate")
    assert [len(one.get("chain", [])) for one in found] == ([1, 0, 1] if path else [0, 0, 0])


def test_the_client_shows_messages_to_people(log, tmp_path) -> None:
    """It reaches for members of each message, which must all be there."""
    hub = Hub()
    how = ("--full", "--disable-colors")
    with Stream(hub, str) as stream, client(stream.url, *how) as process:
        while not hub.wants(Kind.LITE):
            assert process.poll() is None
        follow(log, hub, tmp_path)
        hub.tell({"id": "ct-fork"})
        lines = [process.stdout.readline() for _ in range(3)]
    assert [line.split(" - ")[1] for line in lines] == [
        "one [one.example, *.two.example, one]\n",
        "None []\n",
        "three [three.example, three]\n",
    ]
